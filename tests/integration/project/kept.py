"""Where texts go: every field that keeps one, and every door that shows it again."""

import html
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.test import Client

from tests.integration.project.rooms import Rooms

# From the body of the accepted request, what every read of the text gives.
Reads = Callable[["Reader", Any], list[str]]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads as the user does."""

    client: Client
    rooms: Rooms

    def get(self, path: str) -> Any:
        """The JSON behind a path of the API."""
        return json.loads(self.client.get(f"/api/v1/{path}").content)

    def first(self, path: str) -> Any:
        """The newest of a list."""
        return self.get(path)["results"][0]

    def page(self, path: str, before: str, after: str) -> str:
        """What a page shows between two pieces of its HTML; "" when they are not there."""
        text = self.client.get(path).content.decode()
        return html.unescape(text.partition(before)[2].partition(after)[0])


@dataclass(frozen=True, slots=True)
class Kept:
    """A field that keeps a text of up to `longest` characters, which may be `blank` or not, and its reads."""

    door: str
    field: str
    longest: int
    reads: Reads
    blank: bool = True


def _conversation(field: str) -> Reads:
    def reads(reader: Reader, body: Any) -> list[str]:
        return [body[field], reader.get(f"conversations/{body['id']}/")[field]]

    return reads


def _titled(reader: Reader, body: Any) -> list[str]:
    shown = reader.page(f"/c/{body['id']}/", 'data-part="title">', "</h1>")
    listed = [one["title"] for one in reader.get("conversations/")["results"] if one["id"] == body["id"]]
    return [*_conversation("title")(reader, body), *listed, shown if body["title"] else ""]


def _message(reader: Reader, body: Any) -> list[str]:
    message = body["user_message"]
    listed = reader.get(f"conversations/{body['conversation_id']}/messages/")["results"]
    shown = reader.page(f"/c/{body['conversation_id']}/", f'data-message-id="{message["id"]}"', "</article>")
    return [
        message["content"],
        reader.get(f"messages/{message['id']}/")["content"],
        *(one["content"] for one in listed if one["id"] == message["id"]),
        shown.partition('data-part="text">')[2].partition('</div>\n  <p class="message-note"')[0],
    ]


def _of_batch(reader: Reader, body: Any) -> list[str]:
    return _message(reader, body["results"][0])


def _feedback(reader: Reader, body: Any) -> list[str]:
    return [body["comment"], reader.get(f"messages/{reader.rooms.answer.pk}/feedback/")["comment"]]


def _appeal(reader: Reader, body: Any) -> list[str]:
    return [body["text"], reader.first("moderation/appeals/")["text"]]


def _share(reader: Reader, body: Any) -> list[str]:
    return [body["title"], reader.get(f"shares/{body['id']}/")["title"], reader.first("shares/")["title"]]


def _preset(field: str) -> Reads:
    def reads(reader: Reader, body: Any) -> list[str]:
        listed = [one[field] for one in reader.get("presets/")["results"] if one["id"] == body["id"]]
        return [body[field], reader.get(f"presets/{body['id']}/")[field], *listed]

    return reads


def _key(reader: Reader, body: Any) -> list[str]:
    return [body["name"], reader.first("auth/access-keys/")["name"]]


def _profile(field: str) -> Reads:
    return lambda reader, body: [body[field], reader.get("me/")[field]]


NEW, CHANGED = "POST api/v1/conversations/", "PATCH api/v1/conversations/<conversation_id>/"
PRESETS = ("POST api/v1/presets/", "PATCH api/v1/presets/<preset_id>/")
MESSAGE = 32_000
KEPT = [
    *(Kept(door, "title", 200, _titled) for door in (NEW, CHANGED)),
    *(Kept(door, "folder", 80, _conversation("folder")) for door in (NEW, CHANGED)),
    *(Kept(door, "system_prompt", 20_000, _conversation("system_prompt")) for door in (NEW, CHANGED)),
    Kept("POST api/v1/conversations/<conversation_id>/messages/", "content", MESSAGE, _message, blank=False),
    Kept("POST api/v1/messages/<message_id>/edit/", "content", MESSAGE, _message, blank=False),
    Kept("POST api/v1/messages/<message_id>/feedback/", "comment", 2_000, _feedback),
    Kept("POST api/v1/messages/<message_id>/report/", "comment", 2_000, lambda _, body: [body["comment"]]),
    Kept("POST api/v1/moderation/appeals/", "text", 2_000, _appeal, blank=False),
    Kept("POST api/v1/shares/", "title", 200, _share),
    *(Kept(door, "name", 80, _preset("name"), blank=False) for door in PRESETS),
    *(Kept(door, "text", 8_000, _preset("text"), blank=False) for door in PRESETS),
    Kept("POST api/v1/auth/access-keys/", "name", 80, _key, blank=False),
    Kept("PATCH api/v1/me/", "first_name", 150, _profile("first_name")),
    Kept("PATCH api/v1/me/", "last_name", 150, _profile("last_name")),
]
# Fields that take any text and keep none, each with the reason.
NOT_KEPT = {
    ("POST api/v1/chat/stream/", "content"): "its answer is a stream: test_texts_streaming",
    **{("POST api/v1/client-errors/", name): "goes to the log" for name in ("message", "stack", "url", "release")},
    ("POST api/v1/auth/token/", "username"): "finds an account",
    ("POST api/v1/auth/token/", "password"): "is compared",
    ("POST api/v1/auth/token/", "code"): "is compared",
    ("POST api/v1/auth/token/refresh/", "refresh"): "is a token",
    ("POST api/v1/auth/token/revoke/", "refresh"): "is a token",
    **{
        (f"POST api/v1/{path}", "model"): "names a model that there must be"
        for path in ("conversations/<conversation_id>/messages/", "chat/stream/", "messages/<message_id>/regenerate/")
    },
}
