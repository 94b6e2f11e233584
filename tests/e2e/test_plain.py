"""The whole of a conversation with JavaScript off: links and forms alone."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.chat import CONVERSATION, counting, saying
from tests.e2e.product import ADMIN_PASSWORD, Person, Product
from tests.e2e.sizes import on_desktop_and_phone
from tests.e2e.talks import make_talk
from tests.e2e.watch import Watch


@pytest.fixture
def page(open_context: Callable[..., BrowserContext], person: Person) -> Page:
    """The empty chat page of `person`."""
    opened = open_context(person, java_script_enabled=False).new_page()
    opened.goto("/")
    return opened


def ask(page: Page, question: str) -> None:
    page.get_by_test_id("composer-input").fill(question)
    page.get_by_test_id("send").click()
    expect(page).to_have_url(CONVERSATION)


def has_answered(page: Page, text: str, status: str = "completed") -> None:
    """Waits until the page, which looks again by itself, shows the answer."""
    answer = page.get_by_test_id("message-assistant").last
    expect(answer).to_have_attribute("data-status", status)
    expect(answer.locator('[data-part="text"]')).to_contain_text(text)


@on_desktop_and_phone
def test_one_logs_in_asks_and_reads_the_answer(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto("/")
    page.locator("[name=login]").fill("admin")
    page.locator("[name=password]").fill(ADMIN_PASSWORD)
    page.locator("form button[type=submit]").first.click()
    ask(page, saying("It is Paris"))
    has_answered(page, "It is Paris")
    expect(page.get_by_test_id("message-assistant").last).to_be_in_viewport()
    page.goto("/#sidebar")
    expect(page.get_by_test_id("sidebar")).to_be_in_viewport()
    page.get_by_test_id("logout").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


@on_desktop_and_phone
def test_an_answer_is_stopped_tried_again_asked_for_anew_and_its_question_edited(page: Page) -> None:
    ask(page, counting(2_000, rate=20))
    page.get_by_test_id("plain-stop").click()
    has_answered(page, "", status="stopped")
    page.get_by_test_id("edit-link").click()
    page.get_by_test_id("wording").fill(saying("Another answer"))
    page.get_by_test_id("send-wording").click()
    has_answered(page, "Another answer")
    page.get_by_test_id("plain-regenerate").click()
    has_answered(page, "Another answer")
    answer = page.get_by_test_id("message-assistant").last
    expect(answer.get_by_role("group", name="Versions")).to_contain_text("2/2")
    page.get_by_test_id("message-user").get_by_role("button", name="Previous version").click()
    expect(page.get_by_test_id("message-assistant").last).to_have_attribute("data-status", "stopped")
    page.get_by_test_id("plain-retry").click()
    expect(page.get_by_test_id("message-assistant").last).to_have_attribute("data-status", "pending")
    page.get_by_test_id("plain-stop").click()
    has_answered(page, "", status="stopped")


def test_a_file_goes_with_a_temporary_chat_and_what_is_refused_stays(page: Page, tmp_path: Path, watch: Watch) -> None:
    # What is refused is a page that says why.
    watch.expect("status of 400")
    good, bad = tmp_path / "milk.txt", tmp_path / "bad.exe"
    good.write_text("Buy milk")
    bad.write_bytes(b"MZ\x00\x01\x02\x03")
    page.get_by_test_id("composer-input").fill(saying("I have read it"))
    page.get_by_test_id("temporary").check()
    page.get_by_test_id("files").set_input_files([good, bad])
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("not-sent")).to_contain_text("bad.exe:")
    expect(page.get_by_test_id("composer-input")).to_have_value(saying("I have read it"))
    expect(page.get_by_test_id("kept-file")).to_be_checked()
    expect(page.get_by_test_id("temporary")).to_be_checked()
    page.get_by_test_id("send").click()
    has_answered(page, "I have read it")
    page.get_by_test_id("settings-link").click()
    expect(page.get_by_text("This is a temporary chat")).to_be_visible()


@on_desktop_and_phone
def test_a_hit_deep_in_a_long_conversation_is_found_and_all_of_it_can_be_read(
    page: Page, product: Product, person: Person
) -> None:
    talk = make_talk(product, person.username, 200)
    page.goto("/search/?q=%22Question+100%22")
    page.get_by_test_id("hit").click()
    expect(page.get_by_text("Question 100", exact=True)).to_be_in_viewport()
    page.get_by_test_id("newer").click()
    expect(page.get_by_text("Question 126", exact=True)).to_be_attached()
    page.get_by_test_id("newest").click()
    expect(page.get_by_test_id("message-assistant").last).to_be_in_viewport()
    for _ in range(3):
        page.get_by_test_id("earlier").click()
    expect(page.get_by_text("Question 0", exact=True)).to_be_attached()
    assert f"/c/{talk}/" in page.url


@on_desktop_and_phone
def test_a_conversation_is_named_kept_taken_along_and_deleted(page: Page) -> None:
    ask(page, saying("Fine"))
    has_answered(page, "Fine")
    page.get_by_test_id("settings-link").click()
    page.get_by_label("Title").fill("Holidays")
    page.get_by_label("Folder").fill("Trips")
    page.get_by_label("System prompt").fill("Be kind.")
    page.get_by_test_id("save").click()
    expect(page.locator("h1", has_text="Holidays")).to_be_visible()
    page.get_by_test_id("settings-link").click()
    page.get_by_test_id("export-markdown").click()
    expect(page.get_by_test_id("exports")).to_contain_text("Holidays")
    page.goto("/conversations/?folder=Trips")
    page.get_by_role("link", name="Settings: Holidays").click()
    page.get_by_test_id("mark-archived").click()
    page.goto("/conversations/?archived=1")
    page.get_by_role("link", name="Holidays", exact=True).click()
    page.get_by_test_id("settings-link").click()
    page.get_by_test_id("remove").click()
    page.get_by_test_id("confirm-delete").click()
    expect(page.get_by_test_id("message")).to_contain_text("“Holidays” was deleted.")


def test_a_chat_begins_with_a_prompt_of_ones_own(page: Page) -> None:
    page.goto("/presets/")
    page.get_by_label("Name").fill("Editor")
    page.get_by_label("Text").fill("Be brief.")
    page.get_by_test_id("save-preset").click()
    page.get_by_role("link", name="Begin a chat with: Editor").click()
    page.get_by_test_id("begin").click()
    expect(page).to_have_url(CONVERSATION)
    page.get_by_test_id("settings-link").click()
    expect(page.get_by_label("System prompt")).to_have_value("Be brief.")
