"""What an answer may not do: run, load, mislead, or break the page."""

from typing import Any

import pytest
from playwright.sync_api import Page

FORBIDDEN = {"script", "img", "svg", "style", "iframe", "form", "input", "object", "base", "link"}
# What models may be made to write. Nothing of it may become more than text or a link to a site.
ATTACKS = {
    "script": "<script>owned = 1</script>",
    "image": "<img src=x onerror=owned=1>",
    "svg": "<svg onload=owned=1><a xlink:href='javascript:owned=1'>x</a></svg>",
    "mathml": "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=owned=1&gt;'>",
    "link": "[x](javascript:owned=1) [y](JaVaScRiPt:owned=1) [z](data:text/html,<script>owned=1</script>)",
    "tab in a link": "[x](java\tscript:owned=1) [x](<java\nscript:owned=1>) [x](&#106;avascript:owned=1)",
    "reference": "[x]\n\n[x]: javascript:owned=1",
    "autolink": "<javascript:owned=1> <vbscript:x> <file:///etc/passwd>",
    "quotes in an address": '[x](https://example.org/"onmouseover="owned=1)',
    "picture": "![x](https://evil.example/pixel.png) ![](//evil.example/p.png) ![x][p]\n\n[p]: https://evil.example/q.png",
    "table": "| <img src=x onerror=owned=1> | [x](javascript:owned=1) |\n|---|---|\n| <svg/onload=owned=1> |",
    "fence": '```"><img src=x onerror=owned=1>\n</code></pre><script>owned=1</script>\n```',
    "formula": r"$\href{javascript:owned=1}{x}$ $\includegraphics{//evil.example/x.png}$ $\htmlStyle{color:red}{x}$",
    "footnote": "[^<img src=x onerror=owned=1>]\n\n[^<img src=x onerror=owned=1>]: <script>owned=1</script>",
    "tags": "<b onclick=owned=1>x</b> <kbd style='position:fixed;inset:0'>x</kbd> <br onclick=x>",
    "names of the page": "<form id=chat><input name=attributes></form> <a id=composer-input name=x>",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_becomes_more_than_text_and_links(renderer: Page, attack: str) -> None:
    found: dict[str, Any] = renderer.evaluate(
        """async (text) => {
          const { element, show } = view();
          for (let end = 1; end < text.length; end += 3) show(text.slice(0, end), 0, false);
          show(text, 0, true);
          await new Promise((resolve) => setTimeout(resolve));
          const tags = new Set([...element.querySelectorAll("*")].map((node) => node.localName));
          const attributes = new Set([...element.querySelectorAll("*")].flatMap((node) => node.getAttributeNames()));
          const links = [...element.querySelectorAll("a")].map((link) => link.getAttribute("href"));
          return { tags: [...tags], attributes: [...attributes], links, owned: window.owned ?? null };
        }""",
        ATTACKS[attack],
    )
    assert found["owned"] is None
    allowed = {"svg"} if "figure" in found["tags"] else set()
    assert not set(found["tags"]) & FORBIDDEN - allowed
    assert not [
        name for name in found["attributes"] if name.startswith("on") or name in ("style", "src", "srcset", "name")
    ]
    assert all(link.startswith(("https://", "http://", "mailto:", "#note-")) for link in found["links"] if link)


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("[paypal.com](https://evil.example/login)", "paypal.com (evil.example)"),
        (
            "[https://bank.example](https://bank.example.evil.example)",
            "https://bank.example (bank.example.evil.example)",
        ),
        ("[www.example.org/a](https://example.org/b)", "www.example.org/a"),
        ("[a fine one](https://example.org)", "a fine one"),
        ("[README.md](https://example.org/README.md)", "README.md"),
        ("[pay\u200bpal\u202e.com](https://evil.example)", "paypal.com (evil.example)"),
        ("https://example.org/\u202etxt.exe", "https://example.org/txt.exe"),
    ],
)
def test_a_link_says_where_it_leads(renderer: Page, markdown: str, shown: str) -> None:
    link = renderer.evaluate(
        """(text) => {
          const { element, show } = view();
          show(text, 0, true);
          const link = element.querySelector("a");
          return [link.textContent, link.rel, link.target];
        }""",
        markdown,
    )
    assert link == [shown, "noopener noreferrer nofollow", "_blank"]


def test_what_cannot_be_rendered_is_shown_as_plain_text_and_the_page_is_told(renderer: Page) -> None:
    shown = renderer.evaluate(
        """() => {
          const { element, show } = view();
          const told = [];
          const hear = ({ target, detail }) => told.push([target === element, detail.error.message]);
          document.addEventListener("chatbot:render-error", hear);
          show("**one**", 0, false);
          const { createElement } = document;
          document.createElement = () => { throw new Error("no more"); };
          show("**one** *two*", 0, false);
          document.createElement = createElement;
          const during = element.innerText;
          show("**one** *two* three", 0, true);
          const after = element.innerText;
          show("**new**", 1, true);
          return { told, during, after, next: element.innerText };
        }"""
    )
    assert shown["told"] == [[True, "no more"]]
    assert shown["during"].split("\n")[0] == "**one** *two*"
    assert "Shown as plain text" in shown["during"]
    assert shown["after"].split("\n")[0] == "**one** *two* three"
    assert shown["next"] == "new"
