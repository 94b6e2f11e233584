"""When the rights of a socket are looked at."""

import asyncio

import pytest

from streaming import rights
from streaming.rights import RightsWatch


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> RightsWatch:
    monkeypatch.setattr(rights, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(rights, "AGAIN_SECONDS", 0.01)
    return RightsWatch()


class Looks:
    """A check that counts its calls; its first answers are given."""

    def __init__(self, watch: RightsWatch, *answers: bool | Exception) -> None:
        self._watch = watch
        self._answers = list(answers)
        self.count = 0
        self.called = asyncio.Condition()

    async def check(self) -> bool:
        async with self.called:
            self.count += 1
            self.called.notify_all()
        answer = self._answers.pop(0) if self._answers else True
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def come_to(self, count: int) -> None:
        async with asyncio.timeout(10), self.called:
            await self.called.wait_for(lambda: self.count >= count)


async def test_a_nudge_is_followed_by_two_looks(watch: RightsWatch) -> None:
    looks, other = Looks(watch), Looks(watch)
    watch.begin(looks.check)
    watch.begin(other.check)
    watch.hurry(looks.check)
    await looks.come_to(2)
    watch.hurry(other.check)
    await other.come_to(2)
    assert looks.count == 2
    watch.end(looks.check)
    watch.end(other.check)


async def test_who_could_not_tell_is_asked_again(watch: RightsWatch) -> None:
    looks = Looks(watch, False, ValueError("broken"), True)
    watch.begin(looks.check)
    watch.hurry(looks.check)
    await looks.come_to(4)
    watch.end(looks.check)


async def test_time_alone_is_enough(watch: RightsWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rights, "EVERY_SECONDS", 0.01)
    looks = Looks(watch)
    watch.begin(looks.check)
    await looks.come_to(3)
    watch.end(looks.check)


async def test_what_has_ended_is_left_alone(watch: RightsWatch) -> None:
    looks, witness = Looks(watch), Looks(watch)
    watch.begin(looks.check)
    watch.begin(witness.check)
    watch.end(looks.check)
    watch.hurry(looks.check)
    watch.hurry(witness.check)
    await witness.come_to(2)
    assert looks.count == 0
    watch.end(witness.check)
