"""The signed form of tokens: only ours are believed, and only for what they are."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.utils import timezone
from pytest_django import Settings

from chatbot.accounts import tokens
from chatbot.accounts.models import TokenFamily
from chatbot.lib.errors import Unauthorized


@pytest.fixture
def family() -> TokenFamily:
    return TokenFamily(user_id=uuid4(), credentials_version=3, expires_at=timezone.now() + timedelta(days=1))


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_token_says_whose_it_is_and_in_which_family(family: TokenFamily) -> None:
    claims = tokens.read("refresh", tokens.sign("refresh", family))
    assert (claims.user_id, claims.family_id, claims.version) == (family.user_id, family.pk, 3)
    assert claims.token_id == family.current
    assert tokens.read("access", tokens.sign("access", family)).token_id != family.current


def test_an_access_token_is_no_refresh_token_and_the_other_way_round(family: TokenFamily) -> None:
    with pytest.raises(Unauthorized):
        tokens.read("refresh", tokens.sign("access", family))
    with pytest.raises(Unauthorized):
        tokens.read("access", tokens.sign("refresh", family))


def test_a_token_that_has_ended_is_read_only_to_revoke_it(family: TokenFamily) -> None:
    family.expires_at = timezone.now() - timedelta(seconds=1)
    late = tokens.sign("refresh", family)
    with pytest.raises(Unauthorized, match="ended"):
        tokens.read("refresh", late)
    assert tokens.read("refresh", late, expired=True).family_id == family.pk


def test_a_token_under_another_secret_is_not_ours_unless_that_was_the_secret_before(
    family: TokenFamily, settings: Settings
) -> None:
    before = settings.SECRET_KEY
    token = tokens.sign("access", family)
    settings.SECRET_KEY = "another secret that is as long as a secret ought to be, and longer"
    with pytest.raises(Unauthorized):
        tokens.read("access", token)
    settings.SECRET_KEY_FALLBACKS = [before]
    assert tokens.read("access", token).family_id == family.pk


def test_the_secret_itself_signs_nothing(family: TokenFamily, settings: Settings) -> None:
    claims = jwt.decode(tokens.sign("access", family), options={"verify_signature": False})
    with pytest.raises(Unauthorized):
        tokens.read("access", jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256"))


def test_a_token_without_a_signature_is_nobodys(family: TokenFamily) -> None:
    _, body, _ = tokens.sign("access", family).split(".")
    for algorithm in ("none", "None", "HS256", "RS256"):
        with pytest.raises(Unauthorized):
            tokens.read("access", f"{part({'alg': algorithm, 'typ': 'JWT'})}.{body}.")


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "ü.b.c",
        "\ud800.b.c",
        "x" * 100_000,
        f"{part(b'[' * 1_400)}.e30.e30",
        f"{part(b'{')}.e30.e30",
        f"{part([1])}.e30.e30",
        f"{part({'alg': ['HS256']})}.e30.e30",
        f"{part({'alg': 'HS256', 'crit': ['x']})}.e30.e30",
        f"{part({'alg': 'HS256', 'kid': 7})}.e30.e30",
        part(b'{"alg": 1' + b"0" * 1_000 + b"}") + ".e30.e30",
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthorized):
        tokens.read("access", token)


@pytest.mark.parametrize("change", [{"sub": "ann"}, {"fam": None}, {"jti": "7"}, {"typ": None}, {"sub": None}])
def test_a_token_of_ours_that_says_nonsense_is_refused(
    family: TokenFamily, settings: Settings, change: dict[str, object]
) -> None:
    token = tokens.sign("access", family)
    claims = {**jwt.decode(token, options={"verify_signature": False}), **change}
    odd = jwt.encode(claims, tokens._signing_key(settings.SECRET_KEY), algorithm="HS256")
    with pytest.raises(Unauthorized):
        tokens.read("access", odd)
