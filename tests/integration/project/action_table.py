"""Every action of the WebSocket: an example about what is Ann's, and who may do it. A cell is the type of the answer,
or the code of the error. The callers are those of access_table; the strange, the barred and those whose key only reads
get no socket: HANDSHAKES has the reason, None for an open door.
"""

from collections.abc import Callable
from typing import Any

from streaming import events
from tests.integration.project.doors import new_id
from tests.integration.project.rooms import Rooms

HANDSHAKES = {
    "stranger": "Unauthorized",
    "session": None,
    "chat key": None,
    "read key": "Forbidden",
    "token": None,
    "other": None,
    "staff": None,
    "barred": "Forbidden",
    "gone": "Unauthorized",
}
SPEAKERS = ("session", "chat key", "token", "other", "staff")


def _sends(rooms: Rooms) -> dict[str, Any]:
    return {"client_message_id": new_id(), "conversation_id": str(rooms.conversation.pk), "content": "Hello"}


EXAMPLES: dict[type, Callable[[Rooms], dict[str, Any]]] = {
    events.MessageSend: _sends,
    events.MessageRegenerate: lambda rooms: {"client_message_id": new_id(), "message_id": str(rooms.answer.pk)},
    events.MessageEdit: lambda rooms: {
        "client_message_id": new_id(),
        "message_id": str(rooms.prompt.pk),
        "content": "Hello",
    },
    events.GenerationStop: lambda rooms: {"message_id": str(rooms.pending.pk)},
    events.GenerationFollow: lambda rooms: {"message_id": str(rooms.failed.pk)},
    events.GenerationUnfollow: lambda rooms: {"message_id": str(rooms.failed.pk)},
    events.Ping: lambda _: {},
}
# What answers at once; the answer to a follow comes when it was looked up.
ACTIONS = {
    "message.send": ("accepted", "accepted", "accepted", "not_found", "not_found"),
    "message.regenerate": ("accepted", "accepted", "accepted", "not_found", "not_found"),
    "message.edit": ("accepted", "accepted", "accepted", "not_found", "not_found"),
    "generation.stop": ("", "", "", "not_found", "not_found"),
    "generation.follow": ("done", "done", "done", "not_found", "not_found"),
    "generation.unfollow": ("", "", "", "", ""),
    "ping": ("pong", "pong", "pong", "pong", "pong"),
}
