"""The chat page in the words of its user, and the directives that make the provider say something."""

import re
import shlex

from playwright.sync_api import Locator, Page, expect

CONVERSATION = re.compile(r"/c/[0-9a-f-]{36}/$")


def saying(text: str, **settings: object) -> str:
    """A directive: the provider answers with `text`."""
    words = [f"{name}={value}" for name, value in settings.items()]
    return f"[[fake: {' '.join(words)} text={shlex.quote(text)}]]"


def counting(tokens: int, *, rate: float, faults: str = "") -> str:
    """A directive: the provider counts `word1 word2 …`, so many a second."""
    return f"[[fake: {faults} tokens={tokens} rate={rate:g}]]"


def counted(tokens: int) -> str:
    """What the provider says to `counting`."""
    return " ".join(f"word{number}" for number in range(1, tokens + 1))


class Chat:
    """One tab with the chat page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.composer = page.get_by_test_id("composer-input")
        self.send = page.get_by_test_id("send")
        self.stop = page.get_by_test_id("stop")
        self.notice = page.get_by_test_id("notice")
        self.questions = page.get_by_test_id("message-user")
        self.answers = page.get_by_test_id("message-assistant")
        self.answer = self.answers.last
        self.text = self.answer.locator('[data-part="text"]')
        self.progress = self.answer.get_by_test_id("answer-status")
        self.sidebar = page.get_by_test_id("sidebar")
        self.conversations = page.get_by_test_id("conversation-link")

    def open(self, path: str = "/") -> "Chat":
        """Goes to the page and waits until its scripts are at work."""
        self.page.goto(path)
        expect(self.composer).to_have_attribute("aria-invalid", "false")
        return self

    def ask(self, question: str) -> None:
        """Writes a question and sends it; returns when it was accepted."""
        self.composer.fill(question)
        self.composer.press("Enter")
        expect(self.composer).to_have_value("")
        expect(self.questions.last).to_contain_text(question)
        expect(self.questions.last).to_have_attribute("data-status", "completed")
        expect(self.page).to_have_url(CONVERSATION)

    def has_answered(self, text: str | None = None, status: str = "completed") -> None:
        """Waits until the last answer has ended."""
        expect(self.answer).to_have_attribute("data-status", status)
        if text is not None:
            expect(self.text).to_have_text(text)

    def open_sidebar(self) -> Locator:
        """On a phone it is a drawer; elsewhere it is there already."""
        opener = self.page.get_by_test_id("open-sidebar")
        if opener.is_visible() and opener.get_attribute("aria-expanded") == "false":
            opener.click()
        expect(self.sidebar).to_be_in_viewport()
        return self.sidebar
