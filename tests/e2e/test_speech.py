"""What an answer sounds like while it grows: sentences, and phrases for what is not read out."""

import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from chatbot.dev.model import ROOT

ANSWER = """# A plan

First, look **closely** at `this`. Then see [the *manual*](https://example.org/a/b?c=d) and
go on. It costs 2.5 euros, or $x^2$ of them.

```python
def secret():
    return 1
```

- One thing
- Another thing. With two sentences.

| name | price |
|---|--:|
| Apple | 2 |
| Pear | 3 |

$$
e = mc^2
$$

> Well said.

That is all"""
SPOKEN = [
    "A plan",
    "First, look closely at this.",
    "Then see the manual and go on.",
    "It costs 2.5 euros, or formula of them.",
    "Code block, python, 2 lines.",
    "One thing",
    "Another thing.",
    "With two sentences.",
    "Table, 2 rows: name, price.",
    "Formula.",
    "Well said.",
    "That is all",
]
GROW = """([text, step]) => {
  const speech = module.createSpeech();
  const said = [];
  for (let end = step; end < text.length; end += step) said.push(...speech.read(text.slice(0, end), false));
  said.push(...speech.read(text, true));
  return said.map((words) => words.trim()).filter(Boolean);
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """An empty page with the module."""
    static = ROOT / "static"
    options = ["--bundle", "--format=iife", "--global-name=module", "--target=es2022"]
    command = [str(static / "node_modules" / ".bin" / "esbuild"), str(static / "src" / "speech.js"), *options]
    code = subprocess.run(command, cwd=static, check=True, capture_output=True, text=True).stdout
    opened = browser.new_page()
    opened.add_script_tag(content=code)
    yield opened
    opened.close()


@pytest.mark.parametrize("step", [1, 2, 7, 50, 10_000])
def test_each_sentence_is_spoken_once_however_the_text_arrives(page: Page, step: int) -> None:
    assert page.evaluate(GROW, [ANSWER, step]) == SPOKEN


def test_a_sentence_is_spoken_when_the_next_one_has_begun(page: Page) -> None:
    said = page.evaluate(
        """() => {
          const speech = module.createSpeech();
          const texts = ["It is", "It is late. We", "It is late. We go. Now"];
          return texts.map((text) => speech.read(text, false).join("|"));
        }"""
    )
    assert [words.strip() for words in said] == ["", "It is late.", "We go."]


def test_code_that_was_cut_is_still_not_read_out(page: Page) -> None:
    assert page.evaluate(GROW, ["Look.\n\n```\nsecret\nmore", 3]) == ["Look.", "Code block, 2 lines."]


def test_text_without_an_end_is_spoken_in_parts_and_nothing_is_lost(page: Page) -> None:
    words = " ".join(f"word{number}" for number in range(500))
    said = page.evaluate(GROW, [words, 9])
    assert len(said) > 3
    assert " ".join(said) == words


def test_hostile_text_costs_no_more_than_other_text(page: Page) -> None:
    cost = page.evaluate(
        """() => {
          const began = performance.now();
          for (const piece of ["<a", "[", "`", "\\\\(", "$x", "*", "_", "![", "https://", "| a ", "> "]) {
            const speech = module.createSpeech();
            const text = piece.repeat(30_000);
            for (let end = 1_000; end <= text.length; end += 1_000) speech.read(text.slice(0, end), false);
            speech.read(text, true);
          }
          return performance.now() - began;
        }"""
    )
    assert cost < 10_000
