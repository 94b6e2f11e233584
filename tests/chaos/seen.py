"""What the tabs saw: every event in its order and under one number, and the text that the events make."""

import json
from collections import defaultdict
from dataclasses import dataclass, field

from tests.chaos.verdict import Record, Row, Verdict, differ

# Tab and answer.
View = tuple[str, str]


@dataclass
class Seen:
    """What one tab saw of one answer."""

    times: list[float] = field(default_factory=list)
    seq: int = 0
    text: str = ""
    done: Record | None = None


class Watch:
    """Goes through all frames of a run in the order in which they came."""

    def __init__(self, verdict: Verdict, wholes: dict[str, str]) -> None:
        self.seen: dict[View, Seen] = defaultdict(Seen)
        self._verdict = verdict
        self._wholes = wholes
        self._payloads: dict[tuple[str, int], str] = {}
        self._ends: dict[str, str] = {}
        self._newest: dict[tuple[str, int, str], int] = {}
        self._follows: dict[tuple[str, int, str], int] = defaultdict(int)

    def take(self, record: Record) -> None:
        """The next record."""
        if record["what"] == "follow":
            self._followed(record, record["message_id"])
        if record["what"] != "frame":
            return
        if record["frame"]["type"] == "accepted":
            self._followed(record, record["frame"]["assistant_message"]["id"])
        elif "seq" in record["frame"]:
            self._check_order(record)
            self._check_sameness(record["frame"])
            self._assemble(record)

    def _followed(self, record: Record, message_id: str) -> None:
        self._follows[record["tab"], record["connection"], message_id] += 1
        self.seen[record["tab"], message_id].seq += 0

    def _check_order(self, record: Record) -> None:
        frame = record["frame"]
        message_id, seq = frame["message_id"], frame["seq"]
        place = (record["tab"], record["connection"], message_id)
        if seq <= self._newest.get(place, -1):
            # A second follow on the same socket may begin behind what the first one still had under way.
            self._follows[place] -= 1
            if self._follows[place] < 1:
                self._verdict.add("reordered", f"{record['tab']} saw {seq} of {message_id} after {self._newest[place]}")
        self._newest[place] = seq
        if record.get("id") is not None and record["id"] != str(seq):
            self._verdict.add("reordered", f"{record['tab']} saw {seq} of {message_id} under the id {record['id']}")

    def _check_sameness(self, frame: Record) -> None:
        message_id, seq = frame["message_id"], frame["seq"]
        payload = json.dumps(frame, sort_keys=True)
        # A snapshot stands in for many events and has the number of the last.
        if frame["type"] != "snapshot":
            known = self._payloads.setdefault((message_id, seq), payload)
            if known != payload:
                self._verdict.add("duplicate", f"event {seq} of {message_id} is both {known} and {payload}")
        if frame["type"] == "done":
            known = self._ends.setdefault(message_id, payload)
            if known != payload:
                self._verdict.add("duplicate", f"{message_id} ended twice: {known} and {payload}")

    def _assemble(self, record: Record) -> None:
        """Does what the contract asks of a client: drops what is old, waits on a gap, appends, replaces."""
        frame = record["frame"]
        seen = self.seen[record["tab"], frame["message_id"]]
        seq, kind = frame["seq"], frame["type"]
        if seq <= seen.seq or (seq > seen.seq + 1 and kind != "snapshot"):
            return
        seen.seq = seq
        seen.times.append(record["t"])
        if kind == "token":
            seen.text += frame["content"]
        elif kind in {"reset", "snapshot"}:
            seen.text = frame["content"]
        elif kind == "done":
            seen.done = frame
        whole = self._wholes.get(frame["message_id"])
        if kind != "done" and whole is not None and not whole.startswith(seen.text):
            place = f"{record['tab']}, event {seq} of {frame['message_id']}"
            self._verdict.add("reordered", f"{place}: a text the provider never said ({differ(seen.text, whole)})")


def check_seen(verdict: Verdict, seen: dict[View, Seen], rows: dict[str, Row]) -> None:
    """What tabs have in the end, against the database."""
    by_answer = {row["message_id"]: row for row in rows.values()}
    for (tab, message_id), view in seen.items():
        row = by_answer.get(message_id)
        if row is None:
            verdict.add("lost", f"{tab} followed {message_id}, which is not in the database")
        elif view.done is None:
            verdict.add("stuck", f"{tab} saw no end of {message_id}, which is {row['status']}")
        elif view.done["status"] != row["status"]:
            verdict.add("duplicate", f"{tab} saw {message_id} {view.done['status']}, stored is {row['status']}")
        elif view.text != row["answer"]:
            verdict.add("lost", f"{tab} has another text of {message_id} ({differ(view.text, row['answer'])})")
