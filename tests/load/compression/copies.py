"""The same messages in the archive, and as pages of the API on the wire."""

import gzip
import time
from dataclasses import dataclass

import zstandard
from rest_framework.renderers import JSONRenderer

from conversations.models import Conversation
from conversations.selectors import page_before
from moderation.retention.rows import lines_of

PAGE = 50


@dataclass(frozen=True)
class Copy:
    """Bytes before and after, and the seconds of processor time that compressing took."""

    raw: int
    size: int
    seconds: float


def archived(level: int) -> Copy:
    """All conversations as one archive, without the time that reading them takes."""
    lines = [line for conversation in Conversation.objects.all() for line in lines_of(conversation)]
    whole = b"".join(lines)
    began = time.process_time()
    packed = zstandard.ZstdCompressor(level=level).compress(whole)
    return Copy(len(whole), len(packed), time.process_time() - began)


def sent() -> Copy:
    """The first page of every conversation, compressed by itself as its response is."""
    raw = size = 0
    seconds = 0.0
    for conversation in Conversation.objects.all():
        messages, _ = page_before(conversation, limit=PAGE)
        body = JSONRenderer().render({"results": [message.as_dict() for message in messages]})
        began = time.process_time()
        size += len(gzip.compress(body, compresslevel=6))
        seconds += time.process_time() - began
        raw += len(body)
    return Copy(raw, size, seconds)
