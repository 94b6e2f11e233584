"""The pieces of a streamed answer put together again."""

import json
from typing import Any

import pytest

from streaming.completions.whole import Whole
from streaming.llm.errors import Unavailable


def together(*deltas: dict[str, Any]) -> dict[str, Any]:
    whole = Whole()
    for delta in deltas:
        piece = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
        whole.add(json.dumps([piece]).encode())
    whole.add(b'[{"index":0,"delta":{},"finish_reason":"stop"}]')
    return whole.choice()


def call(index: int, **fields: Any) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, **fields}]}


def test_texts_are_joined() -> None:
    choice = together({"role": "assistant", "content": ""}, {"content": "Grö"}, {"content": "ße"})
    assert choice == {
        "index": 0,
        "message": {"role": "assistant", "content": "Größe", "refusal": None},
        "logprobs": None,
        "finish_reason": "stop",
    }


def test_calls_are_joined_by_their_index_whatever_their_order() -> None:
    choice = together(
        {"role": "assistant", "content": None},
        call(0, id="a", type="function", function={"name": "one", "arguments": ""}),
        call(1, id="b", type="function", function={"name": "two", "arguments": "{"}),
        call(0, function={"arguments": '{"x":'}),
        call(1, function={"arguments": "}"}),
        call(0, function={"arguments": "1}"}),
    )
    assert choice["message"] == {
        "role": "assistant",
        "content": None,
        "refusal": None,
        "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "one", "arguments": '{"x":1}'}},
            {"id": "b", "type": "function", "function": {"name": "two", "arguments": "{}"}},
        ],
    }


def test_what_some_servers_repeat_in_every_piece_is_said_once() -> None:
    choice = together(
        call(0, id="a", type="function", function={"name": "one", "arguments": "{"}) | {"role": "assistant"},
        call(0, id="a", type="function", function={"name": "one", "arguments": "}"}) | {"role": "assistant"},
    )
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["tool_calls"] == [
        {"id": "a", "type": "function", "function": {"name": "one", "arguments": "{}"}}
    ]


def test_log_probabilities_refusals_and_thoughts_are_kept() -> None:
    whole = Whole()
    for token in ("a", "b"):
        entry: dict[str, Any] = {"token": token, "logprob": -1, "top_logprobs": []}
        delta = {"content": token, "reasoning_content": token, "refusal": token}
        whole.add(json.dumps([{"delta": delta, "logprobs": {"content": [entry], "refusal": None}}]).encode())
    choice = whole.choice()
    assert [entry["token"] for entry in choice["logprobs"]["content"]] == ["a", "b"]
    assert choice["message"]["reasoning_content"] == choice["message"]["refusal"] == "ab"


def test_a_long_answer_costs_no_more_for_its_length() -> None:
    whole = Whole()
    for _ in range(100_000):
        whole.add(b'[{"delta":{"content":"word "}}]')
    assert len(whole.choice()["message"]["content"]) == 500_000


@pytest.mark.parametrize("second", [b'[{"delta":{"content":{"a":1}}}]', b'[{"delta":"a"}]', b"[7]"])
def test_pieces_that_do_not_go_together_are_a_fault_of_the_provider(second: bytes) -> None:
    whole = Whole()
    whole.add(b'[{"delta":{"content":"a"}}]')
    with pytest.raises(Unavailable):
        whole.add(second)


def test_a_piece_that_is_no_utf_8_is_the_providers_fault() -> None:
    with pytest.raises(Unavailable):
        Whole().add(b'[{"index":0,"delta":{"content":"a","name":"\xff"}}]')
