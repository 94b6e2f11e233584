"""Asks doors and judges what they say. Nothing that a question changes outlives it."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import channels.db
import pytest
from asgiref.sync import SyncToAsync, sync_to_async
from django.conf import settings
from django.core.signals import request_finished
from django.db import close_old_connections, connections, transaction
from django.test import Client, override_settings
from django.utils.module_loading import import_string

from chatbot.accounts.models import User
from chatbot.lib.db import in_db
from chatbot.lib.errors import AppError
from tests.factories import PASSWORD, make_user
from tests.integration.project.doors import Door
from tests.integration.project.rooms import Rooms, furnish


def _tree(kind: type[AppError]) -> Iterator[type[AppError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _tree(below)


NEEDED = "chatbot.middleware.RequestTaskMiddleware"
# The statuses with which each code of the contract is told.
STATUSES: dict[str, set[int]] = {kind.code: {kind.status} for kind in _tree(AppError)}
# No such method, nothing that the client accepts.
STATUSES["invalid_input"] |= {405, 406}
ERROR_FIELDS = {"code", "message", "details", "retry_after", "fallback_suggestions"}


async def _in_this_thread(function: Any, *args: Any, **kwargs: Any) -> Any:
    """What `in_db` does, on the connection of the test, so that async views see what is not committed."""
    return await sync_to_async(function)(*args, **kwargs)


@contextmanager
def one_world(count: int = 1, *, base_url: str = "http://127.0.0.1:9/v1") -> Iterator[Rooms]:
    """A user with `count` of everything, and a provider; in a transaction, and gone afterwards."""
    passwords = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with (
        override_settings(PASSWORD_HASHERS=passwords, ACCOUNT_RATE_LIMITS=False, CATALOGUE_SECONDS=0),
        pytest.MonkeyPatch.context() as patch,
        transaction.atomic(),
    ):
        for module in [one for one in list(sys.modules.values()) if getattr(one, "in_db", None) is in_db]:
            patch.setattr(module, "in_db", _in_this_thread)
        # Channels does this when a socket ends.
        patch.setattr(channels.db, "close_old_connections", lambda: None)
        yield furnish(make_user("ann"), count, base_url=base_url)
        transaction.set_rollback(True)
    # A follow that its socket left behind may have asked from the thread of those who have no other.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


def quick_middleware() -> list[str]:
    """The middleware without what runs on the loop: that reads no body, and half of a request's time goes into the way
    there and back. What a view asks for stays.
    """
    names = settings.MIDDLEWARE
    return [name for name in names if name == NEEDED or getattr(import_string(name), "sync_capable", True)]


def browser_of(user: User) -> Client:
    """A browser in which the user has just typed the password. What breaks becomes a 500, as for users."""
    client = Client(raise_request_exception=False)
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


class Asker:
    """Asks as the user, or as a stranger where the door is for strangers."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.user, self._stranger = browser_of(rooms.user), Client(raise_request_exception=False)

    @contextmanager
    def asked(self, door: Door, body: Any = None, **extra: Any) -> Iterator[Any]:
        """The response; when the block ends, all is as before."""
        client = self._stranger if door.strange else self.user
        client.cookies, cookies = deepcopy(client.cookies), client.cookies
        with transaction.atomic():
            response = door.ask(client, self.rooms, body, **extra)
            yield response
            if response.streaming:
                close(response)
            transaction.set_rollback(True)
        client.cookies = cookies

    def fault(self, door: Door, *, query_string: str | None = None, **extra: Any) -> str | None:
        """What is wrong with the response, None when it is as it must be."""
        if query_string is not None:
            extra["QUERY_STRING"] = query_string
        with self.asked(door, **extra) as response:
            return fault_of(door, response)


def close(response: Any) -> None:
    """Ends a response that nobody read to its end, as Django's test client ends the others."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


def _no_json(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def fault_of(door: Door, response: Any) -> str | None:
    """What is wrong with a response, whatever was asked: it must not be a server's error, nor another shape."""
    status = response.status_code
    if status >= 500:
        return f"{status} {response.content[:300]!r}"
    if door.is_page or response.streaming or status in {204, 304}:
        return None
    try:
        body = json.loads(response.content.decode(), parse_constant=_no_json)
    except ValueError as reason:
        return f"{status} is no JSON: {reason}"
    if status < 400:
        return None
    error = body.get("error", {})
    if door.is_openai:
        told = set(error) == {"message", "type", "param", "code"} and isinstance(error["message"], str)
        return None if told else f"{status} {body}"
    known = set(error) <= ERROR_FIELDS and isinstance(error.get("message"), str)
    return None if known and status in STATUSES.get(error.get("code"), ()) else f"{status} {body}"
