"""The fake provider in a thread of its own, for tests whose work runs in other processes or without a loop."""

import asyncio
from collections.abc import Callable, Coroutine
from threading import Thread
from types import TracebackType
from typing import Self

from chatbot.dev.fakellm.script import Script
from chatbot.dev.fakellm.server import FakeLLM

_CALL_SECONDS = 10.0


class FakeLLMThread:
    """`with FakeLLMThread() as provider`: as FakeLLM, with calls that any thread may make.

    `server` may be read from here (its requests and counts); to change it, use the methods of this class.
    """

    def __init__(self, server: FakeLLM | None = None) -> None:
        self.server = server or FakeLLM()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="fakellm", daemon=True)

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes as its base_url."""
        return self.server.base_url

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._call(self.server.start())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._call(self.server.close())
        finally:
            self._stop()

    def enqueue(self, *scripts: Script) -> None:
        """Play these scripts for the next requests, one each."""
        self._loop.call_soon_threadsafe(self.server.enqueue, *scripts)

    def release(self) -> None:
        """Let everything that is stalled now go on."""
        self._loop.call_soon_threadsafe(self.server.release)

    def until(self, condition: Callable[[], bool], within: float = _CALL_SECONDS) -> None:
        """Return when `condition` holds; it is asked in the server's thread. Raises TimeoutError."""
        self._call(self.server.until(condition, within), within + 1)

    def _call(self, work: Coroutine[object, object, None], timeout: float = _CALL_SECONDS) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CALL_SECONDS)
        self._loop.close()
