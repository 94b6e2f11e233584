"""Reads the files of a conversation's turns, as far as a prompt could hold them. Not on the loop."""

import logging
from base64 import b64encode
from collections.abc import Iterator, Sequence
from uuid import UUID

from django.core.files.storage import default_storage

from chatbot.lib.db import give_back_connection
from conversations.attachments.selectors import contents_of, texts_of
from conversations.models import Attachment
from moderation.neutralise import neutralise
from streaming.llm.types import Target
from streaming.prompts.attached import Files, Picture, Words
from streaming.prompts.images import image_tokens
from streaming.prompts.tokens import estimate_tokens
from streaming.prompts.turns import Turn

logger = logging.getLogger(__name__)

# Images of one prompt, and their bytes; in the request they take a third more.
MOST_IMAGES = 20
MOST_IMAGE_BYTES = 12_000_000
# No text has so many characters, or bytes, for each token of its estimate.
MOST_PER_TOKEN = 6
PIECE = 4_000
# Of a long text every so many pieces one is counted, for those after it as well: all would take 0.3 s.
COUNTED_PIECES = 8


def load_files(turns: Sequence[Turn], targets: Sequence[Target], *, owner_id: UUID) -> Files:
    """The files of `turns` by their ids, the newest first, as far as the largest of `targets` could have room for
    them. Images only where one of them sees; else they are known and empty.
    """
    ids = [file.id for turn in reversed(turns) for file in turn.attachments if not file.deleted]
    if not ids:
        return {}
    room = max((target.context_window for target in targets), default=0)
    known = contents_of(ids=ids, owner_id=owner_id)
    newest = [known[file_id] for file_id in dict.fromkeys(ids) if file_id in known]
    files: dict[UUID, Words | Picture] = dict(_texts(newest, room))
    files |= _pictures(newest, sees=any(target.can_see for target in targets))
    return files


def _texts(attachments: Sequence[Attachment], room: int) -> Iterator[tuple[UUID, Words]]:
    wanted: list[UUID] = []
    tokens = 0
    for one in attachments:
        if one.kind != Attachment.Kind.IMAGE and tokens < room:
            wanted.append(one.pk)
            tokens += one.text_bytes // MOST_PER_TOKEN  # type: ignore[attr-defined]
    for file_id, text, whole in texts_of(ids=wanted, most=room * MOST_PER_TOKEN):
        yield file_id, read_words(text, room=room, whole=whole)


def read_words(text: str, *, room: int, whole: bool = True) -> Words:
    """A text without power, in pieces, up to about `room` tokens."""
    harmless = neutralise(text)
    pieces: list[tuple[str, int]] = []
    tokens, rate = 0, 0.0
    for number, at in enumerate(range(0, len(harmless), PIECE)):
        piece = harmless[at : at + PIECE]
        if number < COUNTED_PIECES or number % COUNTED_PIECES == 0:
            count = estimate_tokens(piece)
            rate = count / len(piece)
        else:
            count = round(rate * len(piece))
        pieces.append((piece, max(1, count)))
        tokens += count
        if tokens > room:
            return Words(pieces, whole=False)
    return Words(pieces, whole=whole)


def _pictures(attachments: Sequence[Attachment], *, sees: bool) -> Iterator[tuple[UUID, Picture]]:
    images = [one for one in attachments if one.kind == Attachment.Kind.IMAGE]
    if images and sees:
        give_back_connection()  # the storage may be far away
    count = taken = 0
    for one in images:
        if not sees:
            yield one.pk, Picture("", 0)
            continue
        count += 1
        taken += one.size
        if count > MOST_IMAGES or taken > MOST_IMAGE_BYTES:
            return
        if url := _data_url(one):
            yield one.pk, Picture(url, image_tokens(one.width or 1, one.height or 1))


def _data_url(image: Attachment) -> str:
    try:
        with default_storage.open(str(image.file)) as file:
            return f"data:{image.media_type};base64,{b64encode(file.read()).decode()}"
    except Exception:  # every storage has errors of its own; the answer goes on without the image, and says so
        logger.exception("image not read", extra={"attachment": str(image.pk)})
        return ""
