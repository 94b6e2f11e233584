"""Text files of every kind: prose, tables, source code. Plain Python."""

import codecs

import msgspec

from conversations.attachments.contents import CannotRead, Found
from conversations.attachments.names import extension_of

# Of one file, as models read it: about 250,000 tokens of English.
MOST_CHARACTERS = 1_000_000
# A character takes four bytes at the most.
MOST_BYTES = 4 * MOST_CHARACTERS + len(codecs.BOM_UTF8)
UNKNOWN = "Files of this kind cannot be read. Images (PNG, JPEG, GIF, WebP), PDF and text in UTF-8 or UTF-16 can."

_BY_EXTENSION = {".md": "text/markdown", ".markdown": "text/markdown", ".csv": "text/csv", ".tsv": "text/csv"}


def read_text(data: bytes, name: str) -> Found:
    """The text in `data`. Its name tells apart only what differs by nothing else. Raises CannotRead."""
    text = _decode(data).replace("\r\n", "\n")
    if "\x00" in text:
        raise CannotRead(UNKNOWN)
    if not text.strip():
        raise CannotRead("The file is empty.")
    check_length(text)
    return Found(kind="text", media_type=_media_type(text, extension_of(name).lower()), text=text)


def check_length(text: str) -> None:
    """Raises CannotRead for a text that is too long."""
    if len(text) > MOST_CHARACTERS:
        raise CannotRead(f"The text in the file has more than {MOST_CHARACTERS:,} characters.")


def _decode(data: bytes) -> str:
    """Strict UTF-8, or UTF-16 that says so with its byte order mark."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise CannotRead(UNKNOWN) from error


def _media_type(text: str, extension: str) -> str:
    if extension == ".json":
        try:
            msgspec.json.decode(text, type=msgspec.Raw)
        except (msgspec.DecodeError, RecursionError):
            return "text/plain"
        return "application/json"
    return _BY_EXTENSION.get(extension, "text/plain")
