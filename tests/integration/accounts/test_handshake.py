"""Who is behind a WebSocket handshake."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from chatbot.accounts.authentication import authenticate_scope
from chatbot.accounts.models import AccessKey, User
from chatbot.accounts.services import create_access_key
from chatbot.lib.errors import Forbidden, Unauthorized


def scope(**headers: str) -> Mapping[str, Any]:
    named = {"host": "localhost:8000", **headers}
    return {"type": "websocket", "headers": [(name.encode(), value.encode()) for name, value in named.items()]}


def cookie_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return (
        f"theme=dark; {django_settings.SESSION_COOKIE_NAME}={client.cookies[django_settings.SESSION_COOKIE_NAME].value}"
    )


def test_a_session_at_the_own_origin_is_its_user_with_the_tier_loaded(
    user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    caller = authenticate_scope(scope(cookie=cookie_of(user), origin="http://localhost:8000"))
    assert caller.user == user
    assert caller.key is None
    with django_assert_num_queries(0):  # sockets read the limits outside of the database's threads
        assert caller.user.tier.messages_per_minute > 0


def test_a_session_from_another_origin_is_forbidden(user: User) -> None:
    cookie = cookie_of(user)
    with pytest.raises(Forbidden):
        authenticate_scope(scope(cookie=cookie, origin="https://evil.example"))
    with pytest.raises(Forbidden):
        authenticate_scope(scope(cookie=cookie))


def test_a_key_needs_no_origin(user: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    key, secret = create_access_key(user=user, name="script")
    caller = authenticate_scope(scope(authorization=f"Bearer {secret}"))
    assert (caller.user, caller.key) == (user, key)
    with django_assert_num_queries(0):
        assert caller.user.tier.messages_per_minute > 0


@pytest.mark.parametrize("headers", [{}, {"cookie": "sessionid=unknown"}, {"authorization": "Bearer ck-unknown"}])
def test_strangers_are_unauthorized(db: None, headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorized):
        authenticate_scope(scope(origin="http://localhost:8000", **headers))


def test_a_key_that_only_reads_opens_no_socket(user: User) -> None:
    _, secret = create_access_key(user=user, name="reader", scope=AccessKey.Scope.READ)
    with pytest.raises(Forbidden):
        authenticate_scope(scope(authorization=f"Bearer {secret}"))


@pytest.mark.parametrize(
    ("change", "refusal"), [({"is_active": False}, Unauthorized), ({"can_use_chat": False}, Forbidden)]
)
def test_a_session_ends_with_the_right_to_chat(user: User, change: dict[str, bool], refusal: type[Exception]) -> None:
    handshake = scope(cookie=cookie_of(user), origin="http://localhost:8000")
    User.objects.filter(pk=user.pk).update(**change)
    with pytest.raises(refusal):
        authenticate_scope(handshake)


def test_a_session_ends_with_logout(user: User) -> None:
    client = Client()
    client.force_login(user)
    cookie = f"{django_settings.SESSION_COOKIE_NAME}={client.cookies[django_settings.SESSION_COOKIE_NAME].value}"
    client.logout()
    with pytest.raises(Unauthorized):
        authenticate_scope(scope(cookie=cookie, origin="http://localhost:8000"))


def test_a_session_ends_with_a_new_password(user: User) -> None:
    handshake = scope(cookie=cookie_of(user), origin="http://localhost:8000")
    user.set_password("another one entirely")
    user.save()
    with pytest.raises(Unauthorized):
        authenticate_scope(handshake)
