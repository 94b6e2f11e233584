"""Errors of the page are told to the server, without what people wrote."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Request

from tests.e2e.chat import Chat
from tests.e2e.watch import Watch

SECRET = "what I wrote to nobody else"


@pytest.fixture
def reports(chat: Chat, watch: Watch) -> list[dict[str, Any]]:
    """What the page has reported so far."""
    watch.expect("page error")
    watch.expect("Failed to load resource")
    watch.expect("MIME type")
    sent: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/api/v1/client-errors/"):
            sent.append(json.loads(request.post_data or "{}"))

    chat.page.on("request", note)
    return sent


def taken(page: Page, script: str, argument: object = None) -> dict[str, Any]:
    """Runs the script; the report that it led to, which the server has taken."""
    with page.expect_response("**/api/v1/client-errors/") as answered:
        page.evaluate(script, argument)
    assert answered.value.status == 204
    report: dict[str, Any] = json.loads(answered.value.request.post_data or "{}")
    return report


def test_what_nobody_caught_is_reported_without_what_was_written(chat: Chat, reports: list[dict[str, Any]]) -> None:
    page = chat.page
    error = taken(page, "secret => { setTimeout(() => JSON.parse(secret)) }", SECRET)
    assert error["kind"] == "error"
    assert error["message"].startswith("SyntaxError")
    null = taken(page, "() => { setTimeout(() => null.reading) }")
    assert null["message"] == "TypeError: Cannot read properties of null (reading 'reading')"
    assert null["stack"]
    promise = taken(page, "secret => { Promise.reject(new Error(`Odd formula: ${secret}\\n${secret}`)) }", SECRET)
    assert (promise["kind"], promise["message"]) == ("promise", "Error: Odd formula")
    thing = taken(page, "secret => { Promise.reject(secret) }", SECRET)
    assert thing["message"] == "A string was thrown"
    render = taken(
        page,
        """secret => document.dispatchEvent(
             new CustomEvent("chatbot:render-error", { detail: { error: new RangeError(`'${secret}' is long`) } }))""",
        SECRET,
    )
    assert (render["kind"], render["message"]) == ("render", "RangeError: … is long")
    assert SECRET not in json.dumps(reports)
    assert len(reports) == 5


def test_each_error_is_reported_once_and_five_in_a_minute_at_most(chat: Chat, reports: list[dict[str, Any]]) -> None:
    taken(chat.page, "() => { for (let i = 0; i < 3; i += 1) setTimeout(() => { throw new Error('again') }) }")
    chat.page.evaluate(
        """() => new Promise((resolve) => {
          for (let i = 0; i < 20; i += 1) setTimeout(() => { throw new Error(`number ${i}`) });
          setTimeout(resolve, 100);
        })"""
    )
    assert [report["message"] for report in reports] == ["Error: again", *(f"Error: number {i}" for i in range(4))]


def test_styles_that_do_not_load_are_reported(chat: Chat, reports: list[dict[str, Any]]) -> None:
    report = taken(
        chat.page,
        """() => {
          const link = document.createElement("link");
          link.rel = "stylesheet";
          link.href = "/static/nothing.css?whose=mine";
          document.head.append(link);
        }""",
    )
    assert (report["kind"], report["message"]) == ("other", "A file did not load")
    assert "/static/nothing.css" in report["url"]
    assert len(reports) == 1


def test_a_report_that_cannot_be_sent_leads_to_no_other(chat: Chat, reports: list[dict[str, Any]]) -> None:
    chat.page.route("**/api/v1/client-errors/", lambda route: route.abort())
    with chat.page.expect_event("requestfailed", lambda request: "client-errors" in request.url):
        chat.page.evaluate("() => { setTimeout(() => { throw new Error('lost') }) }")
    chat.page.evaluate("() => new Promise((resolve) => setTimeout(resolve, 100))")
    assert len(reports) == 1
