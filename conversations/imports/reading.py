"""Reads one conversation, of either kind."""

import codecs
import json

import msgspec

from conversations.exports.document import FORMAT
from conversations.imports import limits
from conversations.imports.chatgpt import ChatGPT
from conversations.imports.drafts import CHARACTERS, Draft, Refused
from conversations.imports.ours import Ours
from conversations.imports.sources import Item

TOO_LARGE = f"It is larger than {limits.CONVERSATION_BYTES // limits.MIB} MiB."
TOO_MANY = f"It has more than {limits.MESSAGES:,} messages."
NOT_JSON = "It is not JSON."
UNKNOWN = "It is no conversation that we know."


class _Probe(msgspec.Struct):
    """What tells one kind from the other."""

    format: str = ""
    mapping: msgspec.Raw = msgspec.Raw()
    title: str | None = None


class Reading:
    """A conversation that was read: its `source` at once, its draft when it is wanted."""

    def __init__(self, item: Item) -> None:
        """Raises Refused. Names the item by its title, where it has one."""
        body = item.load()
        if body is None:
            raise Refused(TOO_LARGE)
        self._repaired = False
        try:
            # The parts that are read later are not looked into now, and there one byte would break all of them.
            body.decode()
            self._found = self._decode(item, body.removeprefix(codecs.BOM_UTF8))
        except msgspec.ValidationError as error:
            raise Refused(UNKNOWN) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._repaired = True
            self._found = self._decode(item, _repair(body))
        self.source = self._found.source

    def draft(self) -> Draft:
        """The conversation as we keep it; raises Refused."""
        draft = self._found.draft()
        if self._repaired:
            draft.notes.add(CHARACTERS)
        return draft

    @staticmethod
    def _decode(item: Item, body: bytes) -> Ours | ChatGPT:
        probe = msgspec.json.decode(body, type=_Probe)
        item.label = " ".join((probe.title or "").split())[: limits.TITLE] or item.label
        found: Ours | ChatGPT
        if probe.format == FORMAT:
            found = msgspec.json.decode(body, type=Ours)
            count = len(found.messages)
        elif bytes(probe.mapping):
            found = msgspec.json.decode(body, type=ChatGPT)
            count = len(found.mapping)
        else:
            raise Refused(UNKNOWN)
        if count > limits.MESSAGES:
            raise Refused(TOO_MANY)
        return found


def _repair(body: bytes) -> bytes:
    """JSON without what no text can hold: broken UTF-8, halves of surrogate pairs. Raises Refused when it is none."""
    if len(body) > limits.REPAIRED_BYTES:
        raise Refused(NOT_JSON)
    try:
        document = json.loads(body.decode(errors="replace"), parse_constant=_refuse)
        text = json.dumps(document, ensure_ascii=False)
    except (ValueError, RecursionError) as error:
        raise Refused(NOT_JSON) from error
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _refuse(constant: str) -> None:
    """NaN and the infinities are no JSON."""
    raise ValueError(constant)
