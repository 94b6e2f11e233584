"""The documents of the API in the browser."""

from playwright.sync_api import BrowserContext, expect

from tests.e2e.sizes import on_desktop_and_phone


@on_desktop_and_phone
def test_an_operation_is_read_and_tried_with_the_own_session(context: BrowserContext) -> None:
    page = context.new_page()
    page.goto("/api/docs/")
    operation = page.locator("#operations-Account-read_profile")
    operation.locator(".opblock-summary-control").click()
    expect(operation).to_contain_text("Who the caller is, and what their tier allows.")
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table tbody .response-col_status")).to_contain_text("200")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
