"""The one error tree and the contract's codes."""

from collections.abc import Iterator

import pytest

from chatbot.lib import errors
from chatbot.lib.errors import AppError

# Contract 3.4.
CODES = {
    *("invalid_frame", "invalid_input", "message_too_long", "content_policy", "rate_limited", "quota_exceeded"),
    *("unauthorized", "forbidden", "not_found", "idempotency_conflict", "generation_active"),
    *("context_length_exceeded", "provider_timeout", "provider_unavailable", "overloaded", "internal"),
}


def tree(root: type[AppError] = AppError) -> Iterator[type[AppError]]:
    yield root
    for kind in root.__subclasses__():
        yield from tree(kind)


def test_the_tree_has_exactly_the_codes_of_the_contract_once_each() -> None:
    codes = [kind.code for kind in tree()]
    assert set(codes) == CODES
    assert len(codes) == len(CODES)


@pytest.mark.parametrize("kind", list(tree()))
def test_the_drawing_of_the_tree_tells_code_and_status(kind: type[AppError]) -> None:
    drawn = [line.split()[-3:] for line in (errors.__doc__ or "").splitlines() if kind.__name__ in line]
    assert kind is AppError or drawn == [[kind.__name__, kind.code, str(kind.status)]]


@pytest.mark.parametrize("kind", list(tree()))
def test_every_error_has_a_sentence_for_the_reader(kind: type[AppError]) -> None:
    body = kind().as_dict()
    assert body == {"code": kind.code, "message": kind.default_message}
    assert kind.default_message.endswith(".")


def test_details_and_the_time_to_wait_are_told_when_known() -> None:
    error = errors.RateLimited("Slow down.", details={"limit": 3}, retry_after=0)
    assert error.as_dict() == {
        "code": "rate_limited",
        "message": "Slow down.",
        "details": {"limit": 3},
        "retry_after": 0,
    }
    assert str(error) == "Slow down."


def test_what_passes_by_itself_says_when() -> None:
    suggestions = ["Try again in about 5 s."]
    assert errors.Overloaded(retry_after=5).as_dict()["fallback_suggestions"] == suggestions
    assert errors.ProviderUnavailable(retry_after=5).fallback_suggestions == suggestions
    assert errors.RateLimited(retry_after=5).fallback_suggestions is None


def test_suggestions_are_told_when_there_are_some() -> None:
    error = errors.ProviderUnavailable(fallback_suggestions=["Choose another model: Small."], retry_after=3)
    assert error.as_dict()["fallback_suggestions"] == ["Choose another model: Small."]
