"""Who may stand before a door: every way to prove who one is, and every kind of user. All of them ask for what is
Ann's.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.test import Client

from chatbot.accounts.models import AccessKey, User
from chatbot.accounts.services import create_access_key
from chatbot.accounts.token_services import issue_tokens
from tests.factories import make_staff, make_user
from tests.integration.project.asking import browser_of
from tests.integration.project.rooms import Rooms, without_limits


@dataclass(frozen=True, slots=True)
class Caller:
    """A client, and what has become of Ann when it asks."""

    client: Client
    prepare: Callable[[], object] = lambda: None

    @contextmanager
    def asking(self) -> Iterator[Client]:
        """The client; when the block ends, all is as before."""
        cookies = {name: morsel.value for name, morsel in self.client.cookies.items()}
        with transaction.atomic():
            self.prepare()
            yield self.client
            transaction.set_rollback(True)
        self.client.cookies.clear()
        self.client.cookies.load(cookies)


def _program(secret: str) -> Client:
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})


def callers_of(rooms: Rooms) -> dict[str, Caller]:
    """By the names of the columns in the tables."""
    ann = rooms.user
    keys = {scope: create_access_key(user=ann, name=scope, scope=scope)[1] for scope in AccessKey.Scope}
    session = browser_of(ann)

    def changed(**fields: Any) -> Callable[[], object]:
        return lambda: User.objects.filter(pk=ann.pk).update(**fields)

    return {
        "stranger": Caller(Client(raise_request_exception=False)),
        "session": Caller(session),
        "chat key": Caller(_program(keys[AccessKey.Scope.CHAT])),
        "read key": Caller(_program(keys[AccessKey.Scope.READ])),
        "token": Caller(_program(issue_tokens(user=ann).access)),
        "other": Caller(browser_of(without_limits(make_user("bob")))),
        "staff": Caller(browser_of(without_limits(make_staff()))),
        "barred": Caller(session, changed(can_use_chat=False)),
        "gone": Caller(session, changed(is_active=False)),
    }
