"""A scripted provider and its client."""

from collections.abc import AsyncIterator

import pytest
from openai import AsyncOpenAI

from chatbot.dev.fakellm import FakeLLM


@pytest.fixture
async def server() -> AsyncIterator[FakeLLM]:
    async with FakeLLM() as running:
        yield running


@pytest.fixture
async def client(server: FakeLLM) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=server.base_url, api_key="any", max_retries=0, timeout=10) as sdk:
        yield sdk
