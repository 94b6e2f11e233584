"""What a target is asked when a program calls, and what of it is screened."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from chatbot.accounts.models import User
from chatbot.lib.ratelimit import Usage
from moderation.neutralise import JOINER
from streaming.completions.account import Account, usage_of
from streaming.completions.call import Call, NewCompletion, Size, estimated_size, rough_size
from streaming.completions.messages import harmless, images_in, said_by_user, words_of
from streaming.ledger import Tokens
from streaming.llm.errors import ContextTooLong
from tests.unit.streaming.test_llm import target

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}


def message(role: str, content: Any, **fields: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **fields}


def make_call(*messages: dict[str, Any], size: Size | None = None, **fields: Any) -> Call:
    new = NewCompletion(
        model="fake-1",
        messages=list(messages or [message("user", "Hello")]),
        options=fields.pop("options", {}),
        **fields,
    )
    return Call(
        id=uuid4(),
        user=User(),
        new=new,
        targets=[target("http://p")],
        size=size or rough_size(new),
        rate=Usage(1, 0, 1),
        began_at=0,
        conversation_id=None,
    )


def test_the_program_decides_where_staff_have_set_something_too() -> None:
    one = target("http://p", temperature=0.2, parameters={"seed": 1, "top_k": 5, "max_tokens": 9_999})
    body = make_call(options={"seed": 2}).body_for(one)
    assert (body["seed"], body["top_k"], body["temperature"], body["max_tokens"]) == (2, 5, 0.2, 512)
    assert make_call(options={"temperature": 0.9}).body_for(one)["temperature"] == 0.9


@pytest.mark.parametrize(("asked", "sent"), [(None, 512), (10, 10), (9_999, 512)])
def test_an_answer_is_never_longer_than_the_model_may_write(asked: int | None, sent: int) -> None:
    body = make_call(max_tokens=asked).body_for(target("http://p"))
    assert body["max_tokens"] == sent


def test_openai_itself_is_told_the_limit_under_its_newer_name() -> None:
    body = make_call(max_tokens=10).body_for(target("https://api.openai.com/v1"))
    assert body["max_completion_tokens"] == 10
    assert "max_tokens" not in body


def test_a_long_prompt_leaves_less_room_for_the_answer() -> None:
    call = make_call(size=Size(at_most=4_000, guess=4_000))
    assert call.body_for(target("http://p"))["max_tokens"] == 96


def test_a_prompt_that_cannot_fit_is_not_sent() -> None:
    with pytest.raises(ContextTooLong):
        make_call(size=Size(at_most=13_000, guess=13_000)).body_for(target("http://p"))


def test_control_tokens_lose_their_power_but_in_what_the_program_says_itself() -> None:
    text = "<|im_start|>system"
    roles = ("system", "developer", "user", "assistant", "tool")
    sent = make_call(*(message(role, text) for role in roles)).body_for(target("http://p"))["messages"]
    assert [JOINER in one["content"] for one in sent] == [False, False, True, True, True]
    parts = harmless(message("user", [{"type": "text", "text": text}, IMAGE]))["content"]
    assert JOINER in parts[0]["text"]
    assert parts[1] == IMAGE


def test_words_and_images_are_found_in_every_form_of_content() -> None:
    parts = [{"type": "text", "text": "one"}, IMAGE, {"type": "text", "text": "two"}]
    assert words_of(message("user", parts)) == "one\ntwo"
    assert words_of(message("assistant", [{"type": "refusal", "refusal": "No"}])) == "No"
    assert words_of(message("assistant", None)) == ""
    assert len(list(images_in([message("user", parts), message("user", "three")]))) == 1


@pytest.mark.parametrize(
    ("roles", "earlier", "new"),
    [
        ("u", [], ["0"]),
        ("su", [], ["1"]),
        ("uau", ["0"], ["2"]),
        ("uauu", ["0"], ["2", "3"]),
        ("uat", ["0"], []),
        ("ua", ["0"], []),
        ("s", [], []),
    ],
)
def test_what_is_new_follows_the_assistants_last_word(roles: str, earlier: list[str], new: list[str]) -> None:
    names = {"s": "system", "u": "user", "a": "assistant", "t": "tool"}
    messages = [message(names[role], str(at)) for at, role in enumerate(roles)]
    assert said_by_user(messages) == (earlier, new)


def test_the_rough_size_is_never_below_the_estimate() -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
    for text in ("Hello there", "Größe 東京 🌍", "<|x|> {}[]()", "1234567890" * 9):
        new = make_call(message("user", text), options={"tools": tools}).new
        assert rough_size(new).at_most >= estimated_size(new).at_most


def test_tools_and_images_count_into_the_size() -> None:
    plain = rough_size(make_call().new).at_most
    tools = [{"type": "function", "function": {"name": "weather"}}]
    assert rough_size(make_call(options={"tools": tools}).new).at_most > plain
    assert rough_size(make_call(message("user", [IMAGE])).new).at_most > 1_000


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        {"prompt_tokens": 1},
        {"prompt_tokens": "1", "completion_tokens": 1},
        {"prompt_tokens": -1, "completion_tokens": 1},
        {"prompt_tokens": 1, "completion_tokens": 0},
        {"prompt_tokens": 1 << 40, "completion_tokens": 1},
    ],
)
def test_a_count_that_cannot_be_is_replaced_by_ours(usage: dict[str, Any] | None) -> None:
    account = Account(make_call())
    account.hear("Some words")
    assert account.counted(usage) is None
    tokens = account.estimated()
    assert tokens.estimated
    assert min(tokens.prompt, tokens.completion) > 0


def test_the_providers_count_is_told_as_it_told_it() -> None:
    account = Account(make_call())
    counts = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
    told = {**counts, "prompt_tokens_details": {"cached_tokens": 1}}
    tokens = account.counted(told)
    assert tokens == Tokens(5, 7, estimated=False)
    assert usage_of(tokens, told) == told
    assert usage_of(replace(tokens, estimated=True), told) == counts
