"""What an answer may cost: as much as it is long, whatever stands in it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, Page

LONG, SHORT = 100_000, 25_000
# Processor time: of the longer text to that of the one a quarter as long; below the second figure nobody asks.
MOST_GROWTH, UNNOTICED_SECONDS = 8.0, 0.4
MOST_SECONDS = 6.0
PIECE = 500


def again(piece: str, before: str = "", after: str = "") -> Callable[[int], str]:
    """A text of `piece` again and again."""
    return lambda length: before + (piece * (length // len(piece) + 1))[:length] + after


def numbered(piece: str, after: str = "") -> Callable[[int], str]:
    """Pieces with numbers in them, half of the text, and as many of `after`."""

    def make(length: int) -> str:
        size = len(piece.format(10_000)) + len(after.format(10_000))
        numbers = range(length // size)
        return "".join(map(piece.format, numbers)) + "\n\n" + "".join(map(after.format, numbers))

    return make


TEXTS: dict[str, Callable[[int], str]] = {
    **{f"nothing but {character}": again(character) for character in "*_~[]()`|>$<&\\!#-+=:@^ \n1a"},
    **{f"lines of {character}": again(f"{character}\n") for character in "*`|>$<-#"},
    "emphasis that opens": again("*a **b "),
    "emphasis that closes": lambda length: "*a " * (length // 6) + "a* " * (length // 6),
    "emphasis of two kinds": again("*a_ "),
    "brackets that nest": lambda length: "[" * (length // 2) + "]" * (length // 2),
    "footnotes that nest": lambda length: "[^" * (length // 3) + "]" * (length // 3),
    "links in brackets": lambda length: "[" * (length // 2) + "[a](b)" * (length // 12),
    "pictures in brackets": lambda length: "![" * (length // 4) + "[a](b)" * (length // 12),
    "links that do not end": again("[a](b"),
    "addresses that are none": again("https://%"),
    "an address that ends in brackets": again(")", "https://example.org/("),
    "mail that is none": again("a@b"),
    "tags": again("<b>"),
    "tags that close": again("<sub>a</sub>"),
    "ticks of all lengths": lambda length: "".join("`" * (number % 300) + " a" for number in range(length // 150)),
    "amounts": again("$a "),
    "formulas that do not end": again("\\["),
    "a formula that never ends": again("x = 1\n", "$$\n"),
    "a code block": again("let a = 1;\n", "```js\n"),
    "quotes in quotes": again("> > > > a\n"),
    "quotes that nest": lambda length: "".join("> " * depth + "a\n\n" for depth in range(round(length**0.5))),
    "lists that nest": lambda length: "".join("  " * depth + "- a\n" for depth in range(round(length**0.5))),
    "lists in lists": again("- - - - a\n"),
    "a wide table": lambda length: f"{'|a' * (length // 6)}\n{'|-' * (length // 6)}\n" + "|b\n" * (length // 9),
    "a cell": again("a **b** ", "| a |\n|---|\n| "),
    "links defined later": numbered("[r{0}] ", "[r{0}]: http://x.org/\n\n"),
    "footnotes defined later": numbered("[^{0}] ", "[^{0}]: a\n\n"),
    "definitions": again("[a]: http://x\n"),
    "what might be a definition": again("a b c\n", "[a]: <"),
    "a word": again("a"),
    "entities": again("&amp;"),
}


@pytest.fixture(scope="module")
def processor(renderer: Page) -> CDPSession:
    """Tells how long the page's main thread has worked."""
    session = renderer.context.new_cdp_session(renderer)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    return session


def cost(renderer: Page, processor: CDPSession, text: str) -> float:
    """Processor seconds of an answer that comes in pieces."""

    def worked() -> float:
        metrics = processor.send("Performance.getMetrics")["metrics"]
        return next(float(metric["value"]) for metric in metrics if metric["name"] == "ScriptDuration")

    before = worked()
    renderer.evaluate(
        """([text, piece]) => {
          const { element, show } = view();
          for (let end = piece; end < text.length; end += piece) show(text.slice(0, end), 0, false);
          show(text, 0, true);
          if (element.querySelector(".plain-notice")) throw new Error("It was not rendered.");
          element.remove();
        }""",
        [text, PIECE],
    )
    return worked() - before


@pytest.mark.parametrize("name", TEXTS)
def test_what_an_answer_costs_grows_no_faster_than_its_length(renderer: Page, processor: CDPSession, name: str) -> None:
    long = cost(renderer, processor, TEXTS[name](LONG))
    assert long < MOST_SECONDS
    if long > UNNOTICED_SECONDS:
        short = cost(renderer, processor, TEXTS[name](SHORT))
        assert long < MOST_GROWTH * short, f"{long:.2f} s, and a quarter of it {short:.2f} s"
