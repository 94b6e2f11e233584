"""Who is behind a WebSocket handshake."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone
from redis.asyncio import Redis

from chatbot.accounts import token_services, tokens
from chatbot.accounts.credentials import Caller, Credential
from chatbot.accounts.handshake import admit, claim_of
from chatbot.accounts.models import AccessKey, TokenFamily, User
from chatbot.accounts.services import create_access_key, end_credentials, revoke_access_key
from chatbot.accounts.tickets import issue_ticket, spend_ticket
from chatbot.lib.db import in_db
from chatbot.lib.errors import AppError, Forbidden, Overloaded, Unauthorized
from chatbot.lib.redis import sync_redis

OWN = "http://localhost:8000"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_client")]


def scope(query: str = "", **headers: str) -> Mapping[str, Any]:
    named = {"host": "localhost:8000", **headers}
    return {
        "type": "websocket",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }


async def come_in(handshake: Mapping[str, Any]) -> Caller:
    return await in_db(admit, await claim_of(handshake))


async def assert_refused(handshake: Mapping[str, Any], refusal: type[AppError]) -> None:
    with pytest.raises(refusal):
        await come_in(handshake)


def logged_in(user: User) -> tuple[Client, str]:
    client = Client()
    client.force_login(user)
    name = django_settings.SESSION_COOKIE_NAME
    return client, f"theme=dark; {name}={client.cookies[name].value}"


async def session_of(user: User) -> Mapping[str, Any]:
    return scope(cookie=(await in_db(logged_in, user))[1], origin=OWN)


async def key_of(user: User, **fields: Any) -> Mapping[str, Any]:
    return scope(authorization=f"Bearer {(await in_db(create_access_key, user=user, name='script', **fields))[1]}")


async def tokens_of(user: User) -> Mapping[str, Any]:
    return scope(authorization=f"Bearer {(await in_db(token_services.issue_tokens, user=user)).access}")


async def ticket_of(handshake: Mapping[str, Any]) -> Mapping[str, Any]:
    credential = (await come_in(handshake)).credential
    return scope(f"ticket={await in_db(issue_ticket, credential)}")


KINDS = {"session": session_of, "key": key_of, "tokens": tokens_of}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_caller_comes_in_with_the_tier_loaded(user: User, kind: str) -> None:
    caller = await come_in(await KINDS[kind](user))
    assert caller.user == user
    assert caller.credential.kind == kind
    assert (caller.key is None) == (kind != "key")
    # Sockets read the limits outside of the database's threads.
    assert caller.user.tier.messages_per_minute > 0


@pytest.mark.parametrize("kind", KINDS)
async def test_a_ticket_stands_for_the_credential_that_made_it(user: User, kind: str) -> None:
    made_by = await KINDS[kind](user)
    caller = await come_in(await ticket_of(made_by))
    assert caller.user == user
    assert caller.credential == (await come_in(made_by)).credential


async def test_a_ticket_costs_one_query(user: User) -> None:
    claim = await claim_of(await ticket_of(await session_of(user)))

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            admit(claim)
        return len(queries)

    assert await in_db(count) == 1


async def test_a_ticket_opens_once(user: User) -> None:
    handshake = await ticket_of(await session_of(user))
    outcomes = await asyncio.gather(*(come_in(handshake) for _ in range(20)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(Caller) == 1
    assert [type(outcome) for outcome in outcomes].count(Unauthorized) == 19


@pytest.mark.parametrize("query", ["ticket=unknown", "ticket=%00", "ticket=%F0%9F%99%82", "ticket=" + "x" * 5_000])
async def test_an_unknown_ticket_is_refused_even_with_a_session(user: User, query: str) -> None:
    cookie = (await in_db(logged_in, user))[1]
    with pytest.raises(Unauthorized):
        await claim_of(scope(query, cookie=cookie, origin=OWN))


async def test_a_ticket_ends_by_itself(user: User, redis_client: Redis) -> None:
    before = [name async for name in redis_client.scan_iter("ticket:*")]
    await ticket_of(await key_of(user))
    (place,) = [name async for name in redis_client.scan_iter("ticket:*") if name not in before]
    assert 0 < await redis_client.ttl(place) <= 30


async def test_without_redis_no_ticket_is_made_or_taken(user: User) -> None:
    try:
        with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
            sync_redis.cache_clear()
            with pytest.raises(Overloaded):
                await in_db(issue_ticket, Credential("session", "x", user.pk, "y"))
            with pytest.raises(Overloaded):
                await spend_ticket("any")
    finally:
        sync_redis.cache_clear()


async def test_a_session_from_another_origin_is_forbidden(user: User) -> None:
    cookie = (await in_db(logged_in, user))[1]
    await assert_refused(scope(cookie=cookie, origin="https://evil.example"), Forbidden)
    await assert_refused(scope(cookie=cookie), Forbidden)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"cookie": "sessionid=unknown"},
        {"cookie": "sessionid=a\x00b"},
        {"authorization": "Bearer ck-unknown"},
        {"authorization": "Bearer a.b.c"},
        {"authorization": "Bearer "},
        {"authorization": "Basic YTpi"},
        {"authorization": ""},
    ],
)
async def test_strangers_are_unauthorized(headers: dict[str, str]) -> None:
    await assert_refused(scope(origin=OWN, **headers), Unauthorized)


async def test_a_key_that_only_reads_opens_no_socket(user: User) -> None:
    await assert_refused(await key_of(user, scope=AccessKey.Scope.READ), Forbidden)


async def test_a_refresh_token_opens_no_socket(user: User) -> None:
    made = await in_db(token_services.issue_tokens, user=user)
    await assert_refused(scope(authorization=f"Bearer {made.refresh}"), Unauthorized)


def deactivate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def take_chat_away(user: User) -> None:
    User.objects.filter(pk=user.pk).update(can_use_chat=False)


def change_password(user: User) -> None:
    user.set_password("another one entirely")
    user.save()


def lock_password(user: User) -> None:
    user.set_unusable_password()
    user.save(update_fields=["password"])


def end_all(user: User) -> None:
    end_credentials(user=user)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (deactivate, Unauthorized),
        (take_chat_away, Forbidden),
        (change_password, Unauthorized),
        (lock_password, Unauthorized),
        (end_all, Unauthorized),
    ],
)
async def test_every_credential_ends_with_the_right(
    user: User, kind: str, change: Any, refusal: type[AppError]
) -> None:
    handshake = await KINDS[kind](user)
    ticket = await ticket_of(handshake)
    credential = (await come_in(handshake)).credential
    await in_db(change, user)
    await assert_refused(handshake, refusal)
    await assert_refused(ticket, refusal)
    with pytest.raises(refusal):
        await in_db(admit, credential)


async def test_an_open_socket_ends_with_its_log_out_and_so_does_a_ticket(user: User) -> None:
    client, cookie = await in_db(logged_in, user)
    handshake = scope(cookie=cookie, origin=OWN)
    ticket = await ticket_of(handshake)
    credential = (await come_in(handshake)).credential
    await in_db(client.logout)
    await assert_refused(handshake, Unauthorized)
    await assert_refused(ticket, Unauthorized)
    with pytest.raises(Unauthorized):
        await in_db(admit, credential)


async def test_a_session_that_was_deleted_or_has_expired_in_the_database_is_over(user: User) -> None:
    first, second = await session_of(user), await session_of(user)
    credential = (await come_in(second)).credential
    await in_db(lambda: Session.objects.filter(pk=credential.id).update(expire_date=timezone.now()))
    await assert_refused(second, Unauthorized)
    await come_in(first)
    await in_db(lambda: Session.objects.all().delete())
    await assert_refused(first, Unauthorized)


async def test_a_revoked_key_and_a_revoked_family_open_nothing(user: User) -> None:
    key, family = await key_of(user), await tokens_of(user)
    await come_in(key)
    await come_in(family)
    await in_db(lambda: revoke_access_key(key=AccessKey.objects.get()))
    await in_db(lambda: token_services.revoke_family(family=TokenFamily.objects.get()))
    await assert_refused(key, Unauthorized)
    await assert_refused(family, Unauthorized)


async def test_a_socket_outlives_the_access_token_it_came_with_but_not_the_family(user: User) -> None:
    made = await in_db(token_services.issue_tokens, user=user)
    claims = tokens.read("access", made.access)
    credential = (await come_in(scope(authorization=f"Bearer {made.access}"))).credential
    await in_db(lambda: token_services.rotate_tokens(refresh=made.refresh))
    assert (await in_db(admit, credential)).user == user
    over = timezone.now() - timedelta(minutes=1)
    await in_db(lambda: TokenFamily.objects.filter(pk=claims.family_id).update(expires_at=over))
    with pytest.raises(Unauthorized):
        await in_db(admit, credential)
