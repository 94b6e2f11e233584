"""What the events of an answer add up to: the text that somebody sees who has read them all."""

from collections.abc import Iterable

import msgspec

# Numbers that an attempt leaves out where others may have been used: by a log that is gone, or by an engine that lost
# its lease and may still be writing. More than any answer has events.
NUMBERING_GAP = 1_000_000


class _Event(msgspec.Struct):
    type: str
    status: str = ""
    content: str = ""


_decode = msgspec.json.Decoder(_Event).decode


def shown_by(entries: Iterable[tuple[int, bytes]]) -> str | None:
    """The text after `entries`, each a number and an event as JSON; None when events are missing that it needs.

    Numbers may jump where an attempt begins: it leaves out those that an engine which lost its lease may still use.
    """
    text: str | None = None
    expected = 1
    for seq, payload in entries:
        event = _decode(payload)
        if seq == 1:
            text = ""
        elif seq != expected and event.status != "running":
            text = None
        if event.type in {"reset", "snapshot"}:
            text = event.content
        elif event.type == "token" and text is not None:
            text += event.content
        expected = seq + 1
    return text
