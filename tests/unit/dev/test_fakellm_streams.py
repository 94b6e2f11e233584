"""How the scripted provider's streams can look, and how they can go wrong beyond the plain faults."""

import asyncio
import json
from itertools import pairwise
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from chatbot.dev.fakellm import FakeLLM, Script
from tests.unit.dev.asking import HEADERS, raw_stream, said, stream

pytestmark = pytest.mark.asyncio

DONE = b"data: [DONE]"


def chunks(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(line[6:]) for line in body.splitlines() if line.startswith(b"data: {")]


async def test_a_burst_brings_tokens_in_bunches_at_the_same_mean_rate(client: AsyncOpenAI) -> None:
    loop = asyncio.get_running_loop()
    started, arrived = loop.time(), []
    order = said("[[fake: rate=20 burst=8 tokens=24]]")
    async for chunk in await client.chat.completions.create(model="m", messages=order, stream=True):
        if chunk.choices[0].delta.content:
            arrived.append(loop.time() - started)
    gaps = {number: later - earlier for number, (earlier, later) in enumerate(pairwise(arrived), start=1)}
    assert arrived[-1] >= 1.19
    assert sorted(sorted(gaps, key=lambda number: gaps[number])[-2:]) == [8, 16]


@pytest.mark.parametrize("order", ["no_usage", "no_done", "cut_after=1"])
async def test_the_end_of_a_stream_can_lack_a_part(server: FakeLLM, order: str) -> None:
    body = await raw_stream(server.base_url, f"[[fake: {order} tokens=2]]")
    assert (b'"completion_tokens"' in body) is (order == "no_done")
    assert (DONE in body) is (order == "no_usage")
    assert (b'"finish_reason": "stop"' in body) is (order != "cut_after=1")


async def test_usage_can_be_missing_from_a_whole_answer(client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(model="m", messages=said("[[fake: no_usage tokens=1]]"))
    assert completion.usage is None


async def test_a_huge_token_comes_in_one_piece(client: AsyncOpenAI) -> None:
    tokens, finish_reason = await stream(client, "[[fake: huge=200000]]")
    assert [len(token) for token in tokens] == [200_000]
    assert finish_reason == "stop"


async def test_an_error_can_come_inside_of_a_good_stream(server: FakeLLM, client: AsyncOpenAI) -> None:
    order = "[[fake: error_after=1 code=server_busy tokens=3]]"
    with pytest.raises(openai.APIError) as failed:
        await stream(client, order)
    assert failed.value.code == "server_busy"
    body = await raw_stream(server.base_url, order)
    assert b"word1" in body
    assert b"word2" not in body
    assert DONE not in body


async def test_an_error_can_come_with_status_200(client: AsyncOpenAI) -> None:
    completion = await client.chat.completions.create(model="m", messages=said("[[fake: error_after=0]]"))
    assert not completion.choices
    assert completion.model_extra
    assert completion.model_extra["error"]["type"] == "server_error"


async def test_lines_can_end_with_cr_and_lf(server: FakeLLM, client: AsyncOpenAI) -> None:
    body = await raw_stream(server.base_url, "[[fake: crlf tokens=2]]")
    assert body.count(b"\r\n\r\n") == body.count(b"data: ") == body.count(b"\n") / 2
    assert await stream(client, "[[fake: crlf tokens=2]]") == (["word1", " word2"], "stop")


async def test_characters_are_sent_as_themselves(server: FakeLLM) -> None:
    body = await raw_stream(server.base_url, "[[fake: text='Grüße, 世界 👋']]")
    assert "世界".encode() in body


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_a_stream_in_pieces_says_the_same_as_a_whole_one(server: FakeLLM, client: AsyncOpenAI, size: int) -> None:
    text = "Grüße, 世界 👋 e\u0301"
    server.enqueue(Script(text=text, split=size, crlf=True))
    assert "".join((await stream(client, "any"))[0]) == text


async def test_pieces_are_as_small_as_ordered_and_part_characters(server: FakeLLM) -> None:
    server.enqueue(Script(text="👋", split=1))
    reader, writer = await asyncio.open_connection(server.host, server.port)
    body = json.dumps({"model": "m", "stream": True, "messages": said("any")}).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nContent-Length: {len(body)}\r\n"
    )
    writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
    received = await reader.read(-1)
    writer.close()
    # HTTP's own chunks keep the pieces apart: size, line end, one byte, line end.
    for byte in "👋".encode():
        assert b"\r\n1\r\n" + bytes([byte]) + b"\r\n" in received


async def test_a_model_can_think_first(server: FakeLLM, client: AsyncOpenAI) -> None:
    deltas = [
        chunk["choices"][0]["delta"]
        for chunk in chunks(await raw_stream(server.base_url, "[[fake: reasoning=2 tokens=1]]"))
        if chunk["choices"]
    ]
    assert deltas[1:4] == [{"reasoning_content": "thought1"}, {"reasoning_content": " thought2"}, {"content": "word1"}]
    completion = await client.chat.completions.create(model="m", messages=said("[[fake: reasoning=2 tokens=1]]"))
    assert completion.choices[0].message.model_extra == {"reasoning_content": "thought1 thought2"}
    assert completion.usage
    assert completion.usage.completion_tokens == 3


async def test_the_shape_of_the_answer_outlives_its_faults(server: FakeLLM, client: AsyncOpenAI) -> None:
    order = "[[fake: error_after=0 times=1 reasoning=1 crlf tokens=2]]"
    with pytest.raises(openai.APIError):
        await stream(client, order)
    assert await stream(client, order) == (["word1", " word2"], "stop")
    assert b"thought1" in await raw_stream(server.base_url, order)


async def test_half_of_a_surrogate_pair_is_answered_with_a_question_mark(server: FakeLLM) -> None:
    body = b'{"model": "m", "messages": [{"role": "user", "content": "half \\ud83d"}], "stream": true}'
    async with httpx2.AsyncClient(base_url=server.base_url, headers=HEADERS) as http:
        response = await http.post("/chat/completions", content=body)
    assert " ?" in "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks(response.content))
