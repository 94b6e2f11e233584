"""An engine that takes no notice of a lost lease: its writes ignore the attempt, and its log takes any event."""

import json
import sys
from typing import Any
from uuid import UUID

from django.core.management import execute_from_command_line
from django.db.models import QuerySet

from streaming import log, queue
from streaming.engine.attempt import Ending
from streaming.engine.worker import Engine
from streaming.models import Generation
from streaming.queue import Checkpoint, Claim

_append, _heartbeat, _cancel = log.append, queue.heartbeat, Engine._cancel


def _any_attempt(claim: Claim) -> QuerySet[Generation]:
    return Generation.objects.filter(pk=claim.generation_id)


def _checkpoint(checkpoints: list[Checkpoint]) -> int:
    for one in checkpoints:
        _any_attempt(one.claim).update(checkpoint=one.text, checkpoint_seq=one.seq)
    return len(checkpoints)


def _always_held(claims: list[Claim]) -> dict[UUID, bool]:
    return {claim.generation_id: False for claim in claims} | _heartbeat(claims)


async def _append_numbered(entries: Any) -> None:
    """Gives each event the next number there is, as a log without fencing would."""
    for message_id, entry in entries:
        seq = await log.last_seq(message_id) + 1
        payload = json.dumps({**json.loads(entry.payload), "seq": seq}, separators=(",", ":"), ensure_ascii=False)
        await _append([(message_id, log.Entry(seq, payload.encode()))])


def _go_on(self: Engine, generation_id: UUID, ending: Ending) -> None:
    if ending is not Ending.FENCED:
        _cancel(self, generation_id, ending)


def main() -> None:
    queue._held, queue.checkpoint, queue.heartbeat = _any_attempt, _checkpoint, _always_held
    log.append = _append_numbered
    Engine._cancel = _go_on  # type: ignore[method-assign]
    execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()
