"""What has been used to make pages run foreign scripts, as answers, questions, titles and shared pages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from tests.e2e.chat import Chat, saying
from tests.e2e.product import Person, Product
from tests.e2e.talks import make_talk
from tests.e2e.test_share import SHARE
from tests.shared import rows

# What a payload would call; a page of ours never does. (eval is what Playwright itself calls; the policy forbids it.)
TRAPS = """
window.sprung = [];
for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
  window[name] = (...words) => { window.sprung.push(`${name}(${words}) ${new Error().stack}`); };
}
"""
# Each as a whole answer, and where else text can stand.
PLACES = "{0}\n\n# {0}\n\n- {0}\n\n> {0}\n\n| {0} |\n|---|\n| {0} |\n\n[x]({0}) [x](<{0}>) ![{0}]({0}) **{0}** `{0}` ${0}$\n\n```{0}\n{0}\n```\n"  # noqa: E501
PIECE = 160
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
HOSTILE_NAME = "'><img src=x onerror=alert(1)>"
FOREIGN_ELEMENTS = "script, iframe, object, embed, [onerror], [onload], [onclick], [onmouseover], [src=x]"
_MAKE_TITLES = """
from chatbot.accounts.models import User
from conversations.services import create_conversation
user = User.objects.get(username={username!r})
for title in {titles!r}:
    create_conversation(user=user, title=title[:200])
"""
FOREIGN = "img:not([data-part]), script, iframe, style, form, input, object, embed, [style]"
BATCH = 40


@pytest.fixture(scope="module")
def payloads() -> list[str]:
    """All of them."""
    return [str(row["payload"]) for row in rows("xss.jsonl")]


def test_no_payload_in_a_growing_answer_becomes_more_than_text_and_links(renderer: Page, payloads: list[str]) -> None:
    assert len(payloads) > 1_000
    renderer.evaluate(f"() => {{ {TRAPS} }}")
    found = renderer.evaluate(
        """async ([texts, piece]) => {
          const allowed = new Set(("A B BLOCKQUOTE BR BUTTON CODE DEL DIV EM FIGCAPTION FIGURE H1 H2 HR I IMG KBD "
            + "LI MARK OL P PRE S SECTION SMALL SPAN STRONG SUB SUP TABLE TBODY TD TH THEAD TR U UL").split(" "));
          const wrong = [];
          for (const text of texts) {
            const { element, show } = view();
            for (let end = piece; end < text.length; end += piece) show(text.slice(0, end), 0, false);
            show(text, 0, true);
            for (const node of element.querySelectorAll("*")) {
              const ours = node.closest("svg, math");
              const unsafe = /^on|^style$|^src|^action|^formaction|^id$|:/;
              const names = node.getAttributeNames().filter((name) => unsafe.test(name));
              if (!ours && !allowed.has(node.nodeName)) wrong.push(node.nodeName);
              if (node.localName === "svg" && !node.closest(".code-copy")) wrong.push("svg");
              if (names.some((name) => name !== "id" || !/^note-/.test(node.id))) wrong.push(names.join());
              const address = node.getAttribute("href") ?? "#note-";
              if (!/^(?:https?:|mailto:|#note-)/i.test(address)) wrong.push(address);
            }
            if (element.querySelector(".plain-notice")) wrong.push(`not rendered: ${text.slice(0, 80)}`);
            await new Promise((resolve) => setTimeout(resolve));
            element.remove();
          }
          return { wrong, sprung: window.sprung };
        }""",
        [[PLACES.replace("{0}", payload) for payload in payloads], PIECE],
    )
    assert found == {"wrong": [], "sprung": []}


def test_no_payload_in_a_conversation_runs_or_loads(
    open_context: Callable[..., BrowserContext], person: Person, product: Product, payloads: list[str]
) -> None:
    context = open_context(person)
    context.add_init_script(TRAPS)
    spread = payloads[:: len(payloads) // (4 * BATCH)][: 4 * BATCH]
    batches = [spread[start : start + BATCH] for start in range(0, len(spread), BATCH)]
    contents = ["\n\n".join([f"Batch {number}", *batch]) for number, batch in enumerate(batches)]
    talk = make_talk(product, person.username, len(contents), contents=contents, title=HOSTILE)
    chat = Chat(context.new_page()).open(f"/c/{talk}/")
    expect(chat.page).to_have_title(f"{HOSTILE} · Chatbot")
    expect(chat.conversations.first).to_contain_text(HOSTILE)
    # Of a conversation only what is near stands on the page: its end, then its beginning.
    expect_nothing_foreign(chat.page, len(contents) - 1)
    chat.page.locator(".thread").evaluate("thread => { thread.scrollTop = 0 }")
    expect(chat.questions.first).to_contain_text("Batch 0")
    chat.questions.first.evaluate("row => row.scrollIntoView({ block: 'end' })")
    expect_nothing_foreign(chat.page, 1)
    chat.page.goto(chat.page.evaluate(SHARE))
    expect_nothing_foreign(chat.page, *range(1, len(contents), 2))


def test_no_payload_in_titles_and_names_of_files_runs_or_loads(
    open_context: Callable[..., BrowserContext], person: Person, product: Product, payloads: list[str]
) -> None:
    context = open_context(person)
    context.add_init_script(TRAPS)
    titles = [payload for payload in payloads if payload.isprintable()][:: len(payloads) // BATCH][:BATCH]
    product.run(_MAKE_TITLES.format(username=person.username, titles=titles))
    chat = Chat(context.new_page()).open()
    expect(chat.conversations.first).to_contain_text(titles[-1][:10])
    names = [name for name in titles if "/" not in name and "\\" not in name][:9]
    files: list[FilePayload] = [
        {"name": f"{name}.txt", "mimeType": "text/plain", "buffer": b"Nothing."} for name in [HOSTILE_NAME, *names]
    ]
    chat.page.get_by_test_id("picker").set_input_files(files)
    expect(chat.page.locator('[data-testid="upload"][data-state="ready"]')).to_have_count(len(files))
    chat.ask(saying("Seen."))
    chat.has_answered()
    expect(chat.questions.get_by_test_id("file").first).to_contain_text(HOSTILE_NAME)
    for path in (None, "/conversations/", "/search/?q=alert", "/usage/"):
        if path:
            chat.page.goto(path)
        expect(chat.page.locator(f"main :is({FOREIGN_ELEMENTS})")).to_have_count(0)
        assert chat.page.evaluate("window.sprung") == []


def expect_nothing_foreign(page: Page, *batches: int) -> None:
    """The answers that say these are on the page, rendered, and nothing in them is more than it may be."""
    for number in batches:
        row = page.get_by_test_id("message-assistant").filter(has_text=f"Batch {number}")
        row.scroll_into_view_if_needed()
    expect(page.locator(".prose-plain")).to_have_count(0)
    expect(page.locator(f'[data-part="text"] :is({FOREIGN})')).to_have_count(0)
    assert page.evaluate("window.sprung") == []
