"""How long answers stood still after a fault."""

from collections import defaultdict
from itertools import pairwise

from tests.chaos.seen import Seen, View
from tests.chaos.verdict import Record

Pauses = dict[str, list[tuple[float, float]]]


def recovery(
    records: list[Record], seen: dict[View, Seen], accepted: dict[str, float], answers: dict[str, str]
) -> float:
    """The longest silence after the fault in an answer that a tab was following then, or until a message that was under
    way was acknowledged; in seconds, 0 when there was nothing. What a client did not read on purpose does not count.

    `accepted` says when a message was first acknowledged, `answers` which answer belongs to it.
    """
    moments = {record["what"]: record["t"] for record in records if record["what"] in {"fault", "healed"}}
    if len(moments) < 2:
        return 0.0
    fault, healed = moments["fault"], moments["healed"]
    pauses = _pauses(records)
    live = {answers[identity] for identity, moment in accepted.items() if moment <= fault and identity in answers}
    silences = [0.0]
    for (tab, answer), view in seen.items():
        if answer in live and view.times and view.times[0] <= fault < view.times[-1]:
            after = [fault, *(moment for moment in view.times if moment > fault)]
            silences += [end - start - _overlap(pauses[tab], start, end) for start, end in pairwise(after)]
    first_sent: dict[str, float] = {}
    for record in records:
        if record["what"] == "send":
            first_sent.setdefault(record["client_message_id"], record["t"])
    for identity, moment in first_sent.items():
        if moment <= healed and accepted.get(identity, 0.0) > fault:
            silences.append(accepted[identity] - max(moment, fault))
    return max(silences)


def _pauses(records: list[Record]) -> Pauses:
    pauses: Pauses = defaultdict(list)
    since: dict[str, float] = {}
    for record in records:
        if record["what"] == "pause":
            since[record["tab"]] = record["t"]
        elif record["what"] == "resume":
            pauses[record["tab"]].append((since.pop(record["tab"]), record["t"]))
    return pauses


def _overlap(pauses: list[tuple[float, float]], start: float, end: float) -> float:
    return sum(max(0.0, min(end, until) - max(start, since)) for since, until in pauses)
