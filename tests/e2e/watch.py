"""Sees what a page should never do: errors in the console, violations of the content policy, requests to elsewhere."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

# The browser's own words for a violation are an error in the console as well; these name what was violated.
_REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""


class Watch:
    """Everything that went wrong in the contexts it looks at."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.seen: list[str] = []
        self._expected: list[str] = []

    def look_at(self, context: BrowserContext) -> None:
        """Keeps an eye on all pages of `context`."""
        context.add_init_script(_REPORT_VIOLATIONS)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)
        context.on("page", self._on_page)

    def expect(self, pattern: str) -> None:
        """The test brings this about on purpose: a regular expression that its line matches."""
        self._expected.append(pattern)

    def faults(self) -> list[str]:
        """What no test asked for."""
        return [line for line in self.seen if not any(re.search(pattern, line) for pattern in self._expected)]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.seen.append(f"console: {message.text} ({message.location['url']})")

    def _on_error(self, error: WebError) -> None:
        self.seen.append(f"page error: {error.error}")

    def _on_request(self, request: Request) -> None:
        self._check_address(request.url)

    def _on_page(self, page: Page) -> None:
        page.on("websocket", lambda socket: self._check_address(socket.url))

    def _check_address(self, address: str) -> None:
        here, there = urlsplit(self.origin), urlsplit(address)
        if there.scheme not in ("data", "blob") and there.netloc != here.netloc:
            self.seen.append(f"left the origin: {address}")
