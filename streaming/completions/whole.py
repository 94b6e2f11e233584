"""Puts the pieces of a streamed answer together again: text, tool calls by their index, log probabilities."""

from typing import Any

import msgspec

from streaming.llm.chunks import MALFORMED
from streaming.llm.errors import Unavailable

_decode = msgspec.json.Decoder(list[dict[str, Any]]).decode
# Said once, though some servers repeat them in every piece.
_CONSTANT = frozenset({"role", "type", "id", "name", "finish_reason"})


class _Text(list[str]):
    """The pieces of one text."""


class Whole:
    """One answer, from its first piece on."""

    def __init__(self) -> None:
        self._choice: dict[str, Any] = {}

    def add(self, choices: bytes) -> None:
        """The choices of the next chunk; raises Unavailable when they do not go with what came before."""
        try:
            _merge(self._choice, _decode(choices)[0])
        except (msgspec.DecodeError, UnicodeDecodeError, AttributeError, TypeError) as error:
            raise Unavailable(MALFORMED) from error

    def choice(self) -> dict[str, Any]:
        """The choice of an answer that was not streamed."""
        choice: dict[str, Any] = _plain(self._choice)
        message = {"role": "assistant", "content": None, "refusal": None, **(choice.get("delta") or {})}
        if calls := message.get("tool_calls"):
            message["tool_calls"] = [{name: call[name] for name in call if name != "index"} for call in calls]
            message["content"] = message["content"] or None
        return {
            "index": 0,
            "message": message,
            "logprobs": choice.get("logprobs"),
            "finish_reason": choice.get("finish_reason"),
        }


def _merge(whole: dict[str, Any], piece: dict[str, Any]) -> None:
    for name, value in piece.items():
        if value is None:
            whole.setdefault(name, None)
        elif name in _CONSTANT:
            whole[name] = whole.get(name) or value
        elif isinstance(value, str):
            _at(whole, name, _Text).append(value)
        elif isinstance(value, dict):
            _merge(_at(whole, name, dict), value)
        elif isinstance(value, list):
            _extend(_at(whole, name, list), value)
        else:
            whole[name] = value


def _at(whole: dict[str, Any], name: str, kind: type) -> Any:
    if whole.get(name) is None:
        whole[name] = kind()
    return whole[name]


def _extend(whole: list[Any], pieces: list[Any]) -> None:
    for piece in pieces:
        index = piece.get("index") if isinstance(piece, dict) else None
        if index is None:
            whole.append(piece)
            continue
        known = next((entry for entry in whole if entry["index"] == index), None)
        if known is None:
            known = {"index": index}
            whole.append(known)
        _merge(known, piece)


def _plain(value: Any) -> Any:
    match value:
        case _Text():
            return "".join(value)
        case dict():
            return {name: _plain(entry) for name, entry in value.items()}
        case list():
            return [_plain(entry) for entry in value]
    return value
