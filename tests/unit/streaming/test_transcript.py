"""What events add up to."""

import json
from typing import Any

from streaming.transcript import shown_by


def entries(*events: tuple[int, dict[str, Any]]) -> list[tuple[int, bytes]]:
    return [(seq, json.dumps({"message_id": "m", "seq": seq, **event}).encode()) for seq, event in events]


def running(seq: int, attempt: int = 1) -> tuple[int, dict[str, Any]]:
    return seq, {"type": "status", "status": "running", "attempt": attempt}


def token(seq: int, content: str) -> tuple[int, dict[str, Any]]:
    return seq, {"type": "token", "content": content}


def reset(seq: int, content: str) -> tuple[int, dict[str, Any]]:
    return seq, {"type": "reset", "attempt": 2, "content": content}


def test_tokens_are_appended() -> None:
    assert shown_by(entries(running(1), token(2, "a "), token(3, "b"))) == "a b"


def test_nothing_is_known_of_an_empty_log() -> None:
    assert shown_by([]) is None


def test_a_reset_replaces_what_came_before() -> None:
    assert shown_by(entries(running(1), token(2, "old"), reset(3, "new"), token(4, "er"))) == "newer"


def test_a_log_without_its_beginning_tells_nothing_until_a_reset() -> None:
    assert shown_by(entries(token(2, "a"), token(3, "b"))) is None
    assert shown_by(entries(token(2, "a"), reset(3, ""), token(4, "b"))) == "b"


def test_numbers_may_jump_where_an_attempt_begins_and_nowhere_else() -> None:
    assert shown_by(entries(running(1), token(2, "a"), running(1_000_003, 2))) == "a"
    assert shown_by(entries(running(1), token(2, "a"), token(4, "b"))) is None


def test_an_answer_that_ended_and_is_tried_again_still_shows_its_text() -> None:
    done = (3, {"type": "done", "status": "failed", "metadata": {}})
    assert shown_by(entries(running(1), token(2, "a"), done, running(4, 2))) == "a"
