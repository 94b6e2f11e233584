"""What the clients of one run do, all of it decided by the seed: who says what where, and what the provider answers."""

import shlex
from dataclasses import dataclass
from random import Random
from uuid import UUID

WORDS = (
    "alpha",
    "βήτα",
    "gamma",
    "日本語",
    "naïve",
    "🙂",
    "ending.",
    "**bold**",
    "line\n",
    "tab\t",
    '"quoted"',
    "größer",
)
# A title is asked for with the beginning of the first message: the directive, fault and all, shall not be in it.
FILLER = " Take your time, and leave nothing out." * 16


@dataclass(frozen=True)
class Turn:
    """One message and the answer that the provider is told to give. `stop_after`: the client stops it after so many
    events. `may_fail`: its provider fault may outlast the product's attempts.
    """

    client_message_id: str
    content: str
    answer: str
    stop_after: int | None = None
    may_fail: bool = False


@dataclass(frozen=True)
class Chat:
    """One conversation: its turns, and how its client behaves."""

    name: str
    person: int
    door: str
    first_web: int
    turns: tuple[Turn, ...]
    second_tab: bool = False
    pause_seconds: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Load:
    """What a kind of run needs of its clients: how many chats, turns in each, and seconds an answer takes.

    Each of `faults`, and of the `hopeless` ones, which outlast the attempts, goes into the first turn of one chat. With
    `huge`, slow readers get answers of so many words.
    """

    chats: int = 7
    turns: tuple[int, int] = (1, 3)
    seconds: tuple[float, float] = (0.8, 2.0)
    faults: tuple[str, ...] = ()
    hopeless: tuple[str, ...] = ()
    slow_readers: int = 1
    huge: int = 0
    stops: bool = True


def plan(load: Load, rng: Random, people: int) -> list[Chat]:
    """The chats of one run."""
    faults = [(fault, False) for fault in load.faults] + [(fault, True) for fault in load.hopeless]
    # Faults go to the first chats, the habits of slow readers and of those who stop an answer to the last.
    slow_from = load.chats - load.slow_readers
    return [
        _chat(
            load,
            rng,
            number,
            people,
            fault=faults[number] if number < len(faults) else ("", False),
            stops=load.stops and number == slow_from - 1,
            slow=number >= slow_from,
        )
        for number in range(load.chats)
    ]


def _chat(
    load: Load, rng: Random, number: int, people: int, *, fault: tuple[str, bool], stops: bool, slow: bool
) -> Chat:
    door = rng.choice(("ws", "ws", "sse"))
    first = _turn(load, rng, fault, stops=stops, huge=slow and load.huge > 0)
    rest = [_turn(load, rng, ("", False)) for _ in range(rng.randint(*load.turns) - 1)]
    return Chat(
        name=f"chat{number}",
        person=rng.randrange(people),
        door=door,
        first_web=rng.randrange(2),
        turns=(first, *rest),
        second_tab=door == "ws" and rng.random() < 0.5,
        pause_seconds=rng.uniform(1.0, 3.0) if slow else 0.0,
        seed=rng.getrandbits(32),
    )


def _turn(load: Load, rng: Random, fault: tuple[str, bool], *, stops: bool = False, huge: bool = False) -> Turn:
    words, may_fail = fault
    identity = UUID(int=rng.getrandbits(128), version=4)
    if huge:
        count = load.huge + rng.randrange(100)
        answer = " ".join(f"word{number}" for number in range(1, count + 1))
        order = f"tokens={count}"
    else:
        rate = rng.choice((15, 25, 40))
        count = max(3, int(rng.uniform(*load.seconds) * rate))
        tag = f"{rng.getrandbits(16):04x}"
        answer = " ".join(f"{rng.choice(WORDS)}{number}-{tag}" for number in range(count))
        order = f"rate={rate} {shlex.quote(f'text={answer}')}"
    content = f"Say it, {identity}.{FILLER}\n[[fake: {words} {order}]]"
    return Turn(str(identity), content, answer, stop_after=rng.randint(3, 12) if stops else None, may_fail=may_fail)
