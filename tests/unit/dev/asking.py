"""Asking the scripted provider with the openai SDK, and without it where the SDK would hide what came."""

import httpx2
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam

HEADERS = {"Authorization": "Bearer any"}


def said(text: str) -> list[ChatCompletionMessageParam]:
    return [{"role": "user", "content": text}]


async def ask(client: AsyncOpenAI, text: str) -> str:
    completion = await client.chat.completions.create(model="fake-1", messages=said(text))
    return completion.choices[0].message.content or ""


async def stream(client: AsyncOpenAI, text: str) -> tuple[list[str], str | None]:
    """The tokens and the finish_reason of one streamed answer."""
    tokens: list[str] = []
    finish_reason = None
    async for chunk in await client.chat.completions.create(model="fake-1", messages=said(text), stream=True):
        tokens += [choice.delta.content for choice in chunk.choices if choice.delta.content]
        finish_reason = chunk.choices[0].finish_reason
    return tokens, finish_reason


async def raw_stream(base_url: str, text: str) -> bytes:
    """The body of one streamed answer, usage asked for."""
    body = {"model": "m", "messages": said(text), "stream": True, "stream_options": {"include_usage": True}}
    async with httpx2.AsyncClient(base_url=base_url, headers=HEADERS) as http:
        return (await http.post("/chat/completions", json=body)).content
