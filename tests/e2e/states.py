"""Every state of the chat page that a user can come to, one after the other, for what must hold in all of them."""

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, expect

from tests.e2e.chat import Chat, saying

ANSWER = """## A plan for the weekend

Some *text* with `code`, a [link](https://example.org/) and a quotation:

> Well begun is half done.

```python
# greets
def greet(name: str = "you") -> None:
    print(f"Hello, {name}", 42)
```

| what | how much |
|---|--:|
| Tea | 2 |
| Biscuits | 12 |

1. Put the kettle on
2. Wait, with $t \\approx 4$ minutes

- [x] Cups
- [ ] Milk
"""
State = tuple[str, Chat]


def quiet(chat: Chat) -> Chat:
    """Closes what is open, and lets go of what is pointed at."""
    chat.page.keyboard.press("Escape")
    chat.page.mouse.move(0, 0)
    return chat


def _menu(chat: Chat) -> Locator:
    chat.open_sidebar()
    row = chat.sidebar.locator("li", has=chat.conversations).first
    row.hover()
    row.get_by_test_id("conversation-menu").click()
    menu = chat.page.get_by_test_id("menu")
    expect(menu).to_be_visible()
    return menu


def _close_sidebar(chat: Chat) -> None:
    closer = chat.page.get_by_test_id("close-sidebar")
    if closer.is_visible():
        closer.click()


def asking(chat: Chat) -> Iterator[State]:
    """From the empty page to answers of every kind."""
    yield "empty", chat
    chat.composer.fill("What shall we do at the weekend?\nIt may rain.")
    yield "draft", chat
    chat.composer.fill("")
    chat.ask("Write slowly. [[fake: tokens=400 rate=20]]")
    expect(chat.text).to_contain_text("word5")
    yield "answering", chat
    chat.stop.click()
    chat.has_answered(status="stopped")
    yield "stopped", chat
    chat.ask(saying(ANSWER))
    chat.has_answered()
    expect(chat.answer.locator(".hljs-keyword").first).to_be_visible()
    chat.answer.hover()
    chat.answer.get_by_test_id("details").click()
    yield "answered", chat
    chat.ask("Are you well? [[fake: 422]]")
    chat.has_answered(status="failed")
    yield "failed", quiet(chat)
    chat.ask("And now? [[fake: 429 retry_after=30]]")
    expect(chat.progress).to_contain_text("Retrying in")
    yield "retrying", chat
    chat.stop.click()
    chat.has_answered(status="stopped")


def messages(chat: Chat) -> Iterator[State]:
    """What is done with messages: edited, asked anew, judged; and their files."""
    chat.ask(saying("It is **Paris**."))
    chat.has_answered()
    chat.questions.last.hover()
    chat.questions.last.get_by_test_id("edit").click()
    expect(chat.page.get_by_test_id("editor-input")).to_be_visible()
    yield "editing", chat
    chat.page.get_by_test_id("editor").get_by_role("button", name="Cancel").click()
    chat.answer.hover()
    chat.answer.get_by_test_id("regenerate").click()
    expect(chat.answer.get_by_role("group", name="Versions")).to_contain_text("2 / 2")
    chat.has_answered()
    yield "versions", chat
    chat.answer.get_by_test_id("report").click()
    yield "report", chat
    quiet(chat)


def files(chat: Chat, folder: Path) -> Iterator[State]:
    """Files before and after they are sent."""
    good, bad = folder / "shopping list.txt", folder / "program.exe"
    good.write_text("Buy milk.\n" * 40)
    bad.write_bytes(b"MZ\x00\x01\x02\x03")
    chat.page.get_by_test_id("picker").set_input_files([good, bad])
    expect(chat.page.locator('[data-testid="upload"][data-state="ready"]')).to_have_count(1)
    expect(chat.page.locator('[data-testid="upload"][data-state="failed"]')).to_have_count(1)
    yield "files", chat
    chat.page.get_by_role("button", name="Remove program.exe").click()
    chat.ask(saying("That is a long list."))
    chat.has_answered()
    yield "files sent", chat


def conversations(chat: Chat) -> Iterator[State]:
    """The list, its menu and dialogs, search, and the pages in the sheet."""
    page = chat.page
    for number in range(3):
        page.goto("/")
        chat.ask(saying(f"Answer {number}"))
        chat.has_answered()
    chat.open_sidebar()
    yield "list", chat
    _menu(chat)
    yield "menu", chat
    for choice, dialog in (("rename", "rename-dialog"), ("folder", "folder-dialog"), ("share", "share-dialog")):
        if choice != "rename":
            _menu(chat)
        page.get_by_test_id(choice).click()
        expect(page.get_by_test_id(dialog)).to_be_visible()
        yield choice, chat
        quiet(chat)
    chat.open_sidebar().get_by_test_id("search").fill("answer")
    expect(page.get_by_test_id("search-status")).to_contain_text("found")
    yield "search", chat
    page.get_by_test_id("search").fill("")
    _menu(chat)
    page.get_by_test_id("delete").click()
    expect(page.get_by_test_id("toast")).to_be_visible()
    _close_sidebar(chat)
    yield "deleted", chat
    for link, name in (("prompts-link", "prompts"), ("all-link", "all conversations"), ("usage", "usage")):
        chat.open_sidebar().get_by_test_id(link).click()
        expect(page.get_by_test_id("sheet").locator("h1")).to_be_visible()
        yield name, chat
        page.get_by_test_id("sheet-close").click()
    _close_sidebar(chat)
    page.goto("/")
    for name in ("set up", "settings"):
        page.get_by_test_id("settings-link").click()
        expect(page.get_by_test_id("sheet").locator("h1")).to_be_visible()
        yield name, chat
        page.get_by_test_id("sheet-close").click()
        if name == "set up":
            page.get_by_test_id("begin-temporary").click()
            expect(page.get_by_test_id("temporary-badge")).to_be_visible()
            yield "temporary", chat


def keyboard(chat: Chat) -> Iterator[State]:
    """What the keyboard opens."""
    page = chat.page
    page.keyboard.press("Control+k")
    page.get_by_test_id("palette-input").fill("the")
    expect(page.get_by_test_id("palette-option").first).to_be_visible()
    yield "palette", chat
    page.keyboard.press("Escape")
    page.keyboard.press("Control+/")
    expect(page.get_by_test_id("keys-sheet")).to_be_visible()
    yield "shortcuts", chat
    page.keyboard.press("Escape")


def offline(chat: Chat, context: BrowserContext) -> Iterator[State]:
    """Without a connection."""
    chat.ask(saying("Before"))
    chat.has_answered()
    context.set_offline(True)
    chat.composer.fill("And after?")
    chat.composer.press("Enter")
    expect(chat.questions.last).to_have_attribute("data-status", "sending")
    expect(chat.page.get_by_test_id("connection")).to_be_visible()
    yield "offline", chat
    context.set_offline(False)
    chat.has_answered()


def every_state(chat: Chat, context: BrowserContext, folder: Path) -> Iterator[State]:
    """All of them, in one tab of `context`."""
    yield from asking(chat)
    chat.open()
    yield from messages(chat)
    chat.open()
    yield from files(chat, folder)
    yield from conversations(chat)
    chat.open()
    yield from keyboard(chat)
    yield from offline(chat, context)
