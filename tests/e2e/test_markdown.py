"""How answers look, and what they must never do."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.chat import Chat, saying

CODE = 'def greet(name: str) -> str:\n    return f"Hello, {name} < & >"'
HOSTILE = """
<img src="https://evil.example/a.png" onerror="document.title = 'owned'">
<script>document.title = 'owned'</script>
<iframe src="https://evil.example/"></iframe> <style>body { display: none }</style>
<form action="https://evil.example/"><input name="password"></form>

[a link](javascript:document.title='owned') and [data](data:text/html,<script>1</script>)
and ![a picture](https://evil.example/b.png) and <a href="javascript:alert(1)">html</a>
and <b onmouseover="document.title='owned'">bold</b> and [a fine one](https://example.org/ "title")

<svg onload="document.title='owned'"></svg>

| <img src=x onerror=alert(1)> | b |
|---|---|
| <script>alert(1)</script> | ![x](//evil.example/c.png) |

```html"><img src=x onerror=alert(1)>
<script>document.title = 'owned'</script>
```
"""


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    """The browser of `person`, in which a page may use the clipboard."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    return context


def test_code_is_coloured_and_its_button_copies_it(chat: Chat) -> None:
    chat.ask(saying(f"Here:\n\n```python\n{CODE}\n```\n\nThat is all."))
    chat.has_answered()
    block = chat.answer.locator("figure.code")
    expect(block.locator(".hljs-keyword").first).to_have_text("def")
    expect(block.locator("figcaption")).to_contain_text("python")
    expect(block.locator("code")).to_have_text(CODE, use_inner_text=True)
    copy = block.get_by_test_id("copy-code")
    copy.click()
    expect(copy).to_have_text("Copied")
    assert chat.page.evaluate("navigator.clipboard.readText()") == CODE
    expect(copy).to_have_text("Copy")


def test_the_whole_answer_is_copied_as_it_was_written(chat: Chat) -> None:
    chat.ask(saying("Some **bold** words"))
    chat.has_answered("Some bold words")
    copy = chat.answer.get_by_test_id("copy-answer")
    copy.click()
    expect(copy).to_have_attribute("data-copied", "")
    assert chat.page.evaluate("navigator.clipboard.readText()") == "Some **bold** words"


def test_markdown_becomes_a_table_lists_and_headings(chat: Chat) -> None:
    markdown = "## Fruit\n\n| name | price |\n|---|--:|\n| Apple | 2 |\n| Pear | 3 |\n\n1. one\n2. two\n\n- [x] done"
    chat.ask(saying(markdown, rate=60))
    chat.has_answered()
    table = chat.answer.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["name", "price"])
    expect(table.get_by_role("cell")).to_have_text(["Apple", "2", "Pear", "3"])
    expect(chat.text.get_by_role("heading", name="Fruit")).to_be_visible()
    expect(chat.text.locator("ol > li")).to_have_text(["one", "two"])


@pytest.mark.parametrize("rate", [0, 60], ids=["at once", "token by token"])
def test_nothing_hostile_in_an_answer_runs_or_loads(chat: Chat, rate: int) -> None:
    title = chat.page.title()
    chat.ask(saying(HOSTILE, rate=rate) if rate else saying(HOSTILE))
    chat.has_answered()
    for _ in range(2):
        expect(chat.text).to_contain_text("a fine one")
        forbidden = "img, script, iframe, style, svg, form, input, object, embed, [onerror], [onload], [onmouseover]"
        assert chat.text.locator(forbidden).count() == chat.text.locator(".code-copy svg").count()
        addresses = chat.text.locator("a[href]").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
        assert all(address.startswith("https://") for address in addresses)
        fine = chat.text.get_by_role("link", name="a fine one")
        expect(fine).to_have_attribute("rel", "noopener noreferrer nofollow")
        chat.text.get_by_text("a link").click()
        chat.text.get_by_text("bold").hover()
        assert "owned" not in chat.page.title()
        chat.page.reload()
        chat.has_answered()
    assert title


def test_a_question_is_shown_as_it_was_typed(chat: Chat) -> None:
    question = "<b>not bold</b> **nor this** <img src=x onerror=alert(1)>\n  kept   spaces"
    chat.ask(question)
    chat.has_answered()
    expect(chat.questions.locator('[data-part="text"]')).to_have_text(question, use_inner_text=True)
    chat.page.reload()
    expect(chat.questions.locator('[data-part="text"]')).to_have_text(question, use_inner_text=True)
