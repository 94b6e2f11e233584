"""Whose history it is: one person with a tenth of all messages, one with very long conversations, and many others."""

from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from chatbot.lib.ids import bucket_of

MESSAGES_PER_PERSON = 1_000
# Messages of the two long conversations, where the whole has room for them.
LONG_CONVERSATIONS = (100_000, 10_000)


@dataclass
class Talk:
    """A conversation on its way."""

    id: UUID
    title: str
    began: float
    number: int = 0
    tokens: int = 0
    last: UUID | None = None
    last_at: float = 0.0


@dataclass
class Person:
    """Somebody with a share of the messages. `lengths` are those of the first conversations, where they are given."""

    id: UUID
    share: float
    lengths: list[int] = field(default_factory=list)
    bucket: int = 0
    talk: Talk | None = None

    def __post_init__(self) -> None:
        self.bucket = bucket_of(self.id)


@dataclass(frozen=True)
class Crowd:
    """Everybody. `typical` is one of the many."""

    heavy: Person
    long: Person
    others: list[Person]

    @property
    def typical(self) -> Person:
        """Somebody in the middle of the many."""
        return self.others[len(self.others) // 2]

    def everybody(self) -> list[Person]:
        """All of them."""
        return [self.heavy, self.long, *self.others]


def make_crowd(rows: int) -> Crowd:
    """The crowd that writes so many messages, the same each time."""
    random = Random(4)
    lengths = [min(LONG_CONVERSATIONS[0], rows // 10), min(LONG_CONVERSATIONS[1], rows // 100)]
    share = 1.05 * sum(lengths) / rows
    count = max(2, rows // MESSAGES_PER_PERSON)
    weights = [1 / rank**0.6 for rank in range(1, count + 1)]
    rest = (0.9 - share) / sum(weights)
    others = [Person(_id(random), weight * rest) for weight in weights]
    return Crowd(Person(_id(random), 0.1), Person(_id(random), share, lengths), others)


def _id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)
