"""Makes one call: passes the answer on as it comes, keeps the row alive meanwhile, settles it at the end."""

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any, Protocol

from django.db import DatabaseError, InterfaceError

from chatbot.lib import breaker, metrics
from chatbot.lib.db import in_db
from chatbot.lib.errors import AppError, Overloaded
from streaming import ledger
from streaming.catalogue import count_failure, time_limits
from streaming.completions.account import Account, usage_of
from streaming.completions.call import Call
from streaming.completions.keeping import keep_exchange
from streaming.completions.whole import Whole
from streaming.ledger import Tokens
from streaming.llm.errors import LLMError, Rejected, TimedOut
from streaming.llm.relay import Chunk, Relayed, relay_with_fallback
from streaming.llm.types import Target
from streaming.models import Completion
from streaming.persist import persist

logger = logging.getLogger(__name__)

Status = Completion.Status
# So long the end of an answer waits for its row. The write itself is tried for longer.
SETTLE_SECONDS = 2.0

# Seconds that the calls of a process have to settle when it ends.
LAST_SECONDS = 3.0

# The loop itself keeps no task from being collected.
_under_way: set[asyncio.Task[None]] = set()
_runs: set["Run"] = set()


class Reader(Protocol):
    """Whoever waits for the answer of a call. One that `wants_whole` is given what the pieces make together."""

    wants_whole: bool

    @property
    def full(self) -> bool:
        """Whether the rest should wait until this much is taken."""

    async def drained(self) -> None:
        """Returns when the rest may come."""

    def began(self, target: Target) -> None:
        """`target` answers; its chunks follow."""

    def hear(self, chunk: Chunk) -> None:
        """The next chunk."""

    def idle(self) -> None:
        """The call goes on, whether anything came of late or not."""

    def ended(self, usage: dict[str, Any], choice: dict[str, Any] | None) -> None:
        """The answer is whole."""

    def failed(self, error: LLMError | AppError) -> None:
        """There will be no more of it."""


class Run:
    """A call under way, in a task of its own: it is settled whatever becomes of the request."""

    def __init__(self, call: Call, reader: Reader) -> None:
        self._call = call
        self._reader = reader
        self._account = Account(call)
        self._whole = Whole() if reader.wants_whole or call.new.store else None
        self._begun = self._closing = self._cut = False
        self._task = _keep(self._run())
        _runs.add(self)

    def abandon(self, *, cut: bool = False) -> None:
        """Nobody waits any longer, or it is we who `cut` it: the provider is told to stop. What has ended stays as it
        is.
        """
        self._cut = self._cut or cut
        if not self._begun:
            # A task that is cancelled before its first step would settle nothing.
            asyncio.get_running_loop().call_soon(partial(self.abandon, cut=cut))
        elif not self._closing:
            self._task.cancel()

    @property
    def full(self) -> bool:
        """Whether the reader has enough to take."""
        return self._reader.full

    async def drained(self) -> None:
        """Returns when the reader can take more."""
        await self._reader.drained()

    def began(self, target: Target) -> None:
        """`target` answers."""
        self._account.model = target.language_model
        self._reader.began(target)

    def hear(self, chunk: Chunk) -> None:
        """Passes a chunk on."""
        self._account.hear(chunk.said)
        if self._whole is not None:
            self._whole.add(chunk.choices)
        self._reader.hear(chunk)

    async def _run(self) -> None:
        self._begun = True
        beats = asyncio.create_task(self._beat())
        try:
            relayed = await self._relay()
            self._closing = True
            await self._complete(relayed)
        except asyncio.CancelledError:
            self._closing = True
            status, code = (Status.FAILED, Overloaded.code) if self._cut else (Status.CANCELLED, "")
            await self._settle(status, await in_db(self._account.estimated), error_code=code)
        except LLMError as error:
            self._closing = True
            await self._fail(error)
        except Exception:
            self._closing = True
            logger.exception("call failed", extra={"completion": str(self._call.id)})
            await self._settle(Status.FAILED, await in_db(self._account.estimated), error_code=AppError.code)
            self._reader.failed(AppError())
        finally:
            beats.cancel()
            _runs.discard(self)

    async def _relay(self) -> Relayed:
        call, limits = self._call, time_limits()
        return await relay_with_fallback(
            call.targets, call.body_for, self, breaker=breaker, timeouts=limits, on_failure=count_failure
        )

    async def _complete(self, relayed: Relayed) -> None:
        tokens = self._account.counted(relayed.usage)
        if tokens is None:
            tokens = await in_db(self._account.estimated)
        await self._settle(Status.COMPLETED, tokens)
        choice = self._whole.choice() if self._whole else None
        if choice and self._call.new.store:
            await self._store(choice, tokens)
        self._reader.ended(usage_of(tokens, relayed.usage), choice)

    async def _fail(self, error: LLMError) -> None:
        """What was cut is settled; what was refused has cost nothing."""
        refused = self._account.silent and not isinstance(error, TimedOut)
        tokens = Tokens(0, 0, estimated=False) if refused else await in_db(self._account.estimated)
        code = "invalid_input" if isinstance(error, Rejected) else error.code
        await self._settle(Status.FAILED, tokens, error_code=code)
        self._reader.failed(error)

    async def _settle(self, status: Status, tokens: Tokens, *, error_code: str = "") -> None:
        self._account.measure(status, tokens)
        write = _keep(persist(ledger.settle, self._call.id, status, tokens, error_code=error_code))
        await asyncio.wait({write}, timeout=SETTLE_SECONDS)

    async def _store(self, choice: dict[str, Any], tokens: Tokens) -> None:
        """Keeps the exchange. The caller has the answer whether that works or not."""
        try:
            await in_db(keep_exchange, call=self._call, model=self._account.model, choice=choice, tokens=tokens)
        except Exception:
            metrics.ERRORS.labels(AppError.code).inc()
            logger.exception("exchange not kept", extra={"completion": str(self._call.id)})

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(ledger.BEAT_SECONDS)
            self._reader.idle()
            try:
                await in_db(lambda: ledger.beat(self._call.id, self._account.so_far()))
            except (DatabaseError, InterfaceError) as error:
                logger.warning("lease not renewed", extra={"error": str(error)})


def _keep(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work)
    _under_way.add(task)
    task.add_done_callback(_forget)
    return task


def _forget(task: asyncio.Task[None]) -> None:
    _under_way.discard(task)
    if not task.cancelled() and (error := task.exception()):
        logger.error("call not settled", exc_info=error)


async def end_calls() -> None:
    """Ends all calls of this process, which ends itself, and settles them."""
    for run in tuple(_runs):
        run.abandon(cut=True)
    while _under_way:
        _, late = await asyncio.wait(tuple(_under_way), timeout=LAST_SECONDS)
        if late:
            logger.error("calls not settled", extra={"calls": len(late)})
            return


def give_back(call: Call) -> None:
    """Settles a call that nobody came to make: whoever asked for it has gone."""
    _keep(persist(ledger.settle, call.id, Status.CANCELLED, Tokens(0, 0, estimated=False)))
