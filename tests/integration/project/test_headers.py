"""What pages and answers tell browsers about themselves."""

from typing import Any

import pytest
from django.test import Client

from chatbot.accounts.models import User
from conversations.shares import share_conversation
from tests.factories import make_conversation

pytestmark = pytest.mark.django_db


def policy(response: Any) -> dict[str, str]:
    """The directives of the Content-Security-Policy."""
    parts = (part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


@pytest.fixture
def pages(user: User, web: Client) -> dict[str, Any]:
    """A page of each kind."""
    talk = make_conversation(user, messages=2)
    share = share_conversation(user=user, conversation_id=talk.pk)
    paths = [
        "/",
        f"/c/{talk.pk}/",
        f"/c/{talk.pk}/settings/",
        f"/s/{share.token}/",
        "/accounts/",
        "/offline/",
        "/nothing/",
    ]
    return {path: web.get(path) for path in paths}


def test_a_page_loads_nothing_inline_nothing_evaluated_and_nothing_from_elsewhere(pages: dict[str, Any]) -> None:
    for path, response in pages.items():
        directives = policy(response)
        assert directives["default-src"] == "'none'", path
        sources = {value for name, value in directives.items() if name.endswith("-src")}
        assert sources == {"'none'", "'self'", "'self' data: blob:"}, path
        assert directives["base-uri"] == directives["frame-ancestors"] == "'none'"
        assert directives["form-action"] == "'self'"
        assert directives["report-uri"] == "/csp-report/"


def test_a_page_asks_for_no_powers_and_belongs_to_no_other_site(pages: dict[str, Any]) -> None:
    for path, response in pages.items():
        assert "camera=()" in response.headers["Permissions-Policy"], path
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert response.headers["X-Content-Type-Options"] == "nosniff", path


def test_data_is_no_page(web: Client) -> None:
    for path in ("/api/v1/me/", "/api/v1/nothing/", "/health/live"):
        assert policy(web.get(path)) == {"default-src": "'none'", "frame-ancestors": "'none'"}, path


def test_what_a_view_says_of_itself_holds(web: Client) -> None:
    worker = web.get("/service-worker.js")
    assert policy(worker)["connect-src"] == "'self'"


def test_trusted_types_hold_where_scripts_show_what_models_write(user: User, web: Client) -> None:
    talk = make_conversation(user, messages=2)
    share = share_conversation(user=user, conversation_id=talk.pk)
    shown = [web.get(path) for path in ("/", f"/c/{talk.pk}/", f"/s/{share.token}/")]
    for page in [*shown, web.post("/send/", {"content": "Hello"})]:
        assert policy(page)["require-trusted-types-for"] == "'script'"
        assert policy(page)["trusted-types"] == "dompurify chatbot 'allow-duplicates'"
    assert "trusted-types" not in policy(web.get("/accounts/"))
