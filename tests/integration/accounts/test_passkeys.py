"""Whatever is sent in the place of a passkey is refused, and nothing breaks over it. Real ones are for the browser."""

import base64
import json
from typing import Any

import pytest
from allauth.core.context import request_context
from allauth.mfa.webauthn.internal import auth
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatbot.accounts.models import User
from chatbot.accounts.passkeys import AddPasskey, LogInByPasskey

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
NAMES = (
    *("id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "attestationObject", "signature"),
    *("userHandle", "clientExtensionResults", "transports"),
)
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.binary(max_size=80).map(lambda some: base64.urlsafe_b64encode(some).decode().rstrip("="))
    | st.just(base64.urlsafe_b64encode(b'{"type": "webauthn.get", "challenge": "eA", "origin": 1}').decode()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "null",
        "1",
        "[]",
        '"text"',
        "{}",
        "NaN",
        '{"a": NaN}',
        '{"a": "\\ud800"}',
        '{"id": null, "response": null}',
        "[" * 100_000,
        '{"a":' * 5_000 + "1" + "}" * 5_000,
        "9" * 5_000,
        "x" * 100_000,
    ],
    ids=lambda value: str(value)[:20] or "empty",
)
def test_what_is_no_passkey_signs_nobody_in(credential: str) -> None:
    web = Client()
    options = web.get("/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"}).json()
    assert options["request_options"]["publicKey"]["challenge"]
    response = web.post("/accounts/2fa/webauthn/login/", {"credential": credential})
    assert response["Location"] == LOGIN
    assert web.get("/").status_code == 302


def test_challenges_are_limited_by_address() -> None:
    web = Client(REMOTE_ADDR="192.0.2.9", headers={"Accept": "application/json"})
    answers = [web.get("/accounts/2fa/webauthn/login/").status_code for _ in range(61)]
    assert answers == [200] * 60 + [429]


def request_with(session: SessionBase) -> Any:
    request = RequestFactory().post("/")
    request.session = session
    return request


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(credential=st.dictionaries(st.sampled_from(NAMES), JUNK, max_size=8))
def test_no_junk_breaks_the_reading_of_a_passkey(user: User, credential: dict[str, Any]) -> None:
    text = json.dumps(credential)
    with request_context(request_with(SessionStore())):
        auth.begin_authentication(None)
        assert not LogInByPasskey({"credential": text}).is_valid()
        auth.begin_registration(user, True)
        assert not AddPasskey({"credential": text}, user=user).is_valid()
