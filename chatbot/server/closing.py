"""What a server does last."""

from collections.abc import Awaitable, Callable

# Called in the server's loop, when requests have ended or had their time.
Closing = Callable[[], Awaitable[None]]


async def nothing_to_close() -> None:
    """The default."""
