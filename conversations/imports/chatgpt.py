"""A conversation of ChatGPT's export: a tree of nodes, many of which nobody sees.

What nobody sees is passed by, its children belong to the next one above. A chain of an answer's nodes (a call of a
tool, its result, the text) becomes one answer.
"""

import hashlib
from typing import Any

import msgspec

from conversations.imports import limits
from conversations.imports.chatgpt_text import text_of
from conversations.imports.drafts import (
    NO_MESSAGES,
    Draft,
    DraftMessage,
    Refused,
    clean_content,
    clean_line,
    mark_current,
    moment,
)
from conversations.models import Message

UNREADABLE = "A message could not be read and was left out."
LOOP = "Some messages have no beginning and were left out."
SPEAKERS = {"user": Message.Role.USER, "assistant": Message.Role.ASSISTANT, "tool": Message.Role.ASSISTANT}


class _Author(msgspec.Struct):
    role: str
    name: str | None = None


class _Said(msgspec.Struct):
    author: _Author
    content: dict[str, Any] | None = None
    create_time: float | None = None
    status: str | None = None
    recipient: str | None = None
    metadata: dict[str, Any] | None = None


class _Node(msgspec.Struct):
    message: msgspec.Raw = msgspec.Raw(b"null")
    parent: str | None = None


_read_node = msgspec.json.Decoder(_Node).decode
_read_said = msgspec.json.Decoder(_Said | None).decode


class ChatGPT(msgspec.Struct):
    """What we read of one conversation; the rest is passed by."""

    mapping: dict[str, msgspec.Raw]
    title: str | None = None
    id: str | None = None
    conversation_id: str | None = None
    current_node: str | None = None
    create_time: float | None = None
    update_time: float | None = None
    is_archived: bool | None = None
    is_starred: bool | None = None

    @property
    def source(self) -> str:
        """What it was made from. Very old exports give no id: then its content is one."""
        name = self.conversation_id or self.id or ""
        if not name or len(name) > 100 or not name.isascii() or not name.isprintable():
            digest = hashlib.sha256(name.encode(errors="replace"))
            for key, node in self.mapping.items():
                digest.update(key.encode(errors="replace") + bytes(node))
            name = digest.hexdigest()
        return f"chatgpt:{name}"

    def draft(self) -> Draft:
        """The conversation as we keep it; raises Refused."""
        notes: set[str] = set()
        tree = _Tree(self.mapping, notes)
        messages = tree.messages()
        if not messages:
            raise Refused(NO_MESSAGES)
        mark_current(messages, tree.message_of(self.current_node))
        times = [message.created_at for message in messages if message.created_at]
        created = moment(self.create_time) or min(times, default=None)
        return Draft(
            source=self.source,
            title=clean_line(self.title or "", notes, longest=limits.TITLE),
            messages=messages,
            archived=bool(self.is_archived),
            pinned=bool(self.is_starred),
            created_at=created,
            last_message_at=max(times, default=None) or moment(self.update_time) or created,
            notes=notes,
        )


class _Tree:
    """The nodes that say something, each below the next such node above it; None stands above all of them."""

    def __init__(self, mapping: dict[str, msgspec.Raw], notes: set[str]) -> None:
        self._notes = notes
        self._said: dict[str, DraftMessage] = {}
        # For each node itself, where it says something, else the nearest such node above it.
        self._nearest: dict[str, str | None] = {}
        self._below: dict[str | None, list[DraftMessage]] = {}
        # The first node of the message that a node went into.
        self._whole: dict[str, str] = {}
        self._contract(self._read(mapping))

    def message_of(self, node: str | None) -> str | None:
        """The message that a node became part of, or the nearest one above it."""
        return self._whole.get(self._nearest.get(node or "") or "")

    def messages(self) -> list[DraftMessage]:
        """All messages, parents before their children, older siblings before newer ones."""
        found: list[DraftMessage] = []
        waiting: list[tuple[DraftMessage, DraftMessage | None, bool]] = self._children(None, None)
        while waiting:
            message, parent, alone = waiting.pop()
            whole = message
            if parent is not None and alone and parent.role == message.role == Message.Role.ASSISTANT:
                whole = parent
                _go_on(parent, message)
            else:
                message.parent = parent.key if parent else None
                found.append(message)
            self._whole[message.key] = whole.key
            waiting += self._children(message.key, whole)
        for message in found:
            message.content = clean_content(message.content, self._notes)
        return found

    def _children(
        self, node: str | None, whole: DraftMessage | None
    ) -> list[tuple[DraftMessage, DraftMessage | None, bool]]:
        """The children of a node for a stack, the oldest on top."""
        children = sorted(self._below.get(node, ()), key=_age)
        return [(child, whole, len(children) == 1) for child in reversed(children)]

    def _read(self, mapping: dict[str, msgspec.Raw]) -> dict[str, str | None]:
        """Reads the nodes; gives the parent of each."""
        parents: dict[str, str | None] = {}
        for key, raw in mapping.items():
            try:
                node = _read_node(raw)
                parents[key] = node.parent
                message = _message(key, _read_said(node.message))
            except msgspec.DecodeError:
                parents.setdefault(key, None)
                self._notes.add(UNREADABLE)
                continue
            if message is not None:
                self._said[key] = message
        return parents

    def _contract(self, parents: dict[str, str | None]) -> None:
        children: dict[str | None, list[str]] = {}
        for key, parent in parents.items():
            children.setdefault(parent if parent in parents else None, []).append(key)
        waiting: list[tuple[str, str | None]] = [(key, None) for key in reversed(children.get(None, []))]
        while waiting:
            key, above = waiting.pop()
            if message := self._said.get(key):
                self._below.setdefault(above, []).append(message)
                above = key
            self._nearest[key] = above
            waiting += [(child, above) for child in reversed(children.get(key, []))]
        if any(key not in self._nearest for key in self._said):
            self._notes.add(LOOP)


def _message(key: str, said: _Said | None) -> DraftMessage | None:
    """What a node says; None when nobody sees it."""
    if said is None or (role := SPEAKERS.get(said.author.role)) is None:
        return None
    metadata = said.metadata or {}
    if metadata.get("is_visually_hidden_from_conversation"):
        return None
    text = text_of(said.author.role, said.recipient or "", said.author.name or "", said.content or {}, metadata)
    if not text.strip():
        return None
    model = metadata.get("model_slug")
    stopped = role == Message.Role.ASSISTANT and said.status not in {None, "finished_successfully"}
    return DraftMessage(
        key=key,
        parent=None,
        role=role,
        status=Message.Status.STOPPED if stopped else Message.Status.COMPLETED,
        content=text,
        created_at=moment(said.create_time),
        metadata={"model": model[:100]} if role == Message.Role.ASSISTANT and isinstance(model, str) else {},
    )


def _go_on(whole: DraftMessage, piece: DraftMessage) -> None:
    """Adds the next piece of an answer. A tool that was asked five times leaves one note."""
    if not whole.content.endswith(piece.content) or not piece.content.startswith("["):
        whole.content += f"\n\n{piece.content}"
    whole.status = piece.status
    whole.metadata = {**whole.metadata, **piece.metadata}


def _age(message: DraftMessage) -> float:
    return message.created_at.timestamp() if message.created_at else 0
