"""The scripted provider judges texts as they order, and fails as they order."""

import asyncio
import math

import httpx2
import openai
import pytest
from openai import AsyncOpenAI
from openai.types import Moderation

from chatbot.dev.fakellm import FakeLLM
from chatbot.dev.fakellm.moderation import CATEGORIES
from tests.unit.dev.asking import HEADERS, ask

pytestmark = pytest.mark.asyncio


async def judge(client: AsyncOpenAI, text: str) -> Moderation:
    answer = await client.moderations.create(model="omni-moderation-latest", input=text)
    assert answer.model == "omni-moderation-latest"
    (result,) = answer.results
    return result


async def judge_raw(server: FakeLLM, text: object) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=server.base_url, headers=HEADERS, timeout=5) as http:
        return await http.post("/moderations", json={"input": text})


def scores(result: Moderation) -> dict[str, float]:
    return {name: float(score) for name, score in result.category_scores.model_dump(by_alias=True).items()}


async def test_without_a_directive_a_text_is_fine(client: AsyncOpenAI) -> None:
    result = await judge(client, "Hello")
    assert not result.flagged
    assert set(result.categories.model_dump(by_alias=True)) == set(CATEGORIES)
    assert not any(result.categories.model_dump().values())
    assert max(scores(result).values()) < 0.01


async def test_a_text_names_the_categories_in_which_it_is_flagged(client: AsyncOpenAI) -> None:
    result = await judge(client, "Bad [[moderation: flag=hate,violence/graphic score=0.7]]")
    flagged = {name for name, is_flagged in result.categories.model_dump(by_alias=True).items() if is_flagged}
    assert result.flagged
    assert flagged == {"hate", "violence/graphic"}
    assert {name for name, score in scores(result).items() if score == 0.7} == flagged


async def test_each_text_of_a_list_has_its_own_verdict_and_parts_have_one(server: FakeLLM) -> None:
    bad = "[[moderation: flag=hate]]"
    texts = (await judge_raw(server, ["fine", bad])).json()["results"]
    parts = (await judge_raw(server, [{"type": "text", "text": bad}, {"type": "image_url"}])).json()["results"]
    assert [result["flagged"] for result in texts] == [False, True]
    assert [result["flagged"] for result in parts] == [True]
    assert list(server.moderated) == [["fine", bad], [f"{bad}\n"]]


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ("500", 500, None),
        ("429", 429, "rate_limit_exceeded"),
        ("401", 401, "invalid_api_key"),
        ("flag=unkindness", 400, "invalid_directive"),
        ("colour=blue", 400, "invalid_directive"),
        ("flag", 400, "invalid_directive"),
    ],
)
async def test_an_error_can_be_ordered(client: AsyncOpenAI, order: str, status: int, code: str | None) -> None:
    with pytest.raises(openai.APIStatusError) as failed:
        await judge(client, f"[[moderation: {order}]]")
    assert (failed.value.status_code, failed.value.code) == (status, code)


async def test_a_rate_limit_can_say_when_to_come_back(server: FakeLLM) -> None:
    assert (await judge_raw(server, "[[moderation: 429 retry_after=3]]")).headers["retry-after"] == "3"


async def test_a_fault_with_times_is_over_and_the_verdict_stays(client: AsyncOpenAI) -> None:
    text = "[[moderation: 500 times=1 flag=hate]]"
    with pytest.raises(openai.InternalServerError):
        await judge(client, text)
    assert (await judge(client, text)).flagged


async def test_no_answer_comes_until_the_release(server: FakeLLM, client: AsyncOpenAI) -> None:
    verdict = asyncio.create_task(judge(client, "[[moderation: hang flag=hate]]"))
    await server.until(lambda: server.stalled == 1)
    assert not verdict.done()
    server.release()
    assert (await verdict).flagged


async def test_the_connection_can_break(server: FakeLLM) -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        await judge_raw(server, "[[moderation: disconnect]]")


async def test_a_good_status_can_come_with_a_bad_body(server: FakeLLM) -> None:
    garbage, error, empty, nan = [
        await judge_raw(server, f"[[moderation: {order} flag=hate]]") for order in ("garbage", "error", "empty", "nan")
    ]
    assert {response.status_code for response in (garbage, error, empty, nan)} == {200}
    with pytest.raises(ValueError):
        garbage.json()
    assert error.json()["error"]["type"] == "server_error"
    assert empty.json()["results"] == []
    assert all(math.isnan(score) for score in nan.json()["results"][0]["category_scores"].values())


@pytest.mark.parametrize("given", [None, [], 1, [1], ["text", {"type": "text"}]])
async def test_a_request_without_input_is_a_client_error(server: FakeLLM, given: object) -> None:
    response = await judge_raw(server, given)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_body")


async def test_a_wrong_key_is_refused(server: FakeLLM, client: AsyncOpenAI) -> None:
    with pytest.raises(openai.AuthenticationError):
        await judge(client.with_options(api_key="wrong"), "Hello")
    assert not server.moderated


async def test_one_text_can_order_a_verdict_and_an_answer(client: AsyncOpenAI) -> None:
    text = "Say it [[moderation: flag=hate]] [[fake: tokens=2]]"
    assert (await judge(client, text)).flagged
    assert await ask(client, text) == "word1 word2"
    assert "> Say it\n" in await ask(client, "Say it [[moderation: 500]]")
