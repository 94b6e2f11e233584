"""The text of a PDF. Plain Python, run in a child process: a hostile file can keep a reader busy for ever."""

import logging
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import LimitReachedError

from conversations.attachments.contents import CannotRead, Found
from conversations.attachments.texts import MOST_CHARACTERS, check_length

MOST_PAGES = 1_000
LOCKED = "The PDF is protected by a password. Remove it and upload the file again."


def read_pdf(path: Path) -> Found:
    """The text of the PDF at `path`, page by page. Raises CannotRead; a damaged file raises anything."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it would tell of every flaw
    try:
        text = _text_of(PdfReader(path))
    except (LimitReachedError, MemoryError) as error:
        raise CannotRead("The PDF unpacks to more than can be read.") from error
    return Found(kind="pdf", media_type="application/pdf", text=text)


def _text_of(reader: PdfReader) -> str:
    # Many are locked against changes only: those open without a password.
    if reader.is_encrypted and not reader.decrypt(""):
        raise CannotRead(LOCKED)
    count = len(reader.pages)
    if count > MOST_PAGES:
        raise CannotRead(f"The PDF has {count:,} pages; {MOST_PAGES:,} are allowed.")
    pages: list[str] = []
    length = 0
    for number, page in enumerate(reader.pages, start=1):
        if text := _clean(page.extract_text()):
            pages.append(f"[Page {number}]\n{text}")
            length += len(text)
            if length > MOST_CHARACTERS:
                break
    if not pages:
        raise CannotRead("There is no text in this PDF. If it was scanned, upload its pages as images.")
    whole = "\n\n".join(pages)
    check_length(whole)
    return whole


def _clean(text: str) -> str:
    """Without what PostgreSQL does not keep: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "ignore").strip()
