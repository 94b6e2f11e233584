"""Tells what an uploaded file is by its first bytes, and reads it. Its name decides nothing here that matters."""

import os
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

import msgspec
from django.conf import settings

from chatbot.lib.db import give_back_connection
from chatbot.lib.errors import InvalidInput, Overloaded
from conversations.attachments.contents import CannotRead, Found, Refused
from conversations.attachments.texts import MOST_BYTES, MOST_CHARACTERS, read_text

# Files that one process has opened by its children at a time, each with up to 1 GiB, and how long others wait.
AT_A_TIME = 2
PATIENCE_SECONDS = 20.0
# The child's own limit is in processor time; a busy machine may give it less than that.
READ_SECONDS = 45.0

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"%PDF-", "pdf"),
)
_answers: msgspec.msgpack.Decoder[Found | Refused] = msgspec.msgpack.Decoder(Found | Refused)
_places = BoundedSemaphore(AT_A_TIME)


def read_file(path: Path, name: str) -> Found:
    """What the file at `path` holds. Raises InvalidInput when it is not taken, Overloaded when too many are read."""
    with path.open("rb") as file:
        kind = kind_of(file.read(16))
        try:
            if kind is not None:
                return _read_apart(kind, path)
            if path.stat().st_size > MOST_BYTES:
                raise CannotRead(f"The text in the file has more than {MOST_CHARACTERS:,} characters.")
            file.seek(0)
            return read_text(file.read(), name)
        except CannotRead as error:
            raise InvalidInput(str(error)) from error


def kind_of(beginning: bytes) -> str | None:
    """`image` or `pdf` by the first 16 bytes of a file; None for what can only be text."""
    for signature, kind in _SIGNATURES:
        if beginning.startswith(signature):
            return kind
    return "image" if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP" else None


def _read_apart(kind: str, path: Path) -> Found:
    """In a process of its own, which may die without harm."""
    give_back_connection()
    if not _places.acquire(timeout=PATIENCE_SECONDS):
        raise Overloaded("Many files are being read just now. Please try again.", retry_after=15)
    try:
        command = [sys.executable, "-E", "-s", "-m", "conversations.attachments.child", kind, str(path)]
        done = subprocess.run(  # noqa: S603 - the path is ours
            command,
            cwd=settings.BASE_DIR,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=READ_SECONDS,
            check=False,
        )
        found = _answers.decode(done.stdout)
    except (subprocess.TimeoutExpired, msgspec.DecodeError) as error:
        raise CannotRead("The file takes too much time or memory to read.") from error
    finally:
        _places.release()
    if isinstance(found, Refused):
        raise CannotRead(found.message)
    return found
