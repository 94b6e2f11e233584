"""The engine's life: seats, claims, heartbeats, stops, sweeps, drain."""

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from secrets import token_hex
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from redis.exceptions import RedisError

from chatbot.lib.db import in_db
from chatbot.lib.redis import async_redis, close_async_redis, subscriber
from streaming import bell, queue, sweeper
from streaming.engine.attempt import Attempt, Ending
from streaming.engine.publisher import Publisher
from streaming.engine.run import run_attempt
from streaming.llm import client
from streaming.queue import Claim

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
# Leases are renewed every 5 s; those of dead engines are looked for more often, since people wait.
SWEEP_SECONDS = 1.0
CLAIMS_AT_ONCE = 32
ALIVE_SECONDS = 15


class Engine:
    """Runs up to `seats` generations at a time until `drain` is called."""

    def __init__(self, *, seats: int, drain_seconds: float) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}:{token_hex(3)}"
        self._seats = seats
        self._drain_seconds = drain_seconds
        self._publisher = Publisher()
        self._running: dict[UUID, tuple[Attempt, asyncio.Task[None]]] = {}
        self._bell = asyncio.Event()
        self._draining = asyncio.Event()
        self._renew_at = 0.0

    def drain(self) -> None:
        """Claims nothing more; `run` returns when the running generations have ended or were handed back."""
        logger.info("engine drains", extra={"engine": self.name, "running": len(self._running)})
        self._draining.set()
        self._bell.set()

    async def run(self) -> None:
        """Works until drained. When a part of the engine breaks, what runs is handed back and the error is raised."""
        logger.info("engine starts", extra={"engine": self.name, "seats": self._seats})
        parts = [
            asyncio.create_task(self._publisher.run(), name="publisher"),
            asyncio.create_task(self._publisher.checkpoint_regularly(), name="checkpoints"),
            asyncio.create_task(self._every(SWEEP_SECONDS, self._renew_and_sweep), name="heartbeat"),
            asyncio.create_task(self._every(queue.HEARTBEAT_SECONDS, self._say_alive), name="alive"),
            asyncio.create_task(self._listen(), name="bell"),
        ]
        work = asyncio.create_task(self._claim_until_draining(), name="claims")
        try:
            await asyncio.wait([work, *parts], return_when=asyncio.FIRST_COMPLETED)
            broken = next((part for part in parts if part.done()), None)
            await self._end_running(at_once=broken is not None)
            if broken is not None:
                raise RuntimeError(f"The engine's {broken.get_name()} broke.") from broken.exception()
            await work
        finally:
            for task in [work, *parts]:
                task.cancel()
            await asyncio.gather(work, *parts, return_exceptions=True)
            await client.close()
            await self._say_gone()
            await close_async_redis()

    async def _claim_until_draining(self) -> None:
        while not self._draining.is_set():
            self._bell.clear()
            free = self._seats - len(self._running)
            claims = await self._claim(min(free, CLAIMS_AT_ONCE)) if free > 0 else []
            for claim in claims:
                if self._draining.is_set():
                    await in_db(queue.release, claim)
                else:
                    self._begin(claim)
            if len(claims) < CLAIMS_AT_ONCE:
                try:
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._bell.wait()
                except TimeoutError:
                    pass

    async def _claim(self, limit: int) -> list[Claim]:
        try:
            return await in_db(queue.claim, engine=self.name, limit=limit)
        except (DatabaseError, InterfaceError):
            logger.exception("claim failed")
            return []

    def _begin(self, claim: Claim) -> None:
        if claim.generation_id in self._running:
            # Its lease ran out here, and here it was claimed again.
            self._cancel(claim.generation_id, Ending.FENCED)
        attempt = Attempt(claim)
        task = asyncio.create_task(run_attempt(attempt, self._publisher))
        self._running[claim.generation_id] = (attempt, task)
        task.add_done_callback(lambda done: self._ended(claim, done))

    def _ended(self, claim: Claim, task: asyncio.Task[None]) -> None:
        running = self._running.get(claim.generation_id)
        if running is not None and running[1] is task:
            del self._running[claim.generation_id]
        self._bell.set()
        if not task.cancelled() and (error := task.exception()):
            # The lease runs out and another attempt begins.
            logger.error("attempt broke", exc_info=error, extra={"generation": str(claim.generation_id)})

    def _cancel(self, generation_id: UUID, ending: Ending) -> None:
        attempt, task = self._running[generation_id]
        if attempt.ending is None and not attempt.closing:
            attempt.ending = ending
            task.cancel()

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except (DatabaseError, InterfaceError, RedisError, OSError):
                logger.exception("engine loop failed")
            await asyncio.sleep(seconds)

    async def _say_alive(self) -> None:
        await async_redis().set(bell.ALIVE_KEY + self.name, len(self._running), ex=ALIVE_SECONDS)

    async def _renew_and_sweep(self) -> None:
        """In this order: after an outage of the database an engine must not take its own leases for lost."""
        now = asyncio.get_running_loop().time()
        if now >= self._renew_at:
            await self._renew()
            self._renew_at = now + queue.HEARTBEAT_SECONDS
        await in_db(sweeper.sweep)

    async def _renew(self) -> None:
        claims = [attempt.claim for attempt, _ in self._running.values()]
        if not claims:
            return
        held = await in_db(queue.heartbeat, claims)
        for claim in claims:
            running = self._running.get(claim.generation_id)
            if running is None or running[0].claim is not claim:
                continue
            if claim.generation_id not in held:
                self._cancel(claim.generation_id, Ending.FENCED)
            elif held[claim.generation_id]:
                self._cancel(claim.generation_id, Ending.STOP)

    async def _listen(self) -> None:
        while True:
            try:
                async with subscriber() as redis, redis.pubsub() as channel:
                    await channel.subscribe(bell.WAKE_CHANNEL, bell.STOP_CHANNEL)
                    while True:
                        self._hear(await channel.get_message(timeout=None))
            except (RedisError, OSError) as error:
                logger.warning("bell lost", extra={"error": str(error)})
                await asyncio.sleep(LOOK_SECONDS)

    def _hear(self, message: dict[str, object] | None) -> None:
        if message is None or message["type"] != "message":
            return
        if message["channel"] == bell.WAKE_CHANNEL.encode():
            self._bell.set()
            return
        data = message["data"]
        answer = UUID(data.decode()) if isinstance(data, bytes) else None
        for generation_id, (attempt, _) in list(self._running.items()):
            if attempt.claim.message_id == answer:
                self._cancel(generation_id, Ending.STOP)

    async def _end_running(self, *, at_once: bool) -> None:
        self._draining.set()
        tasks = [task for _, task in self._running.values()]
        if tasks and not at_once:
            await asyncio.wait(tasks, timeout=self._drain_seconds)
        for generation_id in list(self._running):
            self._cancel(generation_id, Ending.DRAIN)
        if left := [task for _, task in self._running.values()]:
            await asyncio.wait(left, timeout=queue.HEARTBEAT_SECONDS)
        try:
            async with asyncio.timeout(queue.HEARTBEAT_SECONDS):
                await self._publisher.drained()
        except TimeoutError:
            logger.warning("events left unpublished; rows answer with a snapshot")

    async def _say_gone(self) -> None:
        try:
            await async_redis().delete(bell.ALIVE_KEY + self.name)
        except (RedisError, OSError) as error:
            logger.info("engine left without a word", extra={"error": str(error)})


async def run_engine() -> None:
    """Runs one engine until SIGTERM or SIGINT, then drains it."""
    engine = Engine(seats=settings.ENGINE_SEATS, drain_seconds=settings.ENGINE_DRAIN_SECONDS)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, engine.drain)
    # Start-up garbage is frozen and collections made rare: pauses would be felt in every stream.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    await engine.run()
