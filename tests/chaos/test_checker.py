"""The checker finds each kind of violation in records that were made for it, and nothing in sound ones."""

from typing import Any

import pytest

from tests.chaos.checker import judge
from tests.chaos.verdict import Record, Row, Verdict

FIRST, SECOND = "first", "second"


class Story:
    """A run that went well, to be spoiled by a test: one chat of two turns, seen by one tab."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.plans: dict[str, Record] = {}
        self.rows: dict[str, Row] = {}
        for number, identity in enumerate((FIRST, SECOND)):
            self._turn(number, identity, "one two three")
        self.copies: list[Row] = [self._copy(row) for row in self.rows.values()]
        self.replies: list[Row] = [
            {"parent_id": row["prompt_id"], "id": row["message_id"]} for row in self.rows.values()
        ]

    def _turn(self, number: int, identity: str, answer: str) -> None:
        prompt_id, message_id = f"prompt-{identity}", f"answer-{identity}"
        self.plans[identity] = {
            "chat": "chat0", "turn": number, "content": f"ask {identity}", "answer": answer, "stops": False,
            "may_fail": False,
        }  # fmt: skip
        self.rows[identity] = {
            "client_message_id": identity, "status": "completed", "attempt": 1, "error_code": "",
            "prompt_id": prompt_id, "message_id": message_id, "prompt": f"ask {identity}", "prompt_role": "user",
            "prompt_number": 2 * number + 1, "prompt_parent": f"answer-{FIRST}" if number else None,
            "answer": answer, "message_status": "completed", "answer_number": 2 * number + 2,
            "answer_parent": prompt_id, "conversation_id": "conversation",
        }  # fmt: skip
        self.add("send", client_message_id=identity)
        ids = {"user_message": {"id": prompt_id}, "assistant_message": {"id": message_id}}
        self.frame({"type": "accepted", "client_message_id": identity, **ids})
        self.event(identity, 1, "status", status="running")
        self.event(identity, 2, "token", content="one two ")
        self.event(identity, 3, "token", content="three")
        self.event(identity, 4, "done", status="completed")

    @staticmethod
    def _copy(row: Row) -> Row:
        return {"id": row["prompt_id"], "content": row["prompt"]}

    def add(self, what: str, **fields: Any) -> Record:
        """A record a second after the last."""
        record = {"t": float(len(self.records)), "what": what, "tab": "chat0", "connection": 1, **fields}
        self.records.append(record)
        return record

    def frame(self, frame: Record, **fields: Any) -> None:
        """A frame that the tab saw."""
        self.add("frame", frame=frame, **fields)

    def event(self, identity: str, seq: int, kind: str, **fields: Any) -> None:
        """An event of an answer."""
        self.frame({"type": kind, "message_id": f"answer-{identity}", "seq": seq, **fields})

    def forget(self, identity: str, kind: str) -> None:
        """Takes the frames of one type away."""
        about = {identity, f"answer-{identity}"}
        self.records = [
            record
            for record in self.records
            if record["what"] != "frame"
            or record["frame"]["type"] != kind
            or not about & {record["frame"].get("message_id"), record["frame"].get("client_message_id")}
        ]

    def verdict(self) -> Verdict:
        """What the checker says."""
        return judge(self.records, self.plans, self.rows, self.copies, self.replies)

    def found(self) -> set[str]:
        """The kinds of violation that the checker sees."""
        return {kind for kind, sentences in self.verdict().found.items() if sentences}


@pytest.fixture
def story() -> Story:
    """A sound run."""
    return Story()


def test_a_sound_run_has_no_violations(story: Story) -> None:
    assert story.verdict().found == {"lost": [], "duplicate": [], "reordered": [], "stuck": [], "failed": []}
    assert story.verdict().messages == 2


def test_an_acknowledged_message_without_a_row_is_lost(story: Story) -> None:
    del story.rows[SECOND]
    assert "lost" in story.found()


def test_a_message_with_other_content_is_lost(story: Story) -> None:
    story.rows[FIRST]["prompt"] = "ask something"
    assert story.found() == {"lost"}


@pytest.mark.parametrize("stored", ["one two", "one two three four", "one twothree", ""])
def test_a_complete_answer_with_another_text_is_lost(story: Story, stored: str) -> None:
    story.rows[SECOND]["answer"] = stored
    assert "lost" in story.found()


def test_a_failed_answer_may_end_early_but_not_differ(story: Story) -> None:
    story.plans[SECOND]["may_fail"] = True
    story.rows[SECOND] |= {"status": "failed", "message_status": "failed", "answer": "one two "}
    story.forget(SECOND, "done")
    story.records[-1]["frame"] |= {"type": "done", "status": "failed"}
    assert story.found() == set()
    assert story.verdict().failed_visibly == 1
    story.rows[SECOND]["answer"] = "one tw0"
    assert story.found() == {"lost"}


def test_a_failure_that_nothing_ordered_is_told(story: Story) -> None:
    story.rows[SECOND] |= {"status": "failed", "message_status": "failed"}
    story.records[-1]["frame"]["status"] = "failed"
    assert story.found() == {"failed"}


def test_a_stop_that_nobody_asked_for_is_told(story: Story) -> None:
    story.rows[SECOND] |= {"status": "stopped", "message_status": "stopped"}
    story.records[-1]["frame"]["status"] = "stopped"
    assert story.found() == {"failed"}


def test_a_client_with_another_text_than_the_database_has_lost_some(story: Story) -> None:
    story.records[-2]["frame"]["content"] = "thr"
    assert story.found() == {"lost"}


def test_two_copies_of_a_message_are_duplicates(story: Story) -> None:
    story.copies.append({"id": "another", "content": f"ask {FIRST}"})
    assert story.found() == {"duplicate"}


def test_two_answers_to_a_prompt_are_duplicates(story: Story) -> None:
    story.replies.append({"parent_id": f"prompt-{FIRST}", "id": "another"})
    assert story.found() == {"duplicate"}


def test_two_acknowledgements_that_differ_are_duplicates(story: Story) -> None:
    ids = {"user_message": {"id": "other"}, "assistant_message": {"id": "other"}}
    story.frame({"type": "accepted", "client_message_id": FIRST, **ids})
    assert "duplicate" in story.found()


def test_one_number_with_two_payloads_is_a_duplicate(story: Story) -> None:
    payload = {"type": "token", "message_id": f"answer-{FIRST}", "seq": 2, "content": "another "}
    story.frame(payload, tab="chat0b")
    assert "duplicate" in story.found()


def test_a_snapshot_may_share_the_number_of_the_event_it_stands_for(story: Story) -> None:
    place = {"tab": "chat0b", "connection": 1}
    answer = f"answer-{FIRST}"
    story.frame(
        {"type": "snapshot", "message_id": answer, "seq": 3, "status": "x", "content": "one two three"}, **place
    )
    story.frame({"type": "done", "message_id": answer, "seq": 4, "status": "completed"}, **place)
    assert story.found() == set()


def test_two_ends_are_duplicates(story: Story) -> None:
    story.event(FIRST, 5, "done", status="completed")
    assert story.found() == {"duplicate"}


def test_an_end_that_the_database_does_not_know_is_a_duplicate(story: Story) -> None:
    story.records[-1]["frame"]["status"] = "stopped"
    assert story.found() == {"duplicate"}


def test_a_number_that_falls_within_a_follow_is_reordered(story: Story) -> None:
    story.event(FIRST, 2, "token", content="one two ")
    assert story.found() == {"reordered"}


def test_a_second_follow_may_begin_again(story: Story) -> None:
    story.add("follow", message_id=f"answer-{FIRST}", after_seq=1)
    story.event(FIRST, 2, "token", content="one two ")
    assert story.found() == set()


def test_tokens_in_the_wrong_order_are_reordered(story: Story) -> None:
    story.records[-3]["frame"]["content"], story.records[-2]["frame"]["content"] = "three", "one two "
    assert "reordered" in story.found()


def test_messages_out_of_turn_are_reordered(story: Story) -> None:
    story.rows[FIRST] |= {"prompt_number": 3, "answer_number": 4}
    story.rows[SECOND] |= {"prompt_number": 1, "answer_number": 2}
    assert story.found() == {"reordered"}


def test_a_message_that_follows_the_wrong_one_is_reordered(story: Story) -> None:
    story.rows[SECOND]["prompt_parent"] = f"prompt-{FIRST}"
    assert story.found() == {"reordered"}


@pytest.mark.parametrize("status", ["queued", "running", "retrying"])
def test_an_answer_that_does_not_end_is_stuck(story: Story, status: str) -> None:
    story.rows[SECOND] |= {"status": status, "answer": ""}
    story.forget(SECOND, "done")
    assert story.found() == {"stuck"}


def test_a_client_without_an_end_is_stuck(story: Story) -> None:
    story.forget(SECOND, "done")
    assert story.found() == {"stuck"}


def test_a_tab_that_follows_and_hears_nothing_is_stuck(story: Story) -> None:
    story.add("follow", tab="chat0b", message_id=f"answer-{FIRST}", after_seq=0)
    assert story.found() == {"stuck"}


def test_a_message_that_is_never_acknowledged_is_stuck(story: Story) -> None:
    story.forget(SECOND, "accepted")
    assert "stuck" in story.found()


def test_recovery_is_the_longest_silence_of_a_live_answer_after_the_fault(story: Story) -> None:
    story.records[-4]["t"] = 100.0  # status of the second answer
    story.records[-3]["t"] = 107.0
    story.records[-2]["t"] = 109.0
    story.records[-1]["t"] = 110.0
    story.records += [{"t": 101.0, "what": "fault"}, {"t": 102.0, "what": "healed"}]
    assert story.verdict().recovery == 6.0


def test_what_a_client_did_not_read_is_no_silence(story: Story) -> None:
    for record, moment in zip(story.records[-4:], (100.0, 107.0, 109.0, 110.0), strict=True):
        record["t"] = moment
    pause = [{"t": 102.0, "what": "pause", "tab": "chat0"}, {"t": 106.5, "what": "resume", "tab": "chat0"}]
    story.records += [*pause, {"t": 101.0, "what": "fault"}, {"t": 102.0, "what": "healed"}]
    assert story.verdict().recovery == 2.0


def test_a_send_under_way_recovers_when_it_is_acknowledged(story: Story) -> None:
    sent, accepted = story.records[6], story.records[7]
    assert (sent["what"], accepted["frame"]["type"]) == ("send", "accepted")
    sent["t"], accepted["t"] = 50.0, 58.0
    story.records += [{"t": 51.0, "what": "fault"}, {"t": 55.0, "what": "healed"}]
    assert story.verdict().recovery == 7.0
