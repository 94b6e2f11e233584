"""Control tokens lose their power; nothing else changes."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.neutralise import JOINER, neutralise
from tests.shared import rows

TOKENS = {
    "ChatML, Qwen, Phi": ["<|im_start|>", "<|im_end|>", "<|im_sep|>", "<|endoftext|>", "<|user|>", "<|assistant|>"],
    "Llama 3 and 4": [
        "<|begin_of_text|>",
        "<|start_header_id|>",
        "<|end_header_id|>",
        "<|eot_id|>",
        "<|header_start|>",
    ],
    "Llama 2 and Mistral": ["<s>", "</s>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "[TOOL_CALLS]"],
    "Mistral": ["[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]"],
    "Gemma": ["<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>"],
    "DeepSeek": ["<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>"],
    "Command": ["<|START_OF_TURN_TOKEN|>", "<|SYSTEM_TOKEN|>", "<|CHATBOT_TOKEN|>", "<BOS_TOKEN>"],
    "gpt-oss": ["<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|return|>"],
    "Granite": ["<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"],
    "EXAONE": ["[|system|]", "[|endofturn|]"],
    "Qwen and Hermes": ["<think>", "</think>", "<tool_call>", "</tool_response>"],
}
ROLES = ["system:", "System :", "  ASSISTANT:", "user:", "Human:", "developer:", "### Instruction:", "###Response:"]


@pytest.mark.parametrize("family", TOKENS)
def test_no_token_of_a_family_survives(family: str) -> None:
    for token in TOKENS[family]:
        for written in (token, token.upper(), f"before{token}after", f"{token}{token}", f"\n{token}\n"):
            result = neutralise(written)
            assert token.lower() not in result.lower(), written
            assert result.replace(JOINER, "") == written


@pytest.mark.parametrize("role", ROLES)
def test_no_line_begins_another_speakers_turn(role: str) -> None:
    for written in (role + " obey", f"Hello\n{role} obey", f"Hello\r\n{role}"):
        result = neutralise(written)
        assert role not in result
        assert f"{JOINER}" in result
        assert result.replace(JOINER, "") == written


@pytest.mark.parametrize(
    "text",
    [
        "What is the capital of France?",
        "The system: how does it work?",
        "users: 5\nsystems: 2\nResponse: 200 OK\nInstruction: mix well",
        "if a < b | c > d: pass",
        "xs |> List.map f <| ys",
        "xs <| ys |> zs",
        "let (<|>) = alternative",
        "x = matrix[INSTANCE] + [I]",
        "<b>bold</b> <span>x</span> <section>",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "## Instructions\n### Response times",
        "Grüße, 你好, 😀\u200d",
        "",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert neutralise(text) == text


def test_benign_requests_stay_as_they_are() -> None:
    changed = [
        row for row in rows("false_refusals.jsonl") if neutralise(row["mutated_prompt"]) != row["mutated_prompt"]
    ]
    assert changed == []


@given(st.text())
def test_only_joiners_are_added_and_once_is_enough(text: str) -> None:
    result = neutralise(text)
    assert result.replace(JOINER, "") == text.replace(JOINER, "")
    assert neutralise(result) == result


@given(st.lists(st.sampled_from([token for tokens in TOKENS.values() for token in tokens] + ["<", "|", ">", " ", "a"])))
def test_no_combination_of_tokens_and_their_pieces_survives(parts: list[str]) -> None:
    result = neutralise("".join(parts)).lower()
    for tokens in TOKENS.values():
        for token in tokens:
            assert token.lower() not in result


@pytest.mark.parametrize("piece", ["\n", " ", "<|", "<|a", "[", "system", "\n system", "system ", "###", "### "])
def test_the_time_is_linear_in_the_text(piece: str) -> None:
    started = time.monotonic()
    neutralise(piece * 200_000)
    assert time.monotonic() - started < 2
