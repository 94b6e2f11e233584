"""What browsers report about our pages."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from django.conf import settings
from django.test import Client
from prometheus_client import REGISTRY
from rest_framework.test import APIClient
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from time_machine import travel

from chatbot.accounts.models import User
from chatbot.lib.redis import sync_redis
from tests.integration.conversations.test_api import assert_error

pytestmark = pytest.mark.django_db

PATH, VIOLATIONS = "/api/v1/client-errors/", "/csp-report/"
ID = "a701a204-cc11-8a00-8001-2b7c9d1e4f60"
REPORT = {
    "kind": "render",
    "message": f"TypeError: no row {ID}",
    "stack": "draw@https://chat.example/static/chat.js?v=1:12:40",
    "url": f"https://chat.example/c/{ID}/?around=secret",
    "line": 12,
    "column": 40,
    "release": "3f2a9c",
}


def counted(kind: str) -> float:
    return REGISTRY.get_sample_value("chat_client_errors_total", {"kind": kind}) or 0


def violations(directive: str) -> float:
    return REGISTRY.get_sample_value("chat_csp_violations_total", {"directive": directive}) or 0


def violation(**fields: object) -> str:
    return json.dumps(
        {"csp-report": {"effective-directive": "img-src", "blocked-uri": "https://x.example/a", **fields}}
    )


@pytest.fixture(autouse=True)
def one_window() -> Iterator[None]:
    """Time stands still: no window ends within a test."""
    with travel("2031-06-06T12:00:00Z", tick=False):
        yield
    for name in sync_redis().scan_iter("limits:*"):
        sync_redis().delete(name)


class Kept(Transport):
    """Keeps what Sentry would be sent."""

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        """Keeps the event."""
        if event := envelope.get_event():
            self.events.append(dict(event))


class TestClientErrors:
    """Errors of scripts."""

    def test_a_report_goes_to_the_log_without_queries_and_ids_and_is_counted(
        self, api: APIClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        before = counted("render")
        with caplog.at_level(logging.WARNING, "chatbot.reports"):
            response = api.post(PATH, REPORT, format="json")
        assert (response.status_code, response.content) == (204, b"")
        assert counted("render") == before + 1
        (record,) = [one for one in caplog.records if one.name == "chatbot.reports.client_errors"]
        told = {name: value for name, value in vars(record).items() if name.startswith("client_")}
        assert told == {
            "client_kind": "render",
            "client_message": "TypeError: no row <id>",
            "client_stack": "draw@https://chat.example/static/chat.js:12:40",
            "client_url": "https://chat.example/c/<id>/",
            "client_line": 12,
            "client_column": 40,
            "client_release": "3f2a9c",
        }

    def test_sentry_hears_of_it_once_and_of_no_user(self, user: User, api: APIClient) -> None:
        kept = Kept()
        with sentry_sdk.new_scope() as scope:
            options = {**settings.SENTRY_OPTIONS, "transport": kept}
            scope.set_client(sentry_sdk.Client(dsn="https://key@sentry.example/1", **options))
            api.post(f"{PATH}?q=secret", REPORT, format="json")
        (event,) = kept.events
        assert event["message"] == "Browser: TypeError: no row <id>"
        assert event["fingerprint"] == ["client-error", "render", "TypeError: no row <id>"]
        assert str(user.pk) not in json.dumps(event, default=str)
        assert "secret" not in json.dumps(event, default=str)

    def test_ten_a_minute_are_taken_of_one_user(self, api: APIClient, other_api: APIClient) -> None:
        assert [api.post(PATH, REPORT, format="json").status_code for _ in range(11)] == [204] * 10 + [429]
        refused = api.post(PATH, REPORT, format="json")
        assert_error(refused, 429, "rate_limited")
        assert refused.headers["Retry-After"]
        assert other_api.post(PATH, REPORT, format="json").status_code == 204
        # It is a bucket of its own.
        assert api.get("/api/v1/me/").status_code == 200

    @pytest.mark.parametrize(
        "wrong",
        [{"kind": "<script>"}, {"kind": None}, {"message": ""}, {"message": 5}, {"line": "12"}, {"column": -1}],
    )
    def test_what_is_wrong_is_refused_and_not_sent_back(self, api: APIClient, wrong: dict[str, Any]) -> None:
        response = api.post(PATH, {**REPORT, **wrong}, format="json")
        error = assert_error(response, 400, "invalid_input")
        assert set(error["details"]["fields"]) == set(wrong)
        assert b"script" not in response.content

    def test_it_needs_a_session_with_its_token(self, user: User) -> None:
        assert_error(Client().post(PATH, REPORT, "application/json"), 401, "unauthorized")
        careful = Client(enforce_csrf_checks=True)
        careful.force_login(user)
        assert_error(careful.post(PATH, REPORT, "application/json"), 403, "forbidden")

    def test_long_texts_are_cut(self, api: APIClient, caplog: pytest.LogCaptureFixture) -> None:
        api.post(PATH, {**REPORT, "message": "x" * 5_000}, format="json")
        assert max(len(getattr(one, "client_message", "")) for one in caplog.records) == 1_000

    def test_a_body_is_small(self) -> None:
        assert settings.BODY_LIMITS[PATH] == settings.BODY_LIMITS[VIOLATIONS] == 8_192


class TestViolations:
    """What the policy kept from happening."""

    def test_a_violation_is_counted_and_logged_without_queries(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        before = violations("img-src")
        body = violation(
            **{"blocked-uri": "https://x.example/a?b", "document-uri": f"https://chat.example/c/{ID}/?q=s"}
        )
        response = client.post(VIOLATIONS, body, "application/csp-report")
        assert (response.status_code, response.content) == (204, b"")
        assert violations("img-src") == before + 1
        (record,) = [one for one in caplog.records if one.name == "chatbot.reports.violations"]
        told = {name: getattr(record, name) for name in ("directive", "blocked", "page", "source")}
        expected = {"directive": "img-src", "blocked": "https://x.example", "page": "https://chat.example/c/<id>/"}
        assert told == {**expected, "source": ""}

    def test_an_invented_directive_makes_no_series_of_its_own(self, client: Client) -> None:
        before = violations("other")
        client.post(VIOLATIONS, violation(**{"effective-directive": "x-src"}), "application/csp-report")
        client.post(VIOLATIONS, violation(**{"effective-directive": 5}), "application/csp-report")
        assert violations("other") == before + 2

    @pytest.mark.parametrize(
        "body", ["", "x", "[]", "{}", '{"csp-report": 5}', "\x00", '{"csp-report": {}} ' + " " * 9_000]
    )
    def test_what_is_no_report_is_dropped(self, client: Client, body: str) -> None:
        before = violations("other")
        assert client.post(VIOLATIONS, body, "application/csp-report").status_code == 204
        assert violations("other") == before

    def test_so_many_a_minute_are_looked_at_of_one_address(self, client: Client) -> None:
        before = violations("img-src")
        for _ in range(40):
            assert client.post(VIOLATIONS, violation(), "application/csp-report").status_code == 204
        assert violations("img-src") == before + 30
