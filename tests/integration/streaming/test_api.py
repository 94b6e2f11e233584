"""The SSE and REST doors of streaming."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import StreamingHttpResponse
from django.test import AsyncClient

from chatbot.accounts.models import AccessKey, User
from chatbot.accounts.services import create_access_key
from chatbot.dev.fakellm import FakeLLM, Script
from chatbot.lib.db import in_db
from streaming.engine.worker import Engine
from streaming.models import Generation, LanguageModel
from tests.integration.streaming.conftest import text_of

Events = list[tuple[int | None, dict[str, Any]]]


class Api:
    """A program with an access key."""

    def __init__(self, secret: str) -> None:
        self._client = AsyncClient()
        self._headers = {"Authorization": f"Bearer {secret}"}

    async def get(self, path: str, **headers: str) -> Any:
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._client.get(f"/api/v1/{path}", headers=self._headers | extra)

    async def post(self, path: str, data: object) -> Any:
        return await self._client.post(f"/api/v1/{path}", data, content_type="application/json", headers=self._headers)


@pytest.fixture(autouse=True)
async def views_give_their_connection_back() -> AsyncIterator[None]:
    """Synchronous views run in a thread of their own; Django's test client leaves the connection open there."""
    yield
    await sync_to_async(connections.close_all)()


@pytest.fixture
async def api(user: User, model: LanguageModel) -> Api:
    _, secret = await in_db(create_access_key, user=user, name="test")
    return Api(secret)


async def parse(response: Any) -> Events:
    assert isinstance(response, StreamingHttpResponse)
    assert response["Content-Type"] == "text/event-stream"
    body = b""
    source = response.streaming_content
    assert isinstance(source, AsyncIterator)
    async for part in source:
        body += part
    events: Events = []
    for block in body.decode().split("\n\n")[:-1]:
        if block.startswith(":"):
            continue  # a comment, to keep the connection alive
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        events.append((int(lines["id"]) if "id" in lines else None, json.loads(lines["data"])))
    return events


def body(content: str = "Hello", **fields: object) -> dict[str, object]:
    return {"client_message_id": str(uuid4()), "content": content} | fields


async def test_a_message_streams_its_answer(engine: Engine, llm: FakeLLM, api: Api) -> None:
    llm.default = Script(text="The capital is Paris.")
    events = await parse(await api.post("chat/stream/", body(conversation_id=None)))
    (no_id, accepted), *rest = events
    assert (no_id, accepted["type"]) == (None, "accepted")
    assert [number for number, _ in rest] == [event["seq"] for _, event in rest] == list(range(1, len(rest) + 1))
    assert text_of([event for _, event in rest]) == "The capital is Paris."
    assert rest[-1][1]["type"] == "done"


async def test_the_stream_can_be_taken_up_after_any_event(engine: Engine, api: Api) -> None:
    events = await parse(await api.post("chat/stream/", body(conversation_id=None)))
    answer = events[0][1]["assistant_message"]["id"]
    by_query = await parse(await api.get(f"messages/{answer}/events/?after_seq=1"))
    by_header = await parse(await api.get(f"messages/{answer}/events/", Last_Event_ID="1"))
    assert by_query == by_header == events[2:]


async def test_a_message_can_be_posted_and_followed_later(engine: Engine, api: Api) -> None:
    first = await parse(await api.post("chat/stream/", body(conversation_id=None)))
    conversation = first[0][1]["conversation_id"]
    response = await api.post(f"conversations/{conversation}/messages/", body())
    assert response.status_code == 202
    accepted = response.json()
    assert accepted["type"] == "accepted"
    events = await parse(await api.get(f"messages/{accepted['assistant_message']['id']}/events/"))
    assert events[-1][1]["status"] == "completed"
    page = (await api.get(f"conversations/{conversation}/messages/?limit=3")).json()
    assert [message["sequence_number"] for message in page["results"]] == [4, 3, 2]
    assert page["next"]


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        ("{nope", 400, "invalid_input"),
        (b'{"content": "\xff"}', 400, "invalid_input"),
        ({}, 400, "invalid_input"),
        (body(colour="red"), 400, "invalid_input"),
        (body(""), 400, "invalid_input"),
        (body("x" * 32_001), 400, "message_too_long"),
        (body(conversation_id=str(uuid4())), 404, "not_found"),
        (body(model="gpt-none"), 400, "invalid_input"),
    ],
)
async def test_a_bad_body_gets_the_contracts_error(api: Api, data: object, status: int, code: str) -> None:
    response = await api.post("chat/stream/", data)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert response.json()["error"]["message"]


async def test_a_wrong_key_is_unauthorized(model: LanguageModel) -> None:
    api = Api("ck-wrong")
    for response in (
        await api.post("chat/stream/", body()),
        await api.get(f"messages/{uuid4()}/events/"),
        await api.get("models/"),
    ):
        assert (response.status_code, response.json()["error"]["code"]) == (401, "unauthorized")
        assert response["WWW-Authenticate"] == "Bearer"


async def test_a_reading_key_reads_but_does_not_send(user: User, engine: Engine, api: Api) -> None:
    events = await parse(await api.post("chat/stream/", body(conversation_id=None)))
    answer = events[0][1]["assistant_message"]["id"]
    _, secret = await in_db(create_access_key, user=user, name="r", scope=AccessKey.Scope.READ)
    reader = Api(secret)
    assert (await parse(await reader.get(f"messages/{answer}/events/")))[-1][1]["type"] == "done"
    for path in ("chat/stream/", f"messages/{answer}/stop/", f"messages/{answer}/retry/"):
        assert (await reader.post(path, body())).status_code == 403


async def test_a_session_needs_its_csrf_token(user: User, model: LanguageModel) -> None:
    client = AsyncClient(enforce_csrf_checks=True)
    await client.aforce_login(user)
    response = await client.post("/api/v1/chat/stream/", body(), content_type="application/json")
    assert (response.status_code, response.json()["error"]["code"]) == (403, "forbidden")


async def test_other_methods_are_not_allowed(api: Api) -> None:
    response = await api.get("chat/stream/")
    assert (response.status_code, response["Allow"]) == (405, "POST")


async def test_a_waiting_answer_is_stopped_and_retried(engine: Engine, llm: FakeLLM, api: Api) -> None:
    llm.enqueue(Script(status=401), Script(text="Now."))
    events = await parse(await api.post("chat/stream/", body(conversation_id=None)))
    answer = events[0][1]["assistant_message"]["id"]
    assert events[-1][1]["status"] == "failed"
    assert (await api.post(f"messages/{answer}/retry/", {})).status_code == 202
    again = await parse(await api.get(f"messages/{answer}/events/?after_seq={events[-1][0]}"))
    assert text_of([event for _, event in again]) == "Now."
    assert (await api.post(f"messages/{answer}/stop/", {})).status_code == 202
    assert (await in_db(Generation.objects.get)).status == "completed"


async def test_the_models_are_listed(api: Api, model: LanguageModel) -> None:
    (listed,) = (await api.get("models/")).json()["results"]
    assert (listed["id"], listed["default"]) == ("fake-1", True)


async def test_a_batch_accepts_each_message_by_itself(api: Api, user: User, model: LanguageModel) -> None:
    first = {"client_message_id": str(uuid4()), "content": "One"}
    messages = [
        first,
        {"client_message_id": str(uuid4()), "content": ""},
        first,
        {**first, "content": "Another"},
        {"content": "without an id"},
        {"client_message_id": str(uuid4()), "content": "Two", "conversation_id": str(uuid4())},
        {"client_message_id": str(uuid4()), "content": "Three"},
    ]
    response = await api.post("chat/batch/", {"messages": messages})
    assert response.status_code == 202
    results = response.json()["results"]
    outcomes = [result["error"]["code"] if "error" in result else result["duplicate"] for result in results]
    assert outcomes == [
        *(False, "invalid_input", True, "idempotency_conflict", "invalid_input", "not_found", False),
    ]
    assert results[0]["user_message"] == results[2]["user_message"]
    assert await in_db(Generation.objects.filter(user=user).count) == 2


@pytest.mark.parametrize("body", [{}, {"messages": []}, {"messages": [{}] * 21}, {"messages": 1}, [], {"x": []}])
async def test_a_batch_that_is_none_is_refused(api: Api, body: object) -> None:
    response = await api.post("chat/batch/", body)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_input"


async def test_a_key_that_may_only_read_sends_no_batch(user: User, model: LanguageModel) -> None:
    _, secret = await in_db(create_access_key, user=user, name="reader", scope=AccessKey.Scope.READ)
    message = {"client_message_id": str(uuid4()), "content": "One"}
    response = await Api(secret).post("chat/batch/", {"messages": [message]})
    assert response.status_code == 403
    assert await in_db(Generation.objects.count) == 0
