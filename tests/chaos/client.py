"""What both doors' clients share: where a conversation stands, and one tab's view of each answer."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.chaos.records import Records
from tests.chaos.script import Chat, Turn

# Seconds between two tries to reach the product again, as a client spreads them.
RECONNECT = (0.05, 0.25)
# Seconds after which a client asks again when the product said "not now" without naming a time.
PAUSE = (0.3, 0.6)
LONGEST_PAUSE = 3.0


@dataclass
class View:
    """One tab's view of one answer."""

    message_id: str
    seq: int = 0
    events: int = 0
    done: bool = False

    def take(self, event: dict[str, Any]) -> bool:
        """Whether the event follows on what was seen; False asks for the missing ones. What is old is dropped."""
        if event["seq"] <= self.seq:
            return True
        if event["seq"] > self.seq + 1 and event["type"] != "snapshot":
            return False
        self.seq = event["seq"]
        self.events += 1
        self.done = event["type"] == "done"
        return True


@dataclass
class Talk:
    """Where a conversation stands, for all its tabs: the browser knows it in all of them."""

    chat: Chat
    conversation_id: str | None = None
    answers: list[str] = field(default_factory=list)
    position: int = 0
    over: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def turn(self) -> Turn | None:
        """The message that is being sent or answered, None after the last."""
        return self.chat.turns[self.position] if self.position < len(self.chat.turns) else None

    @property
    def answer(self) -> str | None:
        """The answer to the current turn, once the turn is acknowledged."""
        return self.answers[self.position] if len(self.answers) > self.position else None

    def acknowledge(self, accepted: dict[str, Any]) -> str:
        """Takes `accepted`; gives the answer's id."""
        answer = str(accepted["assistant_message"]["id"])
        self.conversation_id = accepted["conversation_id"]
        if self.turn is not None and accepted["client_message_id"] == self.turn.client_message_id:
            if self.answer is None:
                self.answers.append(answer)
            self.news.set()
        return answer

    def go_on(self) -> None:
        """The current answer is complete: on to the next turn."""
        self.position += 1
        self.over = self.turn is None
        self.news.set()

    def body(self, turn: Turn) -> dict[str, Any]:
        """The message as both doors take it. A repetition carries the very same body."""
        return {
            "client_message_id": turn.client_message_id,
            "conversation_id": self.conversation_id if self.position else None,
            "content": turn.content,
        }


@dataclass
class Place:
    """Where a tab connects: the ports of the two web processes, the key, and its own luck."""

    ports: tuple[int, int]
    key: str
    web: int
    rng: Random
    records: Records

    @property
    def headers(self) -> dict[str, str]:
        """The credential."""
        return {"Authorization": f"Bearer {self.key}"}

    @property
    def port(self) -> int:
        """The web process of now."""
        return self.ports[self.web % 2]

    def other_web(self) -> None:
        """On to the other web process."""
        self.web += 1

    def pause(self, retry_after: float | None = None) -> float:
        """Seconds until the next try."""
        return min(float(retry_after), LONGEST_PAUSE) if retry_after else self.rng.uniform(*PAUSE)
