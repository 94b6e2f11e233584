"""Where a page of results begins: what its cursor holds."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

import msgspec

from chatbot.lib.errors import InvalidInput

# So many blocks of matches one can go back.
MOST_EDGES = 10

Ranked = tuple[float, UUID]


class Place(msgspec.Struct, omit_defaults=True):
    """`edges` are the upper ends of the blocks of matches up to the one of this page, None for the newest message;
    `older` is where the next block begins, if that is known. In its block the page stands after what has this rank and
    id, or before it; without them at the beginning, or at the end.
    """

    edges: list[UUID | None] = msgspec.field(default_factory=lambda: [None])
    older: UUID | None = None
    parts: bool = False
    rank: float | None = None
    id: UUID | None = None
    backwards: bool = False

    def encode(self) -> str:
        """As a cursor."""
        return urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")

    @classmethod
    def decode(cls, cursor: str) -> "Place":
        """The place of a cursor; raises InvalidInput when it is none of ours."""
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            place = msgspec.json.decode(urlsafe_b64decode(padded), type=cls)
        except (UnicodeEncodeError, binascii.Error, msgspec.DecodeError) as error:
            raise InvalidInput("The cursor is not valid.") from error
        if not place.edges or (place.rank is None) is not (place.id is None):
            raise InvalidInput("The cursor is not valid.")
        return place

    def cut(self, ranked: list[Ranked], limit: int) -> tuple[int, int]:
        """Where the page begins and ends among the matches of its block, best first."""
        first, last = 0, len(ranked)
        if self.rank is not None and self.id is not None:
            key = (self.rank, self.id)
            better = sum(item > key for item in ranked)
            first, last = (0, better) if self.backwards else (better + (key in ranked), last)
        return (max(first, last - limit), last) if self.backwards else (first, min(last, first + limit))

    def beside(self, item: Ranked, *, backwards: bool = False) -> "Place":
        """The page after, or before, a match of the same block."""
        return Place(self.edges, self.older, self.parts, *item, backwards)

    def below(self) -> "Place | None":
        """The first page of the next block; None in the last one."""
        return Place([*self.edges, self.older][-MOST_EDGES:], None, self.parts) if self.older else None

    def above(self) -> "Place | None":
        """The last page of the block before; None in the first one."""
        if len(self.edges) == 1:
            return None
        return Place(self.edges[:-1], self.edges[-1], self.parts, backwards=True)
