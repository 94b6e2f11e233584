"""What tests of accounts share."""

from collections.abc import Iterator

import pytest

from chatbot.lib.redis import sync_redis


@pytest.fixture(autouse=True)
def nothing_counted() -> Iterator[None]:
    """What was counted for this address and these names is forgotten, so that no test slows down another."""
    yield
    for key in [*sync_redis().scan_iter("*allauth*"), *sync_redis().scan_iter("*signed-in:*")]:
        sync_redis().delete(key)
