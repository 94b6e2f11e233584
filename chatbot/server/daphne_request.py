"""A request on Daphne, which by itself would take a body to its end, into a file, before anybody could object."""

from typing import Any

from daphne.http_protocol import WebRequest

from chatbot.bodies import STATUS, largest_body, refusal


class BoundedRequest(WebRequest):  # type: ignore[misc]
    """Ends the connection at the first byte that is too much, or when too much is announced. What a body holds is left
    to the application: Twisted would read forms as well, whole, and answer broken ones itself.
    """

    _left = 0
    _refused = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options, parsePOSTFormSubmission=False)

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name
        """All headers are here; `length` is None when the body comes in chunks."""
        super().gotLength(length)
        self._left = largest_body(self._asked_for)
        if length is not None and length > self._left:
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """A piece of the body."""
        self._left -= len(data)
        if self._left < 0:
            self._refuse()
        else:
            super().handleContentChunk(data)

    def process(self) -> Any:
        """The request is whole."""
        return None if self._refused else super().process()

    @property
    def _asked_for(self) -> str:
        """The path: a request of Twisted learns it only when its body is there."""
        target: bytes = self.channel._path
        return target.partition(b"?")[0].decode("latin-1")

    def _refuse(self) -> None:
        if self._refused:
            return
        self._refused = True
        headers, body = refusal(self._asked_for)
        lines = [b"HTTP/1.1 %d Content Too Large" % STATUS, *(b"%b: %b" % header for header in headers), b"", body]
        self.channel.transport.write(b"\r\n".join(lines))
        self.channel.loseConnection()
