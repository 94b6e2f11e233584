"""Access keys: how they are kept and what they open."""

from datetime import timedelta
from typing import Any
from unittest.mock import ANY

import pytest
from django.db import connection
from django.db.models.signals import post_save
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from chatbot.accounts.models import AccessKey, User
from chatbot.accounts.services import create_access_key, revoke_access_key

LIST = "/api/v1/conversations/"


def client_with(secret: str, scheme: str = "Bearer") -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {secret}")
    return client


def assert_unauthorized(response: Any) -> None:
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json() == {"error": {"code": "unauthorized", "message": ANY}}


def test_a_key_opens_what_is_its_users(user: User) -> None:
    _, secret = create_access_key(user=user, name="script")
    made = client_with(secret).post(LIST, {"title": "By a program"}, format="json")
    assert made.status_code == 201
    assert client_with(secret, "bearer").get(LIST).json()["results"] == [made.json()]
    assert user.conversations.count() == 1


def test_only_the_hash_of_a_key_is_stored(user: User) -> None:
    key, secret = create_access_key(user=user, name="script")
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_accesskey::text FROM accounts_accesskey WHERE id = %s", [key.pk])
        row = cursor.fetchone()[0]
    assert secret.startswith("ck-")
    assert len(secret) > 40
    assert secret not in row
    assert secret[:8] in row
    assert secret[8:] not in row


@pytest.mark.parametrize("secret", ["", "ck-unknown", "ck-ünknown", "ck-\x00", "x" * 5_000])
def test_an_unknown_key_is_refused(db: None, secret: str) -> None:
    assert_unauthorized(client_with(secret).get(LIST))


def test_another_scheme_is_refused_even_with_a_session(user: User) -> None:
    client = client_with("YW5uOnBhc3N3b3Jk", "Basic")
    client.force_login(user)
    assert_unauthorized(client.get(LIST))


def test_no_credentials_at_all_are_refused(db: None) -> None:
    assert_unauthorized(APIClient().get(LIST))


def test_an_expired_key_is_refused(user: User) -> None:
    now = timezone.now()
    _, late = create_access_key(user=user, name="late", expires_at=now - timedelta(minutes=1))
    _, early = create_access_key(user=user, name="early", expires_at=now + timedelta(hours=1))
    assert_unauthorized(client_with(late).get(LIST))
    assert client_with(early).get(LIST).status_code == 200


def test_a_revoked_key_is_refused_at_once(user: User) -> None:
    key, secret = create_access_key(user=user, name="script")
    assert client_with(secret).get(LIST).status_code == 200
    revoke_access_key(key=key)
    assert_unauthorized(client_with(secret).get(LIST))


def test_revoking_twice_keeps_the_first_time(user: User) -> None:
    key, _ = create_access_key(user=user, name="script")
    revoke_access_key(key=key)
    first = AccessKey.objects.get(pk=key.pk).revoked_at
    revoke_access_key(key=key)
    assert AccessKey.objects.get(pk=key.pk).revoked_at == first


def test_a_revocation_is_news_for_higher_layers_and_the_use_of_a_key_is_none(user: User) -> None:
    key, secret = create_access_key(user=user, name="script")
    heard: list[AccessKey] = []

    def listen(instance: AccessKey, **_: Any) -> None:
        heard.append(instance)

    post_save.connect(listen, sender=AccessKey)
    try:
        client_with(secret).get(LIST)
        assert heard == []
        revoke_access_key(key=key)
    finally:
        post_save.disconnect(listen, sender=AccessKey)
    assert heard == [key]


def test_a_key_of_an_inactive_user_is_refused(user: User) -> None:
    _, secret = create_access_key(user=user, name="script")
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert_unauthorized(client_with(secret).get(LIST))


def test_a_user_who_may_not_chat_is_forbidden(user: User) -> None:
    _, secret = create_access_key(user=user, name="script")
    User.objects.filter(pk=user.pk).update(can_use_chat=False)
    response = client_with(secret).get(LIST)
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "forbidden"


def test_a_key_that_only_reads_cannot_write(user: User) -> None:
    _, secret = create_access_key(user=user, name="reader", scope=AccessKey.Scope.READ)
    client = client_with(secret)
    assert client.get(LIST).status_code == 200
    refused = client.post(LIST, {"title": "No"}, format="json")
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "forbidden"
    assert user.conversations.count() == 0


def test_the_last_use_is_noted_to_the_minute(user: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    key, secret = create_access_key(user=user, name="script")
    with django_assert_num_queries(3):  # key with user and tier, the note, the list
        client_with(secret).get(LIST)
    with django_assert_num_queries(2):  # a busy key writes nothing
        client_with(secret).get(LIST)
    assert AccessKey.objects.get(pk=key.pk).last_used_at is not None
    AccessKey.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    client_with(secret).get(LIST)
    fresh = AccessKey.objects.get(pk=key.pk).last_used_at
    assert fresh is not None
    assert timezone.now() - fresh < timedelta(seconds=30)
