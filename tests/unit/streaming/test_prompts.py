"""Tokens, the window, the material of a prompt, titles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.llm.types import ChatMessage, Target
from streaming.prompts.builder import Material
from streaming.prompts.tokens import estimate_message, estimate_tokens
from streaming.prompts.window import answer_budget, fit
from streaming.titles import tidy_title

TURNS = [
    ChatMessage(role="user" if number % 2 == 0 else "assistant", content=f"{number} " + "word " * 30)
    for number in range(21)
]


def target(**fields: object) -> Target:
    known = {"provider": "p", "base_url": "http://p", "api_key": "k", "model": "m", "language_model": "m"}
    return Target(**{**known, "context_window": 4_096, "max_output_tokens": 512, **fields})  # type: ignore[arg-type]


def test_the_estimate_is_not_below_what_common_tokenizers_count() -> None:
    # Counts of the o200k vocabulary, as OpenAI's tokenizer page gives them.
    assert estimate_tokens("What is the capital of France?") >= 7
    assert estimate_tokens("Die Hauptstadt von Frankreich ist Paris.") >= 8
    assert estimate_tokens("日本の首都は東京です。") >= 8
    assert estimate_tokens("") == 0


def test_everything_stays_while_it_fits() -> None:
    assert fit(TURNS, budget=100_000) == TURNS


def test_the_oldest_pairs_go_first() -> None:
    kept = fit(TURNS, budget=400)
    assert kept == TURNS[-len(kept) :]
    assert kept[0]["role"] == "user"
    assert 1 < len(kept) < len(TURNS)


def test_the_last_turn_stays_even_alone_and_too_long() -> None:
    assert fit(TURNS, budget=1) == TURNS[-1:]


@given(st.integers(0, 3_000))
def test_what_is_kept_fits_unless_it_is_one_turn(budget: int) -> None:
    kept = fit(TURNS, budget=budget)
    assert len(kept) == 1 or sum(estimate_message(turn["content"]) for turn in kept) <= budget


def test_the_answer_takes_at_most_half_of_the_window() -> None:
    assert answer_budget(context_window=1_000, max_output_tokens=4_000) == 500
    assert answer_budget(context_window=8_000, max_output_tokens=1_000) == 1_000


def test_each_target_gets_the_prompt_that_fits_it() -> None:
    material = Material(system="Be kind.", turns=TURNS, max_tokens=None)
    small, large = material.prompt_for(target(context_window=700)), material.prompt_for(target())
    assert small.messages[0] == large.messages[0] == {"role": "system", "content": "Be kind."}
    assert len(small.messages) < len(large.messages)
    assert small.tokens + small.max_tokens <= 700
    assert len(material.prompt_for(target(context_window=700), shrink=0.5).messages) < len(small.messages)


def test_the_conversation_may_ask_for_a_shorter_answer_but_not_a_longer_one() -> None:
    assert Material("", TURNS, max_tokens=100).prompt_for(target()).max_tokens == 100
    assert Material("", TURNS, max_tokens=9_999).prompt_for(target()).max_tokens == 512


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('"Capital of France"', "Capital of France"),
        ("Title: The Capital\nMore text", "The Capital"),
        ("**Paris and France.**", "Paris and France"),
        ("\n\n  Spaces   inside \n", "Spaces inside"),
        ("", None),
        ("?", None),
        ("x" * 61, None),
        ('The answer should be "Paris" in one word only', None),
    ],
)
def test_a_title_is_tidied_or_dropped(text: str, title: str | None) -> None:
    assert tidy_title(text) == title
