"""The WebSocket door, spoken to frame by frame."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from channels.testing import WebsocketCommunicator

from chatbot.accounts.models import AccessKey, User
from chatbot.accounts.services import create_access_key, revoke_access_key
from chatbot.asgi import application
from chatbot.dev.fakellm import FakeLLM, Script
from chatbot.lib.db import in_db
from conversations.deletion import delete_conversation
from conversations.models import Message
from conversations.services import update_conversation
from streaming.engine.worker import Engine
from streaming.models import LanguageModel
from tests.integration.streaming.conftest import text_of

Frame = dict[str, Any]


class Socket:
    """A client that reads frames, and leaves out the news of conversations unless asked."""

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        self._socket = WebsocketCommunicator(application, "/ws/chat/", headers=headers)

    async def open(self) -> Frame:
        connected, _ = await self._socket.connect()
        assert connected
        output = await self._socket.receive_output(5)
        frame: Frame = json.loads(output["text"]) if output["type"] == "websocket.send" else output
        return frame

    async def send(self, frame: Frame | str) -> None:
        await self._socket.send_to(text_data=frame if isinstance(frame, str) else json.dumps(frame))

    async def send_bytes(self, data: bytes) -> None:
        await self._socket.send_to(bytes_data=data)

    async def output(self) -> Frame:
        output: Frame = await self._socket.receive_output(10)
        return output

    async def receive(self, *, news: bool = False) -> Frame:
        while True:
            frame: Frame = json.loads((await self.output())["text"])
            if news or not frame["type"].startswith("conversation."):
                return frame

    async def until(self, kind: str) -> list[Frame]:
        frames = [await self.receive()]
        while frames[-1]["type"] != kind:
            frames.append(await self.receive())
        return frames

    async def close(self) -> None:
        await self._socket.disconnect()


def bearer(secret: str) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", f"Bearer {secret}".encode())]


@pytest.fixture
async def key(user: User, model: LanguageModel) -> tuple[AccessKey, str]:
    return await in_db(create_access_key, user=user, name="test")


@pytest.fixture
async def socket(key: tuple[AccessKey, str]) -> AsyncIterator[Socket]:
    opened = Socket(bearer(key[1]))
    assert (await opened.open())["type"] == "ready"
    yield opened
    await opened.close()


def message(content: str = "Hello", **fields: object) -> Frame:
    return {
        "type": "message.send",
        "client_message_id": str(uuid4()),
        "conversation_id": None,
        "content": content,
    } | fields


async def test_the_first_frame_tells_who_one_is_and_what_one_may(user: User, key: tuple[AccessKey, str]) -> None:
    socket = Socket(bearer(key[1]))
    assert await socket.open() == {
        "type": "ready",
        "protocol": 1,
        "user_id": str(user.id),
        "limits": {"messages_per_minute": 20, "concurrent_generations": 3, "max_message_length": 32_000},
    }
    await socket.close()


async def test_a_message_is_accepted_streamed_and_done(engine: Engine, llm: FakeLLM, socket: Socket) -> None:
    llm.default = Script(text="The capital is Paris.")
    await socket.send(sent := message("What is the capital of France?"))
    accepted, *events = await socket.until("done")
    assert accepted["type"] == "accepted"
    assert accepted["client_message_id"] == sent["client_message_id"]
    assert accepted["user_message"]["content"] == "What is the capital of France?"
    assert accepted["assistant_message"]["status"] == "pending"
    assert not accepted["duplicate"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {event["message_id"] for event in events} == {accepted["assistant_message"]["id"]}
    assert text_of(events) == "The capital is Paris."


async def test_a_repeated_send_is_acknowledged_as_a_duplicate(engine: Engine, socket: Socket) -> None:
    await socket.send(sent := message())
    await socket.until("done")
    await socket.send(sent)
    again, *events = await socket.until("done")
    assert again["duplicate"]
    assert events[0]["seq"] == 1
    assert await in_db(Message.objects.count) == 2


async def test_following_again_continues_after_the_given_number(engine: Engine, socket: Socket) -> None:
    await socket.send(message())
    accepted, *events = await socket.until("done")
    await socket.send({"type": "generation.follow", "message_id": accepted["assistant_message"]["id"], "after_seq": 1})
    assert await socket.until("done") == events[1:]


async def test_a_stop_ends_the_answer(engine: Engine, llm: FakeLLM, socket: Socket) -> None:
    llm.default = Script(tokens=50, stall_after=3)
    await socket.send(message())
    answer = (await socket.until("token"))[0]["assistant_message"]["id"]
    await socket.send({"type": "generation.stop", "message_id": answer})
    done = (await socket.until("done"))[-1]
    assert done["status"] == "stopped"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{nope", "invalid_frame"),
        ("[]", "invalid_frame"),
        ("null", "invalid_frame"),
        ("[" * 60_000, "invalid_frame"),
        ({"type": "launch.rocket"}, "invalid_frame"),
        ({"type": "message.send"}, "invalid_frame"),
        (message(client_message_id="no-uuid"), "invalid_frame"),
        (message(conversation_id=7), "invalid_frame"),
        (message(colour="red"), "invalid_frame"),
        (message('"\ud800"'), "invalid_frame"),
        ({"type": "generation.follow", "message_id": str(uuid4()), "after_seq": -1}, "invalid_frame"),
        ({"type": "generation.follow", "message_id": str(uuid4()), "after_seq": 10**30}, "invalid_frame"),
        (message("  "), "invalid_input"),
        (message("a\x00b"), "invalid_input"),
        (message(model="gpt-none"), "invalid_input"),
        (message(attachments=[str(uuid4())]), "not_found"),
        (message("x" * 32_001), "message_too_long"),
        (message(conversation_id=str(uuid4())), "not_found"),
        ({"type": "generation.stop", "message_id": str(uuid4())}, "not_found"),
        ({"type": "generation.follow", "message_id": str(uuid4()), "after_seq": 0}, "not_found"),
    ],
)
async def test_a_bad_frame_is_told_and_the_socket_stays_usable(socket: Socket, frame: Frame | str, code: str) -> None:
    await socket.send(frame)
    error = await socket.receive()
    assert (error["type"], error["code"]) == ("error", code)
    assert error["message"]
    if isinstance(frame, dict) and code not in {"invalid_frame"}:
        assert error.get("client_message_id") == frame.get("client_message_id")
    await socket.send({"type": "ping"})
    assert await socket.receive() == {"type": "pong"}


async def test_binary_frames_are_refused(socket: Socket) -> None:
    await socket.send_bytes(b"{}")
    assert (await socket.receive())["code"] == "invalid_frame"


async def test_an_oversized_frame_closes_with_1009(socket: Socket) -> None:
    await socket.send("x" * (64 * 1024 + 1))
    output = await socket.output()
    assert (output["type"], output["code"]) == ("websocket.close", 1009)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([], "Unauthorized"),
        (bearer("ck-wrong"), "Unauthorized"),
        ([(b"authorization", b"Basic YTpi")], "Unauthorized"),
        ([(b"cookie", b"sessionid=none"), (b"origin", b"http://localhost"), (b"host", b"localhost")], "Unauthorized"),
        ([(b"cookie", b"sessionid=any"), (b"origin", b"http://evil.example"), (b"host", b"localhost")], "Forbidden"),
    ],
)
async def test_a_stranger_is_refused_with_1008(
    transactional_db: None, llm: FakeLLM, headers: list[tuple[bytes, bytes]], reason: str
) -> None:
    socket = Socket(headers)
    output = await socket.open()
    assert (output["type"], output["code"], output["reason"]) == ("websocket.close", 1008, reason)


async def test_a_reading_key_may_not_open_a_socket(user: User, model: LanguageModel) -> None:
    _, secret = await in_db(create_access_key, user=user, name="test", scope=AccessKey.Scope.READ)
    output = await Socket(bearer(secret)).open()
    assert (output["code"], output["reason"]) == (1008, "Forbidden")


async def test_losing_the_right_closes_the_socket(user: User, socket: Socket) -> None:
    def deactivate() -> None:
        user.is_active = False
        user.save()

    await in_db(deactivate)
    output = await socket.output()
    assert (output["type"], output["code"], output["reason"]) == ("websocket.close", 1008, "Unauthorized")


async def test_revoking_the_key_closes_the_socket(key: tuple[AccessKey, str], socket: Socket) -> None:
    await in_db(revoke_access_key, key=key[0])
    output = await socket.output()
    assert (output["type"], output["code"]) == ("websocket.close", 1008)


async def test_other_sockets_of_the_user_hear_of_changes(user: User, socket: Socket, engine: Engine) -> None:
    await socket.send(message("Hi"))
    conversation = (await socket.until("done"))[0]["conversation_id"]
    await in_db(update_conversation, user=user, conversation_id=conversation, changes={"title": "Named"})
    news = await socket.receive(news=True)
    while news.get("conversation", {}).get("title") != "Named":
        news = await socket.receive(news=True)
    assert news["conversation"]["id"] == conversation
    await in_db(delete_conversation, user=user, conversation_id=conversation)
    assert await socket.receive(news=True) == {"type": "conversation.deleted", "conversation_id": conversation}
