"""The renderer of answers by itself: its modules as esbuild bundles them, on a page that holds nothing else."""

import mimetypes
import re
import subprocess
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Route

from chatbot.dev.model import ROOT

ORIGIN = "http://renderer.test"
ENTRIES = ("markdown.js", "thread/viewport.js", "chat.css", "site.css", "math.css")
# The policy of the chat page, and Trusted Types with the names that may make them.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types dompurify"
)
_OPTIONS = (
    *("--bundle", "--splitting", "--format=esm", "--minify", "--target=es2022", "--loader:.woff2=file"),
    *("--entry-names=[name]", "--chunk-names=chunks/[name]-[hash]", "--asset-names=[name]-[hash]", "--log-level=error"),
)
_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Renderer</title>
<link rel="stylesheet" href="/site.css"><link rel="stylesheet" href="/chat.css"></head>
<body><main class="chat"><div class="thread" data-part="thread"><div class="thread-inner">
<section class="messages" data-part="messages"></section></div></div>
<button type="button" data-part="jump" hidden></button></main>{templates}</body>
</html>"""


def bundle(folder: Path) -> None:
    """Puts the bundled modules there."""
    static = ROOT / "static"
    entries = [str(static / "src" / entry) for entry in ENTRIES]
    command = [str(static / "node_modules" / ".bin" / "esbuild"), *entries, *_OPTIONS, f"--outdir={folder}"]
    subprocess.run(command, cwd=static, check=True)


def templates() -> str:
    """What the page holds for the renderer, as the server writes it."""
    folder = ROOT / "templates"
    text = (folder / "chat" / "renderer.html").read_text()
    text = re.sub(r'{% include "([^"]+)" %}', lambda match: (folder / match[1]).read_text(), text)
    text = re.sub(r"{% static '([^']+)' %}", r"/\1", text)
    text = re.sub(r"{% url '([^']+)' %}", r"/\1", text)
    return re.sub(r"{% comment %}.*?{% endcomment %}|{% load static %}", "", text, flags=re.DOTALL)


def serve(context: BrowserContext, folder: Path) -> None:
    """Lets the pages of `context` find the page, and what `bundle` has put into `folder`, at ORIGIN."""
    page = _PAGE.format(templates=templates())

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).lstrip("/")
        file = folder / path
        if not path:
            headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
            route.fulfill(body=page, headers=headers)
        elif file.is_file():
            route.fulfill(path=file, content_type=mimetypes.guess_type(path)[0] or "font/woff2")
        else:
            route.fulfill(status=404, body="")

    context.route(f"{ORIGIN}/**", answer)


def open_renderer(page: Page) -> Page:
    """The page, with `view(element)` that makes a view of a growing text in an element of it."""
    page.goto(f"{ORIGIN}/")
    page.evaluate(
        """async () => {
          const { createMarkdownView } = await import("/markdown.js");
          const list = document.querySelector('[data-part="messages"]');
          window.view = () => {
            const element = document.createElement("div");
            element.className = "prose";
            list.append(element);
            return { element, ...createMarkdownView(element) };
          };
        }"""
    )
    return page
