"""Windows of time: keys by which the index of words knows one user's messages of some days, weeks or years.

Each message is indexed under one key of every length (conversations/migrations/0010_search_keys.py). A stretch of time
is covered by few keys, and the index follows them only as far as the words that are looked for lead.
"""

from uuid import UUID

# Steps of 2**28 milliseconds, about three days; each length is sixteen times the one before. The longest is 35 years.
LENGTHS = 4
TIMES = 16
# Where the step stands in an id, and how many bits of the owner's id a key begins with.
STEP_SHIFT, STEP_BITS = 100, 20
OWNER_BITS = 32


def keys_between(user_id: UUID, low: int, high: int) -> list[int]:
    """The keys of the windows with the user's ids from `low` to `high`, as numbers both included."""
    first, last = _step(low), _step(high)
    owner = user_id.int >> 128 - OWNER_BITS
    keys: list[int] = []
    for length in range(LENGTHS):
        own = owner << 4 | length
        while first <= last and (first % TIMES or length == LENGTHS - 1):
            keys.append(own << STEP_BITS | first)
            first += 1
        while first <= last and (last + 1) % TIMES:
            keys.append(own << STEP_BITS | last)
            last -= 1
        first, last = first // TIMES, (last + 1) // TIMES - 1
    return keys


def _step(identifier: int) -> int:
    return identifier >> STEP_SHIFT & (1 << STEP_BITS) - 1
