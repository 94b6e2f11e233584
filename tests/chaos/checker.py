"""Judges a run by what its clients saw and what the database holds, and by nothing else.

It knows no line of the product. It counts what was lost, duplicated, reordered or stuck, or failed without leave, and
measures how long answers stood still after the fault.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

import psycopg
from psycopg.rows import dict_row

from tests.chaos.recovery import recovery
from tests.chaos.seen import Watch, check_seen
from tests.chaos.verdict import Record, Row, Verdict, differ

TERMINAL = {"completed", "stopped", "failed", "blocked", "held"}

_ANSWERS = """
SELECT g.client_message_id::text, g.status, g.attempt, g.error_code, g.prompt_id::text, g.message_id::text,
       p.content AS prompt, p.role AS prompt_role, p.sequence_number AS prompt_number,
       p.parent_id::text AS prompt_parent,
       m.content AS answer, m.status AS message_status, m.sequence_number AS answer_number,
       m.parent_id::text AS answer_parent, m.conversation_id::text
FROM generations g JOIN messages p ON p.id = g.prompt_id JOIN messages m ON m.id = g.message_id
WHERE g.client_message_id = ANY(%s::uuid[])
"""
_COPIES = "SELECT id::text, content FROM messages WHERE role = 'user' AND content = ANY(%s)"
_REPLIES = """
SELECT parent_id::text, id::text FROM messages WHERE role = 'assistant' AND parent_id = ANY(%s::uuid[])
"""


def check(records: list[Record], database: str) -> Verdict:
    """The verdict on a run, from its records and the database at the URL `database`."""
    plans = {record["client_message_id"]: record for record in records if record["what"] == "plan"}
    tried = {record["client_message_id"] for record in records if record["what"] == "send"}
    sent = [identity for identity in plans if identity in tried]
    with psycopg.connect(database, row_factory=dict_row) as connection:
        rows = {row["client_message_id"]: row for row in connection.execute(_ANSWERS, [sent])}
        copies = connection.execute(_COPIES, [[plans[identity]["content"] for identity in sent]]).fetchall()
        replies = connection.execute(_REPLIES, [[row["id"] for row in copies]]).fetchall()
    return judge(records, {identity: plans[identity] for identity in sent}, rows, copies, replies)


def judge(
    records: list[Record], plans: dict[str, Record], rows: dict[str, Row], copies: list[Row], replies: list[Row]
) -> Verdict:
    """The verdict on the messages in `plans`, given what the database holds: the generations in `rows` with prompt and
    answer, all messages with the text of a prompt in `copies`, all answers to them in `replies`.
    """
    verdict = Verdict(messages=len(plans))
    accepted = _accepted(records)
    for identity, plan in plans.items():
        frames = [record["frame"] for record in accepted[identity]]
        _check_message(verdict, identity, plan, rows.get(identity), frames)
    _check_copies(verdict, copies, replies)
    _check_order(verdict, plans, rows)
    watch = Watch(verdict, {row["message_id"]: plans[identity]["answer"] for identity, row in rows.items()})
    for record in records:
        watch.take(record)
    check_seen(verdict, watch.seen, rows)
    first = {identity: found[0]["t"] for identity, found in accepted.items() if found}
    answers = {identity: row["message_id"] for identity, row in rows.items()}
    verdict.recovery = recovery(records, watch.seen, first, answers)
    return verdict


def _accepted(records: list[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record["what"] == "frame" and record["frame"]["type"] == "accepted":
            found[record["frame"]["client_message_id"]].append(record)
    return found


def _check_message(verdict: Verdict, identity: str, plan: Record, row: Row | None, accepted: list[Record]) -> None:
    if not accepted:
        verdict.add("stuck", f"message {identity} was sent and never acknowledged")
    if row is None:
        if accepted:
            verdict.add("lost", f"message {identity} was acknowledged and is not in the database")
        return
    if row["prompt"] != plan["content"] or row["prompt_role"] != "user":
        verdict.add("lost", f"message {identity} was stored with other content")
    for frame in accepted:
        told = (frame["user_message"]["id"], frame["assistant_message"]["id"])
        if told != (row["prompt_id"], row["message_id"]):
            verdict.add("duplicate", f"message {identity} was acknowledged as {told}, stored otherwise")
    _check_answer(verdict, identity, plan, row)


def _check_answer(verdict: Verdict, identity: str, plan: Record, row: Row) -> None:
    about = f"answer {row['message_id']} to {identity}"
    status, text, whole = row["status"], row["answer"], plan["answer"]
    if status not in TERMINAL:
        verdict.add("stuck", f"{about} is {status} at attempt {row['attempt']}")
        return
    if row["message_status"] != status:
        verdict.add("lost", f"{about}: the generation is {status}, the message {row['message_status']}")
    if status == "completed" and text != whole:
        verdict.add("lost", f"{about} is complete, but its text is not what the provider said ({differ(text, whole)})")
    elif not whole.startswith(text):
        verdict.add("lost", f"{about} is {status} with text that the provider never said ({differ(text, whole)})")
    if status == "stopped" and not plan["stops"]:
        verdict.add("failed", f"{about} was stopped, and nobody asked for it")
    if status in {"failed", "blocked", "held"}:
        verdict.failed_visibly += 1
        if not plan["may_fail"]:
            verdict.add("failed", f"{about} is {status} ({row['error_code']}) at attempt {row['attempt']}")


def _check_copies(verdict: Verdict, copies: Iterable[Row], replies: Iterable[Row]) -> None:
    prompts: dict[str, list[str]] = defaultdict(list)
    for row in copies:
        prompts[row["content"]].append(row["id"])
    answers: dict[str, list[str]] = defaultdict(list)
    for row in replies:
        answers[row["parent_id"]].append(row["id"])
    for ids in prompts.values():
        if len(ids) > 1:
            verdict.add("duplicate", f"one message is stored as {', '.join(ids)}")
    for prompt, ids in answers.items():
        if len(ids) > 1:
            verdict.add("duplicate", f"prompt {prompt} has the answers {', '.join(ids)}")


def _check_order(verdict: Verdict, plans: dict[str, Record], rows: dict[str, Row]) -> None:
    """Turns of a conversation were sent one after the other: so must they stand, each behind the answer before."""
    chats: dict[str, list[tuple[int, Row]]] = defaultdict(list)
    for identity, row in rows.items():
        chats[plans[identity]["chat"]].append((plans[identity]["turn"], row))
    for chat, turns in chats.items():
        ordered = [row for _, row in sorted(turns, key=lambda turn: turn[0])]
        if len({row["conversation_id"] for row in ordered}) > 1:
            verdict.add("duplicate", f"{chat} fell apart into several conversations")
            continue
        numbers = [number for row in ordered for number in (row["prompt_number"], row["answer_number"])]
        if numbers != sorted(set(numbers)):
            verdict.add("reordered", f"{chat} holds its messages in the order {numbers}")
        for before, after in pairwise(ordered):
            if after["prompt_parent"] != before["message_id"] or after["answer_parent"] != after["prompt_id"]:
                verdict.add("reordered", f"{chat}: message {after['prompt_id']} does not follow {before['message_id']}")
