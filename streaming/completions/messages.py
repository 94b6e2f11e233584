"""What a program's messages say, whichever of OpenAI's forms they come in."""

from collections.abc import Iterable, Iterator
from typing import Any

from moderation.neutralise import neutralise

# A message as OpenAI's API has it: role, content (a text, parts or nothing), tool calls and more.
Message = dict[str, Any]

# Who may slip in what only a template should say. What a program says as system is its own.
HEARD_FROM = frozenset({"user", "assistant", "tool"})


def words_of(message: Message) -> str:
    """The text of a message; that of several parts with line ends between them."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text") or part.get("refusal") or "" for part in content or () if "image_url" not in part)


def images_in(messages: Iterable[Message]) -> Iterator[str]:
    """The addresses of all images."""
    for message in messages:
        content = message.get("content")
        if isinstance(content, list):
            yield from (part["image_url"]["url"] for part in content if "image_url" in part)


def harmless(message: Message) -> Message:
    """The message as it goes to a model: no piece of its text is a control token."""
    content = message.get("content")
    if not content or message["role"] not in HEARD_FROM:
        return message
    if isinstance(content, str):
        return {**message, "content": neutralise(content)}
    return {**message, "content": [_harmless_part(part) for part in content]}


def _harmless_part(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "text": neutralise(part["text"])} if "text" in part else part


def said_by_user(messages: list[Message]) -> tuple[list[str], list[str]]:
    """What the user said before, and what is new: what follows the assistant's last word. Where nothing does, as when a
    program hands in the results of tools, it is all from before.
    """
    last = max((at for at, message in enumerate(messages) if message["role"] == "assistant"), default=-1)
    users = [(at, words_of(message)) for at, message in enumerate(messages) if message["role"] == "user"]
    return [text for at, text in users if at < last], [text for at, text in users if at > last]
