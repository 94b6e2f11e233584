"""Formulas in answers: what is one, how it is drawn, and what money is not."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.chat import Chat, saying

FORMULAS = [
    "$x$", "$x^2$", "$E = mc^2$", "$5x + 3 = 18$", r"$\alpha$", "($a$)", "$a$, $b$ and $c$", "$2 + 2 = 4$",
    r"$\$5$",
    r"\(x\)", r"\(a + b\)", r"\[ x = 1 \]", "$$x$$", "$$\nx = 1\n$$", "\\[\nx\n\\]", "- $n$",
    "| $a$ |\n|---|", "**$b$**",
    r"$5 \text{ apples}$", "$0.5n$", "$f(x)$", "$A$-module", "$1$", "$O(n \\log n)$",
    "\\begin{align}\nx &= 1\n\\end{align}",
]  # fmt: skip
PLAIN = [
    "$5 and $10", "costs $5.", "US$5 or $6", "$5", "$20,000 and $30,000", "between $5-$10",
    "from $5/month to $10/month",
    "`$x$`", "```\n$x$\n```", r"\$x\$", "$ x $", "a $HOME and $PATH", r"\\(x)", "cash: $, cards: $", "$$ many dollars",
    "5$ and 6$", "it is $5, or 5$ in some places", r"\[optional\]", r"\(see below\)", "$1,000 for you and 2$",
    "jQuery uses $(this) and $(that)",
]  # fmt: skip


def count(page: Page, markdown: str) -> int:
    """How many formulas a text holds."""
    found: int = page.evaluate(
        """(text) => {
          const { element, show } = view();
          show(text, 0, true);
          return element.querySelectorAll(".math").length;
        }""",
        markdown,
    )
    return found


@pytest.mark.parametrize("markdown", FORMULAS)
def test_a_formula_is_one(renderer: Page, markdown: str) -> None:
    assert count(renderer, markdown) >= 1


@pytest.mark.parametrize("markdown", PLAIN)
def test_money_code_and_brackets_are_none(renderer: Page, markdown: str) -> None:
    assert count(renderer, markdown) == 0


def test_formulas_are_drawn_as_mathml_with_a_font_of_ours_when_the_first_one_comes(chat: Chat) -> None:
    chat.ask("Hello")
    chat.has_answered()
    assert chat.page.evaluate("document.fonts.check('16px \"STIX Two Math\"')") is True  # Nobody knows it yet.
    assert chat.page.locator("link[href*='math']").count() == 0
    chat.ask(saying("Inline $\\frac{a}{b}$ and\n\n$$\n\\sum_{i=1}^n i = \\frac{n(n+1)}{2}\n$$\n", rate=60))
    chat.has_answered()
    formulas = chat.text.locator("math")
    expect(formulas).to_have_count(2)
    expect(formulas.first.locator("mfrac")).to_be_visible()
    expect(formulas.last).to_have_attribute("display", "block")
    expect(chat.page.locator("link[href*='math']")).to_have_count(1)
    chat.page.evaluate("document.fonts.ready")
    families = (
        "[...document.fonts].filter((font) => font.status === 'loaded').map((font) => font.family.replaceAll('\"', ''))"
    )
    assert "STIX Two Math" in chat.page.evaluate(families)


def test_a_formula_that_nobody_can_read_is_its_source_with_a_reason(chat: Chat) -> None:
    chat.ask(saying(r"So $\frac{1}{$ and $x$."))
    chat.has_answered()
    source = chat.text.locator(".math-error")
    expect(source).to_have_text(r"\frac{1}{")
    assert "could not be read" in (source.get_attribute("title") or "")
    expect(chat.text.locator("math")).to_have_count(1)
