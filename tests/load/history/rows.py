"""The rows of a history in the order in which they came to be, as lines for COPY."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate
from random import Random
from uuid import UUID

from chatbot.lib.ids import COUNTER_BITS, RANDOM_BITS
from tests.load.history.people import Person, Talk
from tests.load.history.text import Writer

SECONDS = 365 * 86_400.0
TURNS_PER_CONVERSATION = 10
# One answer in so many was asked for again: the first one is on a branch that is not shown.
AGAIN = 20
MODELS = ("large", "small")
CHUNK = 2_000

MESSAGE_COLUMNS = (
    "id, user_id, conversation_id, parent_id, role, status, content, tokens, sequence_number, metadata, created_at, "
    "current"
)
CONVERSATION_COLUMNS = (
    "id, user_id, title, model_config, metadata, archived, pinned, folder, source, message_count, total_tokens, "
    "last_sequence_number, window_version, last_message_at, created_at"
)


def identifier(bucket: int, moment: float, random: Random) -> UUID:
    """An id of that moment (Unix seconds), laid out as chatbot.lib.ids does."""
    payload = (bucket << 48 | int(moment * 1_000)) << COUNTER_BITS | random.getrandbits(COUNTER_BITS)
    payload = payload << RANDOM_BITS | random.getrandbits(RANDOM_BITS)
    high, middle, low = payload >> 74, payload >> 62 & 0xFFF, payload & (1 << 62) - 1
    return UUID(int=high << 80 | 0x8 << 76 | middle << 64 | 0b10 << 62 | low)


class Rows:
    """So many messages of these people, spread over a year that ends at `until` (Unix seconds)."""

    def __init__(self, people: list[Person], count: int, *, seed: int, until: float) -> None:
        self._people, self._count = people, count
        self._random, self._writer = Random(seed), Writer(seed)
        self._began = until - SECONDS
        self._talks: list[tuple[Person, Talk]] = []
        self._lines: list[str] = []
        self._made = 0

    def messages(self) -> Iterator[str]:
        """The messages, some thousand lines at a time."""
        shares = list(accumulate(person.share for person in self._people))
        while self._made < self._count:
            for person in self._random.choices(self._people, cum_weights=shares, k=CHUNK):
                self._turn(person, self._began + SECONDS * self._made / self._count)
            yield "".join(self._lines)
            self._lines.clear()

    def conversations(self) -> Iterator[str]:
        """The conversations, once all messages are made."""
        for person, talk in self._talks:
            last, began = _time(talk.last_at), _time(talk.began)
            yield (
                f"{talk.id}\t{person.id}\t{talk.title}\t{{}}\t{{}}\tf\tf\t\t\t{talk.number}\t{talk.tokens}\t"
                f"{talk.number}\t0\t{last}\t{began}\n"
            )

    def _turn(self, person: Person, moment: float) -> None:
        talk = self._talk(person, moment)
        asked = self._add(person, talk, talk.last, "user", moment)
        if not self._random.randrange(AGAIN):
            self._add(person, talk, asked, "assistant", moment + 1, current="f")
        talk.last = self._add(person, talk, asked, "assistant", moment + 2)
        talk.last_at = moment + 2

    def _talk(self, person: Person, moment: float) -> Talk:
        """The conversation that the person is in, often the one from before."""
        talk = person.talk
        if talk and person.lengths:
            if talk.number < person.lengths[0]:
                return talk
            person.lengths.pop(0)
        elif talk and self._random.randrange(TURNS_PER_CONVERSATION):
            return talk
        title = " ".join(self._random.choices(self._writer.words[200:20_000], k=4)).capitalize()
        person.talk = Talk(identifier(person.bucket, moment, self._random), title, moment)
        self._talks.append((person, person.talk))
        return person.talk

    def _add(
        self, person: Person, talk: Talk, parent: UUID | None, role: str, moment: float, *, current: str = "t"
    ) -> UUID:
        made = identifier(person.bucket, moment, self._random)
        content, metadata = self._writer.prompt() if role == "user" else self._writer.answer(), "{}"
        tokens = len(content) // 4
        if role == "assistant":
            model = MODELS[self._made % 7 == 0]
            metadata = f'{{"model": "{model}", "finish_reason": "stop", "total_ms": {tokens * 20}, "attempts": 1}}'
        talk.number += 1
        talk.tokens += tokens
        self._made += 1
        self._lines.append(
            f"{made}\t{person.id}\t{talk.id}\t{parent or chr(92) + 'N'}\t{role}\tcompleted\t{content}\t{tokens}\t"
            f"{talk.number}\t{metadata}\t{_time(moment)}\t{current}\n"
        )
        return made


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
