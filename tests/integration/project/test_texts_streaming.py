"""Whatever comes through the WebSocket is answered with a code of the contract, and a text that is accepted comes back
as it was written: in its `accepted`, and in the first event of `chat/stream/`.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, get_args

import pytest
from asgiref.sync import async_to_sync
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client

from chatbot.accounts.services import create_access_key
from streaming.events import ClientFrame, MessageEdit, MessageSend
from tests.integration.project.action_table import EXAMPLES
from tests.integration.project.asking import STATUSES, browser_of, one_world
from tests.integration.project.doors import names_of, new_id, placed_in, texts_of
from tests.integration.project.hostile_json import WRONG, as_json, documents
from tests.integration.project.hostile_texts import everything, shows, storable
from tests.integration.project.probes import few
from tests.integration.project.rooms import Rooms
from tests.integration.project.talking import Frame, Talk, talk

pytestmark = pytest.mark.django_db

LONGEST = 32_000
# A frame of more bytes ends the socket: that is for test_consumers.
FRAME_BYTES = 60_000
KINDS = get_args(ClientFrame)
KNOWN = {"accepted", "error", "status", "done", "pong"}


@pytest.fixture(scope="module")
def rooms(django_db_setup: None, django_db_blocker: Any) -> Iterator[Rooms]:
    """One user, whose belongings all questions here are about."""
    with django_db_blocker.unblock(), one_world() as furnished:
        yield furnished


@pytest.fixture(scope="module")
def ann(rooms: Rooms) -> Client:
    """The user's browser."""
    return browser_of(rooms.user)


def fault_of(heard: Sequence[Frame]) -> str | None:
    """What is wrong with the answers to a frame."""
    for frame in heard:
        if frame["type"] not in KNOWN:
            return str(frame)
        if frame["type"] == "error" and (frame["code"] == "internal" or frame["code"] not in STATUSES):
            return str(frame)
    return None


async def _ask(talking: Talk, frame: bytes) -> list[Frame]:
    heard = await talking.ask(frame.decode())
    for one in heard:
        if one["type"] == "accepted":
            # One answer at a time is written in a conversation, and a socket follows so many and no more.
            for action in ("generation.stop", "generation.unfollow"):
                await talking.ask(json.dumps({"type": action, "message_id": one["assistant_message"]["id"]}))
    return heard


def _frames_of(kind: Any, rooms: Rooms) -> Iterator[bytes]:
    example = {"type": kind.__struct_config__.tag, **EXAMPLES[kind](rooms)}
    for name in ("type", *names_of(kind), "x"):
        for raw in WRONG:
            yield placed_in(example, (name,), raw)
        for text in everything():
            yield placed_in(example, (name,), as_json(text))


async def _through(ann: Client, frames: Sequence[bytes]) -> list[str]:
    faults = []
    async with talk(ann) as talking:
        for frame in frames:
            if (fault := fault_of(await _ask(talking, frame))) is not None:
                faults.append(f"{frame[:100]!r} → {fault}")
    return faults


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__struct_config__.tag)
def test_no_field_breaks_the_socket(rooms: Rooms, ann: Client, kind: Any) -> None:
    frames = [frame for frame in few(_frames_of(kind, rooms), kind, 60) if len(frame) <= FRAME_BYTES]
    assert async_to_sync(_through)(ann, frames) == []


def _readable(data: bytes) -> bool:
    """Whether a text frame can hold it."""
    try:
        return len(data) <= FRAME_BYTES and data.decode() is not None
    except UnicodeDecodeError:
        return False


def test_no_document_breaks_the_socket(ann: Client) -> None:
    frames = [one.data for one in documents() if _readable(one.data)]
    assert len(frames) > 50
    assert async_to_sync(_through)(ann, frames) == []


def _expected(text: str) -> str:
    if not storable(text) or not shows(text):
        return "invalid_input"
    return "accepted" if len(text) <= LONGEST else "message_too_long"


@pytest.mark.parametrize("kind", [MessageSend, MessageEdit], ids=lambda kind: kind.__struct_config__.tag)
def test_a_text_comes_back_through_the_socket_as_it_was_written(rooms: Rooms, ann: Client, kind: Any) -> None:
    async def check() -> list[str]:
        wrong = []
        async with talk(ann) as talking:
            for text in few(everything(), kind, 60):
                example = {"type": kind.__struct_config__.tag, **EXAMPLES[kind](rooms), "content": text}
                if kind is MessageSend:
                    example |= {"conversation_id": None}
                frame = json.dumps(example, ensure_ascii=not storable(text)).encode()
                if len(frame) > FRAME_BYTES:
                    continue
                heard = await _ask(talking, frame)
                told = [one.get("code", one["type"]) for one in heard if one["type"] in {"accepted", "error"}]
                # Half of a pair makes the frame no JSON.
                expected = {_expected(text), "invalid_frame"} if "\\ud" in frame.decode() else {_expected(text)}
                if len(told) != 1 or told[0] not in expected:
                    wrong.append(f"{text[:60]!r} → {told}")
                wrong += [
                    f"{text[:60]!r} came back as {one['user_message']['content'][:60]!r}"
                    for one in heard
                    if one["type"] == "accepted" and one["user_message"]["content"].encode() != text.encode()
                ]
        return wrong

    assert async_to_sync(check)() == []


def test_a_text_comes_back_in_the_first_event_of_a_stream(rooms: Rooms) -> None:
    headers = {"Authorization": f"Bearer {create_access_key(user=rooms.user, name='program')[1]}"}

    async def first_event(text: str) -> dict[str, Any]:
        body = {"client_message_id": new_id(), "content": text}
        response = await AsyncClient().post(
            "/api/v1/chat/stream/", body, content_type="application/json", headers=headers
        )
        if not isinstance(response, StreamingHttpResponse):
            error: dict[str, Any] = json.loads(response.content)["error"]
            return error
        parts: Any = response.streaming_content
        data = await anext(parts)
        await parts.aclose()
        line = next(line for line in data.decode().split("\n") if line.startswith("data: "))
        event: dict[str, Any] = json.loads(line.removeprefix("data: "))
        return event

    wrong = []
    for text in few(everything(), "stream", 60):
        event = async_to_sync(first_event)(text)
        if event.get("code", event.get("type")) != _expected(text):
            wrong.append(f"{text[:60]!r} → {event}")
        elif event.get("type") == "accepted" and event["user_message"]["content"].encode() != text.encode():
            wrong.append(f"{text[:60]!r} came back as {event['user_message']['content'][:60]!r}")
    assert wrong == []


def test_every_text_of_a_frame_is_kept_or_names_something() -> None:
    named = {"model"}
    assert {kind for kind in KINDS if texts_of(kind) - named} == {MessageSend, MessageEdit}
