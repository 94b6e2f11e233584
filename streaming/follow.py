"""What a follower of an answer gets: the log and, where the log is silent or gone, the row."""

import asyncio
import logging
from collections.abc import AsyncIterator
from uuid import UUID

from django.db import InterfaceError, OperationalError
from redis.exceptions import RedisError

from chatbot.accounts.models import User
from chatbot.lib.db import in_db
from streaming import log
from streaming.events import Done, Snapshot, encode
from streaming.hub import Follower, hub
from streaming.log import Entry
from streaming.selectors import AnswerState, answer_state
from streaming.transcript import shown_by

logger = logging.getLogger(__name__)

RECONNECT_SECONDS = 0.2
# Events that a slow reader gets one by one all the same.
FEW = 20
CHECKPOINT_LOOK_SECONDS = 0.5
_DONE = b'{"type":"done"'
_STATUS = b'{"type":"status"'


async def follow_answer(
    *, user: User, message_id: UUID, after_seq: int, state: AnswerState | None = None
) -> AsyncIterator[Entry | None]:
    """The events of the user's answer after `after_seq`, live until `done`; raises NotFound. A caller who knows the
    answer's state already gives it.

    Numbers rise by one. Where events are missing a `snapshot` stands in for them. None comes now and then while nothing
    happens, so that a door can keep its connection alive.
    """
    if state is None:
        state = await in_db(answer_state, user=user, message_id=message_id)
    follower = hub().join(message_id)
    reader = _Reader(user, message_id, after_seq, state)
    try:
        while not reader.finished:
            entries = await reader.next(follower)
            for entry in entries:
                yield entry
            if reader.silent and not entries:
                yield None
    finally:
        hub().leave(message_id, follower)


class _Reader:
    """Where one follower stands."""

    def __init__(self, user: User, message_id: UUID, seq: int, state: AnswerState) -> None:
        self._user = user
        self._message_id = message_id
        self._seq = seq
        self._state = state
        self.finished = False
        self.silent = False

    async def next(self, follower: Follower) -> list[Entry]:
        """The next events, in order and without a gap. An empty list means: ask again."""
        if self._state.ended:
            return await self._from_ended()
        entries = await follower.take()
        self.silent = not entries and not follower.lagged
        gap = bool(entries) and entries[0].seq > self._seq + 1
        if follower.lagged or gap or not entries:
            follower.lagged = False
            missed = await self._read(condensed=follower.overflowed)
            follower.overflowed = follower.overflowed and missed is None
            if missed is None:
                # The log is away: the row may know the end, and after that the log is asked again.
                follower.mark_lagged()
                await asyncio.sleep(RECONNECT_SECONDS)
                await self._look()
                return []
            entries = missed + entries
        if not entries:
            await self._look()
        return await self._in_order(entries)

    async def _read(self, *, condensed: bool) -> list[Entry] | None:
        """The events that the reader has not had; None when the log cannot be read. `condensed`: as one snapshot, where
        a reader was too slow to take them one by one.
        """
        try:
            missed = await log.read(self._message_id, self._seq)
            if condensed and len(missed) > FEW:
                return await self._condense(missed)
        except (RedisError, OSError) as error:
            logger.warning("log not read", extra={"error": str(error)})
            return None
        return missed

    async def _condense(self, missed: list[Entry]) -> list[Entry]:
        ended = missed[-1].payload.startswith(_DONE)
        *_, last = missed[:-1] if ended else missed
        whole = await log.read(self._message_id, 0)
        text = shown_by(entry for entry in whole if entry.seq <= last.seq)
        if text is None:
            return missed
        await self._look()
        self._seq = last.seq - 1
        return [self._snapshot(last.seq, text), *missed[-1:]] if ended else [self._snapshot(last.seq, text)]

    async def _look(self) -> bool:
        """Asks the row; gives whether it answered."""
        try:
            self._state = await in_db(answer_state, user=self._user, message_id=self._message_id)
        except (OperationalError, InterfaceError) as error:
            logger.warning("row not read", extra={"error": str(error)})
            return False
        return True

    async def _in_order(self, entries: list[Entry]) -> list[Entry]:
        ordered: list[Entry] = []
        for entry in entries:
            if entry.seq <= self._seq:
                continue
            if entry.seq > self._seq + 1:
                ordered.append(await self._bridge(entry))
            if entry.seq > self._seq:
                ordered.append(entry)
                self._seq = entry.seq
        if ordered and ordered[-1].payload.startswith(_DONE):
            # An answer that was tried again goes on behind an earlier `done`.
            self.finished = not await self._look() or self._state.ended
        return ordered

    async def _bridge(self, entry: Entry) -> Entry:
        """Stands in for what is missing before `entry`: the text of the whole log where numbers were only left out,
        else the checkpoint, as soon as it reaches that far.

        A new attempt begins with a status and then settles the text, so an older checkpoint does no harm there.
        """
        await self._look()
        if entry.payload.startswith(_STATUS) and (text := await self._shown_before(entry)) is not None:
            self._seq = entry.seq - 1
            return self._snapshot(self._seq, text)
        while not (self._state.ended or self._state.seq >= entry.seq - 1 or entry.payload.startswith(_STATUS)):
            await asyncio.sleep(CHECKPOINT_LOOK_SECONDS)
            await self._look()
        self._seq = max(self._state.seq, entry.seq - 1)
        return self._snapshot(self._seq, self._state.content)

    async def _shown_before(self, entry: Entry) -> str | None:
        try:
            return shown_by(one for one in await log.read(self._message_id, 0) if one.seq < entry.seq)
        except (RedisError, OSError):
            return None

    def _snapshot(self, seq: int, content: str) -> Entry:
        snapshot = Snapshot(message_id=str(self._message_id), seq=seq, status=self._state.status, content=content)
        return Entry(seq, encode(snapshot))

    async def _from_ended(self) -> list[Entry]:
        """The rest of an answer that has ended: from the log when it is whole, else from the row."""
        self.finished = True
        last = self._state.seq + 1
        if self._seq == last:
            return []
        # No reader is left without an end, whatever number it has come to.
        last = max(last, self._seq + 1)
        entries = await self._read(condensed=False) or []
        if entries and entries[-1].seq >= last and entries[-1].seq - self._seq == len(entries):
            return entries
        done = Done(
            message_id=str(self._message_id), seq=last, status=self._state.status, metadata=self._state.metadata
        )
        missed = [self._snapshot(self._state.seq, self._state.content)] if self._seq < self._state.seq else []
        return [*missed, Entry(last, encode(done))]
