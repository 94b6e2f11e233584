"""Runs the clients of one run against a house."""

import asyncio
from dataclasses import asdict
from random import Random

from tests.chaos.client import Place, Talk
from tests.chaos.house import House
from tests.chaos.programs import WEBS
from tests.chaos.records import Records
from tests.chaos.script import Chat
from tests.chaos.socket_client import SocketTab
from tests.chaos.sse_client import SseTab

LOOK_SECONDS = 0.02


class Clients:
    """All tabs of all chats."""

    def __init__(self, house: House, chats: list[Chat], records: Records) -> None:
        self._house = house
        self._records = records
        self._chats = chats
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Opens every tab."""
        for chat in self._chats:
            for number, turn in enumerate(chat.turns):
                fields = asdict(turn) | {"chat": chat.name, "turn": number, "stops": turn.stop_after is not None}
                self._records.add("plan", **fields)
            talk = Talk(chat)
            if chat.door == "sse":
                self._tasks.append(asyncio.create_task(SseTab(chat.name, talk, self._place(chat, 0)).run()))
                continue
            self._tasks.append(asyncio.create_task(SocketTab(chat.name, talk, self._place(chat, 0)).run()))
            if chat.second_tab:
                watcher = SocketTab(f"{chat.name}b", talk, self._place(chat, 1), sends=False)
                self._tasks.append(asyncio.create_task(watcher.run()))

    def _place(self, chat: Chat, tab: int) -> Place:
        links = [self._house.links[f"client-{web}"].port for web in WEBS]
        return Place(
            ports=(links[0], links[1]),
            key=self._house.people[chat.person].key,
            web=chat.first_web + tab,
            rng=Random(chat.seed + tab),
            records=self._records,
        )

    async def under_way(self, kind: str, share: float, seconds: float = 20.0) -> None:
        """Returns when so many of the chats (0 to 1) have seen a frame of the kind `accepted` or `token`."""
        async with asyncio.timeout(seconds):
            while len(self._seen(kind)) < share * len(self._chats):
                self._raise_broken()
                await asyncio.sleep(LOOK_SECONDS)

    def _seen(self, kind: str) -> set[str]:
        return {
            record["tab"]
            for record in self._records.rows
            if record["what"] == "frame" and record["frame"]["type"] == kind
        }

    async def finished(self, seconds: float) -> bool:
        """Whether every client came to its end within `seconds`; closes those that did not."""
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        self._raise_broken()
        return not late

    def _raise_broken(self) -> None:
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()):
                raise error
