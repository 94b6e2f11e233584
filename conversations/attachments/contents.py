"""What is found in a file, or why it is not taken. Plain Python: the child process speaks it, too."""

import msgspec


class Found(msgspec.Struct, frozen=True, tag=True):
    """The content of a file as it is kept. `body` takes the place of what was uploaded, unless it is empty; `thumbnail`
    is a WebP. Only images have either, and a width and height, in pixels; everything else has a text.
    """

    kind: str
    media_type: str
    text: str = ""
    width: int | None = None
    height: int | None = None
    body: bytes = b""
    thumbnail: bytes = b""


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The sentence that tells the user why."""

    message: str


class CannotRead(Exception):
    """A file is not taken; its text is told to the user."""
