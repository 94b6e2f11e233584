"""`/v1/`: objects, errors and headers as OpenAI has them, and nothing that a body can do makes it a 500."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import connections
from django.test import AsyncClient, Client
from prometheus_client import REGISTRY
from pytest_django import Settings

from chatbot.accounts.models import AccessKey, Tier, User
from chatbot.accounts.services import create_access_key
from chatbot.dev.fakellm import FakeLLM, Script
from chatbot.lib.db import in_db
from conversations.models import Conversation
from streaming.llm import client as llm_client
from streaming.models import Completion, LanguageModel
from tests.factories import make_model, make_provider

pytestmark = pytest.mark.usefixtures("model", "redis_client")

HELLO = [{"role": "user", "content": "Hello"}]


@pytest.fixture(autouse=True)
def tier(user: User, transactional_db: None) -> Tier:
    """What `user` may do."""
    return user.tier


@pytest.fixture(autouse=True)
async def closed(llm: FakeLLM) -> AsyncIterator[None]:
    """Connections of the test's loop are closed with it."""
    yield
    await llm_client.close()


class Program:
    """A client with a key. Gives the status, the headers in lower case and the body."""

    def __init__(self, key: str | None) -> None:
        self._client = AsyncClient()
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def get(self, path: str) -> Any:
        return await self._client.get(f"/v1/{path}", headers=self._headers)

    async def post(self, body: Any, *, path: str = "chat/completions", kind: str = "application/json") -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self._client.post(f"/v1/{path}", data, content_type=kind, headers=self._headers)

    async def ask(self, **fields: Any) -> Any:
        return await self.post({"model": "fake-1", "messages": HELLO, **fields})

    async def refused(self, status: int, **fields: Any) -> dict[str, Any]:
        """The error of a request that is refused with this status."""
        return error_of(await self.ask(**fields), status)


def error_of(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    body = json.loads(response.content)
    assert list(body) == ["error"]
    assert list(body["error"]) == ["message", "type", "param", "code"]
    error: dict[str, Any] = body["error"]
    return error


async def lines_of(response: Any) -> list[str]:
    """The lines of a streamed response."""
    assert response.streaming, response.content
    body = b"".join([part async for part in response.streaming_content])
    return body.decode().removesuffix("\n\n").split("\n\n")


def chunks_of(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]


@pytest.fixture
async def program(user: User) -> Program:
    """One that may chat."""
    _, key = await in_db(create_access_key, user=user, name="script")
    return Program(key)


@pytest.fixture
async def reader(user: User) -> Program:
    """One that may only read."""
    _, key = await in_db(create_access_key, user=user, name="script", scope=AccessKey.Scope.READ)
    return Program(key)


async def test_models_are_listed_and_told_one_by_one(reader: Program) -> None:
    listed = json.loads((await reader.get("models")).content)
    assert listed["object"] == "list"
    (one,) = listed["data"]
    assert one["id"] == "fake-1"
    assert json.loads((await reader.get("models/fake-1")).content) == one


async def test_models_that_are_switched_off_are_not_there(reader: Program, model: LanguageModel) -> None:
    await in_db(LanguageModel.objects.filter(pk=model.pk).update, enabled=False)
    assert json.loads((await reader.get("models")).content)["data"] == []
    assert error_of(await reader.get("models/fake-1"), 404)["code"] == "model_not_found"


async def test_a_whole_answer_is_as_openai_has_it(program: Program, llm: FakeLLM) -> None:
    llm.default = Script(tokens=2)
    response = await program.ask()
    body = json.loads(response.content)
    assert body.pop("id").startswith("chatcmpl-")
    assert body.pop("created") > 1_700_000_000
    assert body == {
        "object": "chat.completion",
        "model": "fake-1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "word1 word2", "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }
    assert response["openai-version"]
    assert int(response["openai-processing-ms"]) >= 0
    assert response["x-request-id"]
    assert "X-Conversation-Id" not in response


async def test_a_stream_is_as_openai_has_it(program: Program, llm: FakeLLM) -> None:
    llm.default = Script(tokens=2)
    response = await program.ask(stream=True, stream_options={"include_usage": True})
    assert response["Content-Type"] == "text/event-stream; charset=utf-8"
    lines = await lines_of(response)
    assert lines[-1] == "data: [DONE]"
    chunks = chunks_of(lines)
    assert {(chunk["object"], chunk["model"], chunk["id"], chunk["created"]) for chunk in chunks} == {
        ("chat.completion.chunk", "fake-1", chunks[0]["id"], chunks[0]["created"])
    }
    assert [chunk["choices"][0]["delta"].get("content") for chunk in chunks[:-1]] == ["", "word1", " word2", None]
    assert [chunk["usage"] for chunk in chunks[:-1]] == [None] * 4
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


async def test_usage_is_told_in_a_stream_only_where_it_was_asked_for(program: Program) -> None:
    chunks = chunks_of(await lines_of(await program.ask(stream=True)))
    assert all("usage" not in chunk and chunk["choices"] for chunk in chunks)


async def test_the_provider_is_asked_what_the_program_asks(program: Program, llm: FakeLLM) -> None:
    asked = {
        "temperature": 0.5,
        "top_p": 0.5,
        "stop": ["a"],
        "seed": 7,
        "presence_penalty": 1,
        "frequency_penalty": -1,
        "logit_bias": {"50256": -100},
        "logprobs": True,
        "top_logprobs": 3,
        "response_format": {"type": "json_object"},
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}, "strict": True}}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "parallel_tool_calls": False,
        "reasoning_effort": "low",
        "verbosity": "low",
        "user": "somebody",
    }
    ignored = {"service_tier": "auto", "prompt_cache_key": "k", "safety_identifier": "s", "metadata": {"a": "b"}}
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "Be kind.", "name": "house"},
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        ], "annotations": [], "audio": None, "function_call": None},
        {"role": "tool", "tool_call_id": "1", "content": "18"},
    ]  # fmt: skip
    response = await program.ask(**asked, **ignored, messages=messages, max_completion_tokens=9)
    assert response.status_code == 200, response.content
    body = llm.requests[-1].body
    assert {name: body[name] for name in asked} == asked
    assert not set(ignored) & set(body)
    assert body["max_tokens"] == 9
    assert body["model"] == "fake-1"
    sent = body["messages"]
    assert sent[:2] == messages[:2]
    assert sent[3] == messages[3]
    assert sent[2]["tool_calls"] == messages[2]["tool_calls"]
    assert "annotations" not in sent[2]


async def test_the_model_that_answers_is_named(program: Program, llm: FakeLLM, model: LanguageModel) -> None:
    def give_fallback() -> None:
        model.fallback = make_model(make_provider(llm.base_url), slug="second")
        model.save()

    await in_db(give_fallback)
    llm.enqueue(Script(status=500), Script(text="ok"))
    body = json.loads((await program.ask()).content)
    assert (body["model"], body["choices"][0]["message"]["content"]) == ("second", "ok")


async def test_a_failure_in_the_middle_is_an_error_line_and_the_end(program: Program, llm: FakeLLM) -> None:
    llm.default = Script(tokens=5, disconnect_after=2)
    lines = await lines_of(await program.ask(stream=True))
    assert "data: [DONE]" not in lines
    assert chunks_of(lines)[-1] == {
        "error": {
            "message": "The language model cannot be reached at the moment.",
            "type": "server_error",
            "param": None,
            "code": "provider_unavailable",
        }
    }


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("script", "status", "kind", "code"),
    [
        (Script(status=500), 503, "server_error", "provider_unavailable"),
        (Script(status=429, retry_after=7), 503, "server_error", "provider_unavailable"),
        (Script(status=401), 503, "server_error", "provider_unavailable"),
        (Script(status=400, code="context_length_exceeded"), 400, "invalid_request_error", "context_length_exceeded"),
        (Script(status=422, code="odd"), 400, "invalid_request_error", "odd"),
        (Script(cut_after=0), 503, "server_error", "provider_unavailable"),
    ],
)
async def test_what_fails_before_the_first_word_has_its_status(
    program: Program, llm: FakeLLM, stream: bool, script: Script, status: int, kind: str, code: str
) -> None:
    llm.default = script
    response = await program.ask(stream=stream)
    error = error_of(response, status)
    assert (error["type"], error["code"]) == (kind, code)
    if script.retry_after:
        assert response["Retry-After"] == "7"


async def test_a_silent_provider_is_a_timeout(program: Program, llm: FakeLLM, settings: Settings) -> None:
    settings.LLM_FIRST_TOKEN_TIMEOUT = 0.2
    llm.default = Script(stall=True)
    error = await program.refused(504)
    assert (error["type"], error["code"]) == ("server_error", "provider_timeout")


async def test_messages_that_no_model_can_read_are_not_sent(
    program: Program, llm: FakeLLM, model: LanguageModel
) -> None:
    await in_db(LanguageModel.objects.filter(pk=model.pk).update, context_window=512)
    error = await program.refused(400, messages=[{"role": "user", "content": "word " * 5_000}])
    assert (error["code"], error["param"]) == ("context_length_exceeded", "messages")
    assert not llm.requests


async def test_a_key_that_only_reads_may_not_chat(reader: Program) -> None:
    assert (await reader.refused(403))["code"] == "insufficient_permissions"


async def test_without_a_key_it_is_said_how_to_send_one() -> None:
    response = await Program(None).ask()
    assert "Authorization" in error_of(response, 401)["message"]
    assert response["WWW-Authenticate"] == "Bearer"
    assert error_of(await Program(None).get("models"), 401)["code"] is None


@pytest.mark.parametrize("key", ["ck-wrong", "sk-something", "x y", "ü"])
async def test_a_wrong_key_is_refused(key: str) -> None:
    assert (await Program(key).refused(401))["code"] == "invalid_api_key"


async def test_an_account_that_may_not_chat_is_refused(program: Program, user: User) -> None:
    await in_db(User.objects.filter(pk=user.pk).update, can_use_chat=False)
    assert (await program.refused(403))["code"] == "insufficient_permissions"
    assert error_of(await program.get("models"), 403)


async def test_what_is_left_of_the_limit_is_told(program: Program, user: User) -> None:
    await in_db(Tier.objects.filter(pk=user.tier.pk).update, messages_per_minute=2)
    response = await program.ask()
    assert response["x-ratelimit-limit-requests"] == "2"
    assert response["x-ratelimit-remaining-requests"] == "1"
    await program.ask()
    refused = await program.ask()
    error = error_of(refused, 429)
    assert (error["type"], error["code"]) == ("requests", "rate_limit_exceeded")
    assert int(refused["Retry-After"]) > 0
    assert refused["x-ratelimit-remaining-requests"] == "0"
    assert refused["x-ratelimit-reset-requests"] == refused["Retry-After"] + "s"


@pytest.fixture(autouse=True)
async def no_connection_left() -> AsyncIterator[None]:
    """The thread of the middleware outlives the test."""
    yield
    await sync_to_async(connections.close_all)()


async def in_a_thread_of_its_own(asking: Coroutine[Any, Any, Any]) -> Any:
    """As servers do it with every request."""
    async with ThreadSensitiveContext():
        try:
            return await asking
        finally:
            await sync_to_async(connections.close_all)()


async def test_too_many_at_once_are_refused(program: Program, user: User, llm: FakeLLM) -> None:
    await in_db(Tier.objects.filter(pk=user.tier.pk).update, concurrent_generations=1)
    llm.default = Script(tokens=5, stall_after=2)
    first = asyncio.create_task(in_a_thread_of_its_own(program.ask()))
    await llm.until(lambda: llm.stalled == 1)
    assert (await program.refused(429))["code"] == "rate_limit_exceeded"
    llm.release()
    assert (await first).status_code == 200


@pytest.fixture
def browser(user: User, transactional_db: None) -> AsyncClient:
    """One in which `user` is logged in."""
    logged_in = Client()
    logged_in.force_login(user)
    client = AsyncClient(enforce_csrf_checks=True)
    client.cookies = logged_in.cookies
    return client


async def test_a_session_needs_the_csrf_token(browser: AsyncClient) -> None:
    body = json.dumps({"model": "fake-1", "messages": HELLO})
    response = await browser.post("/v1/chat/completions", body, content_type="application/json")
    assert error_of(response, 403)
    assert (await browser.get("/v1/models")).status_code == 200


async def test_an_exchange_is_stored_under_the_id_in_the_header(program: Program, user: User) -> None:
    for stream in (False, True):
        response = await program.ask(store=True, stream=stream, metadata={"ticket": "7"})
        if stream:
            await lines_of(response)
        kept = await in_db(Conversation.objects.get, pk=response["X-Conversation-Id"], user=user)
        assert (kept.title, kept.message_count, kept.metadata["metadata"]) == ("Hello", 2, {"ticket": "7"})


@pytest.mark.parametrize("path", ["", "models/", "chat", "embeddings", "chat/completions/", "%00", "Ω"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
async def test_other_addresses_are_not_there(path: str, method: str) -> None:
    response = await getattr(AsyncClient(), method)(f"/v1/{path}")
    assert error_of(response, 404)["message"].startswith(f"Invalid URL ({method.upper()} /v1/")


@pytest.mark.parametrize("slug", ["nothing", "a/b", "%00", "Ω", "x" * 1_000])
async def test_other_models_are_not_there(reader: Program, slug: str) -> None:
    assert error_of(await reader.get(f"models/{slug}"), 400 if slug == "%00" else 404)


@pytest.mark.parametrize(
    ("method", "path"), [("get", "chat/completions"), ("put", "chat/completions"), ("post", "models")]
)
async def test_other_methods_are_refused(method: str, path: str) -> None:
    response = await getattr(AsyncClient(), method)(f"/v1/{path}")
    assert error_of(response, 405)["code"] == "method_not_supported"
    assert response["Allow"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_other_media_types_are_refused(program: Program, kind: str) -> None:
    response = await program.post(json.dumps({"model": "fake-1", "messages": HELLO}).encode(), kind=kind)
    assert error_of(response, 400)["code"] == "unsupported_content_type"


async def test_a_body_that_is_too_large_is_refused(program: Program, settings: Settings) -> None:
    settings.MAX_COMPLETION_BODY_BYTES = 1_000
    assert (await program.refused(413, messages=[{"role": "user", "content": "x" * 1_000}]))["code"]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"null", b"[]", b"7", b'"x"', b"\xff\xfe", b'{"model":"\xff"}', b"NaN", b"{}{}"),
        *(b'{"model":"fake-1","messages":' + b"[" * 100_000, b'{"a":' * 100_000),
        b'{"model":"fake-1","messages":[{"role":"user","content":"\\ud800"}]}',
        b'{"model":"fake-1","messages":[{"role":"user","content":"Hi"}],"temperature":1e999}',
    ],
)
async def test_what_is_no_request_is_refused(program: Program, body: bytes) -> None:
    assert error_of(await program.post(body), 400)["type"] == "invalid_request_error"


TOOL = {"type": "function", "function": {"name": "f"}}


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"model": None}, "model", "invalid_type"),
        ({"model": ""}, "model", "invalid_value"),
        ({"messages": []}, "messages", "invalid_value"),
        ({"messages": "Hi"}, "messages", "invalid_type"),
        ({"messages": [{"content": "Hi"}]}, "messages[0].role", "missing_required_parameter"),
        ({"messages": [{"role": "king", "content": "Hi"}]}, "messages[0].role", "invalid_value"),
        ({"messages": [{"role": "user"}]}, "messages[0].content", "missing_required_parameter"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0].content", "invalid_type"),
        ({"messages": [{"role": "user", "content": "a\x00b"}]}, "messages[0].content", "invalid_value"),
        ({"messages": [{"role": "assistant"}]}, "messages[0].content", "invalid_type"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id", "missing_required_parameter"),
        (
            {"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]},
            "messages[0].content[0].type",
            "invalid_value",
        ),
        ({"messages": [{"role": "user", "content": "x" * 40_000}]}, "messages[0].content", "string_above_max_length"),
        ({"temperature": 2.1}, "temperature", "invalid_value"),
        ({"temperature": "hot"}, "temperature", "invalid_type"),
        ({"top_p": -1}, "top_p", "invalid_value"),
        ({"max_tokens": 0}, "max_tokens", "invalid_value"),
        ({"max_tokens": 10**30}, "max_tokens", "invalid_value"),
        ({"seed": 1 << 64}, "seed", "invalid_value"),
        ({"n": 0}, "n", "invalid_value"),
        ({"n": 2}, "n", "unsupported_parameter"),
        ({"stop": ["a"] * 5}, "stop", "invalid_value"),
        ({"stream_options": {"include_usage": True}}, "stream_options", "invalid_value"),
        ({"stream": True, "stream_options": {"odd": 1}}, "stream_options.odd", "unknown_parameter"),
        ({"top_logprobs": 2}, "top_logprobs", "invalid_value"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs", "invalid_value"),
        ({"tool_choice": "auto"}, "tool_choice", "invalid_value"),
        ({"tools": []}, "tools", "invalid_value"),
        ({"tools": [{**TOOL, "function": {"name": "a b"}}]}, "tools[0].function.name", "invalid_value"),
        ({"tools": [{"type": "custom", "custom": {}}]}, "tools[0].type", "invalid_value"),
        ({"tools": [{"type": "function"}]}, "tools[0].function", "missing_required_parameter"),
        ({"tools": [TOOL] * 129}, "tools", "invalid_value"),
        ({"response_format": {"type": "xml"}}, "response_format.type", "invalid_value"),
        ({"functions": [{"name": "f"}]}, "functions", "unsupported_parameter"),
        ({"modalities": ["audio"]}, "modalities", "unsupported_parameter"),
        ({"metadata": {"a": 1}}, "metadata[...]", "invalid_type"),
        ({"logit_bias": {"1": 101}}, "logit_bias[...]", "invalid_value"),
        ({"colour": "red"}, "colour", "unknown_parameter"),
    ],
)
async def test_each_wrong_field_is_named(
    program: Program, llm: FakeLLM, fields: dict[str, Any], param: str, code: str
) -> None:
    error = await program.refused(400, **fields)
    assert (error["param"], error["code"]) == (param, code), error["message"]
    assert error["type"] == "invalid_request_error"
    assert not llm.requests
    assert not await in_db(Completion.objects.exists)


async def test_a_missing_field_is_named(program: Program) -> None:
    error = error_of(await program.post({"messages": HELLO}), 400)
    assert error == {
        "message": "Missing required parameter: 'model'.",
        "type": "invalid_request_error",
        "param": "model",
        "code": "missing_required_parameter",
    }


async def test_errors_are_counted_under_the_contracts_codes(program: Program) -> None:
    def count() -> float:
        return REGISTRY.get_sample_value("chat_errors_total", {"error_type": "not_found"}) or 0.0

    before = count()
    await program.refused(404, model="nothing")
    assert count() == before + 1


async def test_what_nobody_foresaw_is_a_500_without_its_text(
    program: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("streaming.openai_api.views.open_completion", fail)
    error = await program.refused(500)
    assert (error["type"], error["code"]) == ("server_error", "internal")
    assert "secret" not in error["message"]
    assert "/v1 failed" in caplog.text
