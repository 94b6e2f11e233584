"""What staff do in the admin, and that it takes effect."""

import json
import re
from collections.abc import Callable
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.chat import Chat
from tests.e2e.product import ADMIN_PASSWORD, Person, Product
from tests.e2e.watch import Watch


@pytest.fixture
def admin(open_context: Callable[..., BrowserContext], administrator: Person) -> Page:
    """A tab of the administrator's."""
    return open_context(administrator).new_page()


def test_the_administrator_logs_in_at_the_admin_and_finds_what_there_is(stranger: Chat) -> None:
    page = stranger.page
    page.goto("/admin/")
    page.get_by_label("Login").fill("admin")
    page.get_by_label("Password").fill(ADMIN_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    for name in ("Conversations", "Providers", "Generations", "Policies", "Audit log", "Access keys"):
        expect(page.locator("#content th").get_by_role("link", name=name, exact=True)).to_be_visible()
    page.get_by_role("link", name="Open the chat").click()
    expect(stranger.composer).to_be_visible()


def test_staff_read_a_conversation_on_one_page(chat: Chat, admin: Page) -> None:
    chat.ask("Where is the <b>key</b>?")
    chat.has_answered()
    conversation = chat.page.url.rstrip("/").rpartition("/")[2]
    admin.goto("/admin/conversations/conversation/")
    admin.get_by_role("textbox").fill(conversation)
    admin.get_by_role("button", name="Search").click()
    admin.locator("#result_list tbody th a").click()
    transcript = admin.get_by_test_id("transcript")
    expect(transcript).to_contain_text("Where is the <b>key</b>?")
    expect(transcript).to_contain_text("This is the **scripted provider**")


def test_the_connection_to_a_provider_can_be_tried(admin: Page) -> None:
    admin.goto("/admin/streaming/provider/")
    admin.locator("#result_list tbody input[type=checkbox]").first.check()
    admin.locator("select[name=action]").select_option(label="Test connection")
    admin.get_by_role("button", name=re.compile("^(Go|Run)")).click()
    expect(admin.locator(".messagelist .success")).to_contain_text("works: first token after")


def test_a_new_access_key_is_shown_once_and_opens_the_api(admin: Page, product: Product) -> None:
    admin.goto("/admin/accounts/accesskey/add/")
    admin.locator(".field-user .select2-selection").click()
    admin.locator(".select2-search__field").fill("admin")
    admin.get_by_role("option", name="admin", exact=True).click()
    admin.get_by_label("Name:", exact=True).fill("of a test")
    admin.get_by_role("button", name="Save and continue editing").click()
    notice = admin.locator(".messagelist .warning")
    expect(notice).to_contain_text("it is not shown again")
    key = (re.search(r"ck-\S+", notice.inner_text()) or [""])[0]
    request = Request(f"{product.url}/api/v1/conversations/", headers={"Authorization": f"Bearer {key}"})
    with urlopen(request, timeout=10) as answer:
        assert "results" in json.load(answer)
    admin.reload()
    expect(admin.get_by_label("Name:", exact=True)).to_have_value("of a test")
    assert key not in admin.content()
    admin.goto("/admin/accounts/accesskey/")
    assert key not in admin.content()


def test_a_policy_made_by_staff_blocks_a_message_and_gives_it_back(admin: Page, chat: Chat) -> None:
    admin.goto("/admin/moderation/policy/add/")
    admin.get_by_label("Name:", exact=True).fill("Trade secrets")
    admin.get_by_text("Add another Rule").click()
    admin.locator("#id_rules-0-value").fill("projekt xanadu")
    admin.locator("#id_rules-0-category").fill("secrets")
    admin.locator("#id_rules-0-action").select_option("block")
    admin.locator("#id_rules-0-message").fill("Do not speak of our projects.")
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator(".messagelist .success")).to_contain_text("was added successfully")

    chat.composer.fill("Tell me about Projekt Xanadu")
    chat.composer.press("Enter")
    expect(chat.notice).to_contain_text("Do not speak of our projects.")
    expect(chat.composer).to_have_value("Tell me about Projekt Xanadu")
    expect(chat.questions).to_have_count(0)
    chat.composer.fill("Tell me about something else")
    chat.composer.press("Enter")
    expect(chat.notice).to_be_hidden()
    chat.has_answered()

    admin.goto("/admin/moderation/verdict/")
    expect(admin.locator("#result_list")).to_contain_text("Trade secrets")


def test_a_user_without_staff_rights_is_kept_out(chat: Chat, watch: Watch) -> None:
    watch.expect("status of 403")
    expect(chat.page.get_by_test_id("admin-link")).to_have_count(0)
    chat.page.goto("/admin/")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("This page is not for you")
