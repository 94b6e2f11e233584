"""A newer version of the page."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.chat import Chat
from tests.e2e.test_accessibility import barriers
from tests.e2e.watch import Watch

# Lets the page believe that it is of the build before, until it is loaded anew.
OF_BEFORE = """() => {
  window.ofBefore = true;
  const post = ServiceWorker.prototype.postMessage;
  ServiceWorker.prototype.postMessage = function (message, ...more) {
    const changed = message?.type === "is-yours" ? { ...message, file: "/static/chat.of-before.js" } : message;
    return post.call(this, changed, ...more);
  };
}"""
NEWER = """() => {
  const policy = trustedTypes.createPolicy("chatbot", { createScriptURL: (address) => address });
  return navigator.serviceWorker.register(policy.createScriptURL("/service-worker.js?newer")).then(() => {});
}"""


def until(page: Page, condition: str) -> None:
    """Waits until a function of the page, which may take its time, says yes."""
    page.evaluate(
        f"async () => {{ while (!(await ({condition})())) await new Promise((next) => setTimeout(next, 50)); }}"
    )


def is_served(page: Page) -> None:
    """Waits until the worker stands behind the page and has kept what it needs."""
    until(page, "async () => navigator.serviceWorker.controller && (await caches.match('/'))")


def test_a_newer_version_is_offered_and_taken_without_losing_a_draft(chat: Chat, context: BrowserContext) -> None:
    page, prompt = chat.page, chat.page.get_by_test_id("update")
    other = Chat(context.new_page()).open()
    for tab in (page, other.page):
        is_served(tab)
        tab.evaluate(OF_BEFORE)
    chat.composer.fill("Not finished yet")
    page.evaluate(NEWER)
    expect(prompt).to_be_visible()
    assert barriers(page) == []
    assert page.evaluate("ofBefore")
    page.get_by_test_id("update-reload").click()
    page.wait_for_function("() => !window.ofBefore")
    expect(chat.composer).to_have_value("Not finished yet")
    expect(prompt).to_be_hidden()
    # Nobody has asked for it there.
    expect(other.page.get_by_test_id("update")).to_be_visible()
    assert other.page.evaluate("ofBefore")
    other.page.get_by_test_id("update-later").click()
    expect(other.page.get_by_test_id("update")).to_be_hidden()


def test_a_page_that_is_new_itself_is_not_offered_another(chat: Chat) -> None:
    is_served(chat.page)
    chat.page.evaluate(
        f"""() => new Promise((resolve) => {{
          navigator.serviceWorker.addEventListener("controllerchange", resolve);
          ({NEWER})();
        }})"""
    )
    expect(chat.page.get_by_test_id("update")).to_be_hidden()


def test_a_script_that_is_gone_leads_to_the_offer_and_to_no_error(context: BrowserContext, watch: Watch) -> None:
    watch.expect("status of 404")
    page = context.new_page()
    page.route("**/static/chunks/keys-*.js", lambda route: route.fulfill(status=404))
    chat = Chat(page).open()
    expect(page.get_by_test_id("update")).to_be_visible()
    chat.composer.fill("Still here")
    expect(chat.send).to_be_enabled()
