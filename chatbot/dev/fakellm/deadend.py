"""An address that accepts no connection: whoever connects to it waits until their own time limit."""

import socket
from contextlib import ExitStack
from types import TracebackType
from typing import Self


class DeadEnd:
    """`with DeadEnd() as place`: a listening socket whose queue of connections is full, on a free port or a given one.

    The kernel leaves the first packet of every further connection unanswered. Raises OSError when the port is taken.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        self.port = port
        self._sockets = ExitStack()

    @property
    def base_url(self) -> str:
        """What an OpenAI client takes as its base_url."""
        return f"http://{self.host}:{self.port}/v1"

    def __enter__(self) -> Self:
        with ExitStack() as on_failure:
            listener = on_failure.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self.host, self.port))
            # A queue of length 0 holds one connection, and this one stays in it.
            listener.listen(0)
            self.port = listener.getsockname()[1]
            on_failure.enter_context(socket.create_connection((self.host, self.port), timeout=5))
            self._sockets = on_failure.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._sockets.close()
