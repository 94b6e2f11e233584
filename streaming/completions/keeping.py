"""Keeps an exchange as a conversation of the user, where a program asks for that (`store: true`)."""

import json
from typing import Any

from chatbot.accounts.models import User
from conversations.models import Message
from conversations.recording import Said, record_conversation
from conversations.services import title_from
from streaming.completions.call import Call
from streaming.completions.messages import images_in, words_of
from streaming.completions.pictures import keep_pictures
from streaming.ledger import Tokens

# What a program says as system is the conversation's system prompt.
_INSTRUCTS = frozenset({"system", "developer"})
UNSEEN = "[image]"


def keep_exchange(*, call: Call, model: str, choice: dict[str, Any], tokens: Tokens) -> None:
    """Adds the conversation under the id that the call was given: the messages given, and the answer."""
    if call.conversation_id is None:
        return
    given = call.new.messages
    said = [_said(message, call.user) for message in given if message["role"] not in _INSTRUCTS]
    answer = _said({**choice["message"], "role": "assistant"}, call.user)
    answer.tokens = tokens.completion
    answer.metadata |= {"model": model, "finish_reason": choice["finish_reason"]}
    if tokens.estimated:
        answer.metadata["estimated"] = True
    system = "\n\n".join(words_of(message) for message in given if message["role"] in _INSTRUCTS)
    source = {"from": "api", "completion_id": str(call.id), "metadata": _storable(call.new.metadata)}
    record_conversation(
        user=call.user,
        conversation_id=call.conversation_id,
        title=title_from(next((words_of(message) for message in given if message["role"] == "user"), "")),
        messages=[*said, answer],
        model_config={"model": call.new.model} | ({"system_prompt": system} if system else {}),
        metadata={name: value for name, value in source.items() if value},
    )


def _said(message: dict[str, Any], user: User) -> Said:
    """The message as the chat has it. Tools have no place there: their calls become readable text, their results are
    the user's, and the metadata keeps both as they were.
    """
    pictures, lost = keep_pictures(user, images_in([message]))
    parts = [words_of(message), *[UNSEEN] * lost]
    metadata: dict[str, Any] = {}
    if calls := message.get("tool_calls"):
        metadata["tool_calls"] = calls
        parts += [f"```json\n{json.dumps(call.get('function') or call, ensure_ascii=False)}\n```" for call in calls]
    if message["role"] == "tool":
        metadata["tool_call_id"] = message["tool_call_id"]
    if message.get("refusal"):
        parts.append(message["refusal"])
    role = Message.Role.ASSISTANT if message["role"] == "assistant" else Message.Role.USER
    text = "\n\n".join(part for part in parts if part)
    return Said(role=role, content=_storable(text), attachments=pictures, metadata=_storable(metadata))


def _storable(value: Any) -> Any:
    """PostgreSQL stores every character but NUL, in JSON too."""
    match value:
        case str():
            return value.replace("\x00", "")
        case dict():
            return {_storable(name): _storable(entry) for name, entry in value.items()}
        case list():
            return [_storable(entry) for entry in value]
    return value
