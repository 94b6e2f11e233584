"""An answer that came in pieces looks like one that came at once, wherever it was cut."""

import pytest
from playwright.sync_api import Page

from tests.e2e.markdown_samples import SAMPLES

# Ids of footnotes are another text's; what is loaded later is not waited for.
_COMPARE = """([text, longest, seed]) => {
  let state = seed;
  const random = () => (state = (state * 1664525 + 1013904223) % 4294967296) / 4294967296;
  const [whole, pieces] = [view(), view()];
  whole.show(text, 0, true);
  for (let end = 0; end < text.length;) {
    end = Math.min(text.length, end + 1 + Math.floor(random() * longest));
    pieces.show(text.slice(0, end), 0, false);
  }
  pieces.show(text, 0, true);
  const [want, got] = [whole, pieces].map(({ element }) => {
    element.remove();
    for (const { attributes } of element.querySelectorAll("[id], a[href^='#']")) {
      for (const attribute of attributes) attribute.value = attribute.value.replace(/note-\\d+/g, "note");
    }
    return element;
  });
  if (want.isEqualNode(got)) return null;
  const [a, b] = [want.innerHTML, got.innerHTML];
  let at = 0;
  while (a[at] === b[at]) at += 1;
  return [a, b].map((html) => html.slice(Math.max(0, at - 60), at + 120));
}"""


@pytest.mark.parametrize("longest", [1, 7, 150], ids=lambda longest: f"pieces of {longest}")
@pytest.mark.parametrize("name", SAMPLES)
def test_a_text_in_pieces_becomes_the_same_nodes_as_the_whole(renderer: Page, name: str, longest: int) -> None:
    text = SAMPLES[name]
    if longest == 1:
        text = text[:3_000]
    for seed in range(1 if longest == 1 else 8):
        assert renderer.evaluate(_COMPARE, [text, longest, seed]) is None


def test_every_beginning_of_a_text_can_be_the_end_of_an_answer(renderer: Page) -> None:
    for name in ("formulas", "odd", "tables"):
        for end in range(1, 700, 3):
            assert renderer.evaluate(_COMPARE, [SAMPLES[name][:end], 5, end]) is None


def test_what_is_finished_stays_the_same_node_while_the_answer_grows(renderer: Page) -> None:
    kept = renderer.evaluate(
        """() => {
          const { element, show } = view();
          const text = "# Title\\n\\nFirst **one**.\\n\\n- a\\n- b\\n\\n| x |\\n|---|\\n| 1 |\\n| 2 |\\n\\n"
            + "```js\\nlet a;\\nlet b;\\n";
          const seen = new Map();
          let lost = 0;
          for (let end = 1; end <= text.length; end += 1) {
            show(text.slice(0, end), 0, false);
            for (const [node, html] of seen) if (!node.isConnected && html) lost += 1;
            const blocks = element.querySelectorAll("h1, p, li, tr, pre");
            // The last ones may still change.
            for (const node of [...blocks].slice(0, -2)) seen.set(node, node.outerHTML);
          }
          return { lost, blocks: seen.size };
        }"""
    )
    assert kept["lost"] == 0
    assert kept["blocks"] > 5


def test_an_answer_that_is_replaced_is_shown_anew(renderer: Page) -> None:
    shown = renderer.evaluate(
        """() => {
          const { element, show } = view();
          show("**one** and", 0, false);
          show("two", 1, false);
          show("two and more", 1, true);
          const first = element.innerHTML;
          show("two and more, after all", 1, false);
          return [first, element.textContent];
        }"""
    )
    assert shown == ['<p dir="ltr">two and more</p>', "two and more, after all"]
