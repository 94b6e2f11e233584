"""An open socket closes soon after what it was opened with is no longer good."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from threading import Semaphore
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client
from django.urls import reverse

from chatbot.accounts.credentials import Caller, Credential
from chatbot.accounts.handshake import admit, claim_of
from chatbot.accounts.models import AccessKey, TokenFamily, User
from chatbot.accounts.services import create_access_key, end_credentials, revoke_access_key
from chatbot.accounts.tickets import issue_ticket
from chatbot.accounts.token_services import issue_tokens, revoke_family, rotate_tokens
from chatbot.asgi import application
from chatbot.lib.db import in_db
from chatbot.lib.layer import send_to_group
from streaming.models import LanguageModel
from streaming.nudges import group_of
from tests.factories import make_staff

Headers = list[tuple[bytes, bytes]]

SOON_SECONDS = 5


def with_key(user: User) -> Headers:
    return [(b"authorization", f"Bearer {create_access_key(user=user, name='test')[1]}".encode())]


def with_tokens(user: User) -> Headers:
    return [(b"authorization", f"Bearer {issue_tokens(user=user).access}".encode())]


def with_session(user: User) -> Headers:
    browser = Client()
    browser.force_login(user)
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
    return [(b"cookie", cookie.encode()), (b"origin", b"http://localhost"), (b"host", b"localhost")]


WAYS: dict[str, Callable[[User], Headers]] = {"key": with_key, "tokens": with_tokens, "session": with_session}


async def opened(headers: Headers, query: str = "") -> WebsocketCommunicator:
    socket = WebsocketCommunicator(application, f"/ws/chat/{query}", headers=headers)
    connected, _ = await socket.connect()
    assert connected
    assert '"ready"' in (await socket.receive_output(5))["text"]
    return socket


async def ticket_for(headers: Headers) -> str:
    credential: Credential = await claim_of({"headers": headers})
    return f"?ticket={await in_db(issue_ticket, credential)}"


@pytest.fixture(params=WAYS)
async def sockets(
    request: pytest.FixtureRequest, user: User, model: LanguageModel
) -> AsyncIterator[list[WebsocketCommunicator]]:
    """Two sockets on one credential: one that showed it, and one with a ticket."""
    headers = await in_db(WAYS[request.param], user)
    both = [await opened(headers), await opened([], await ticket_for(headers))]
    yield both
    for socket in both:
        await socket.disconnect()


async def assert_closed(sockets: list[WebsocketCommunicator], reason: str) -> None:
    began = time.monotonic()
    for socket in sockets:
        output = await socket.receive_output(SOON_SECONDS)
        while output["type"] == "websocket.send":
            output = await socket.receive_output(SOON_SECONDS)
        assert (output["type"], output["code"], output["reason"]) == ("websocket.close", 1008, reason)
    assert time.monotonic() - began < SOON_SECONDS


def deactivate(user: User) -> None:
    user.is_active = False
    user.save()


def take_chat_away(user: User) -> None:
    user.can_use_chat = False
    user.save(update_fields=["can_use_chat"])


def change_password(user: User) -> None:
    user.set_password("another one entirely")
    user.save(update_fields=["password"])


def end_all(user: User) -> None:
    end_credentials(user=user)


def take_away_in_the_admin(user: User, field: str) -> None:
    """What staff do: the user's page without that mark."""
    browser = Client()
    browser.force_login(make_staff())
    page = browser.get(reverse("admin:accounts_user_change", args=[user.pk]))
    form = page.context["adminform"].form
    fields = {name: value for name, value in form.initial.items() if name in form.fields and value not in (None, False)}
    fields |= {"date_joined_0": user.date_joined.date(), "date_joined_1": "00:00", "groups": [], "user_permissions": []}
    fields.pop(field)
    assert browser.post(page.request["PATH_INFO"], fields).status_code == 302


def change_password_in_the_admin(user: User) -> None:
    browser = Client()
    browser.force_login(make_staff())
    new = {"password1": "another one entirely", "password2": "another one entirely", "usable_password": "true"}
    path = reverse("admin:auth_user_password_change", args=[user.pk])
    assert browser.post(path, new).status_code == 302


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (deactivate, "Unauthorized"),
        (take_chat_away, "Forbidden"),
        (change_password, "Unauthorized"),
        (end_all, "Unauthorized"),
        (lambda user: take_away_in_the_admin(user, "is_active"), "Unauthorized"),
        (lambda user: take_away_in_the_admin(user, "can_use_chat"), "Forbidden"),
        (change_password_in_the_admin, "Unauthorized"),
    ],
    ids=["deactivation", "chat", "password", "all", "admin deactivates", "admin takes chat", "admin sets password"],
)
async def test_whatever_takes_the_right_away_closes_every_socket(
    user: User, sockets: list[WebsocketCommunicator], change: Callable[[User], None], reason: str
) -> None:
    await in_db(change, user)
    await assert_closed(sockets, reason)


def revoke_key(user: User) -> None:
    revoke_access_key(key=AccessKey.objects.get(user=user))


def revoke_tokens(user: User) -> None:
    revoke_family(family=TokenFamily.objects.get(user=user))


def delete_all(user: User) -> None:
    user.access_keys.filter(name="test").delete()
    user.token_families.all().delete()


@pytest.mark.parametrize(
    ("way", "revoke"), [("key", revoke_key), ("tokens", revoke_tokens), ("key", delete_all), ("tokens", delete_all)]
)
async def test_a_revoked_credential_closes_its_sockets_and_no_others(
    user: User, model: LanguageModel, way: str, revoke: Callable[[User], None]
) -> None:
    headers = await in_db(WAYS[way], user)
    doomed = [await opened(headers), await opened([], await ticket_for(headers))]
    spared = await opened(await in_db(with_session, user))
    await in_db(revoke, user)
    await assert_closed(doomed, "Unauthorized")
    await spared.send_to(text_data='{"type": "ping"}')
    assert (await spared.receive_output(5))["text"] == '{"type":"pong"}'
    await spared.disconnect()


async def test_a_log_out_closes_the_sockets_of_its_session(user: User, model: LanguageModel) -> None:
    headers = await in_db(with_session, user)
    sockets = [await opened(headers), await opened([], await ticket_for(headers))]

    def log_out() -> None:
        browser = Client()
        name, _, value = dict(headers)[b"cookie"].decode().partition("=")
        browser.cookies[name] = value
        browser.logout()

    await in_db(log_out)
    await assert_closed(sockets, "Unauthorized")


async def test_a_stolen_refresh_token_closes_the_sockets_of_its_family(user: User, model: LanguageModel) -> None:
    first = await in_db(issue_tokens, user=user)
    socket = await opened([(b"authorization", f"Bearer {first.access}".encode())])

    def steal() -> None:
        second = rotate_tokens(refresh=first.refresh)
        rotate_tokens(refresh=second.refresh)
        with pytest.raises(Exception, match="not valid"):
            rotate_tokens(refresh=first.refresh)

    await in_db(steal)
    await assert_closed([socket], "Unauthorized")


async def test_a_socket_that_came_with_a_ticket_is_asked_again_without_it(
    user: User, sockets: list[WebsocketCommunicator], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Semaphore(0)

    def admit_and_tell(credential: Credential) -> Caller:
        asked.release()
        return admit(credential)

    monkeypatch.setattr("streaming.consumers.admit", admit_and_tell)
    send_to_group(group_of(user.pk), {"type": "rights.check"})
    for _ in sockets:
        assert await in_db(asked.acquire, timeout=5)
    for socket in sockets:
        await socket.send_to(text_data='{"type": "ping"}')
        assert (await socket.receive_output(5))["text"] == '{"type":"pong"}'


async def test_a_spent_ticket_opens_no_second_socket(user: User, model: LanguageModel) -> None:
    query = await ticket_for(await in_db(with_key, user))
    first = await opened([], query)
    second = WebsocketCommunicator(application, f"/ws/chat/{query}")
    await second.connect()
    output: dict[str, Any] = await second.receive_output(5)
    assert (output["code"], output["reason"]) == (1008, "Unauthorized")
    await first.disconnect()


async def test_without_redis_a_ticket_asks_to_come_again(model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away() -> Awaitable[Any]:
        raise ConnectionRefusedError

    monkeypatch.setattr("chatbot.accounts.tickets.shared_link", away)
    socket = WebsocketCommunicator(application, "/ws/chat/?ticket=any")
    await socket.connect()
    output = await socket.receive_output(5)
    assert (output["code"], output["reason"]) == (1013, "Try again later")
