"""What the reader sees when the provider, the connection or the engine fails: the answer, in the same place."""

import json
import os
import re
import signal
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from tests.e2e.chat import Chat, counted, counting, saying
from tests.e2e.product import Product

# A lost engine is noticed when its lease of 15 s ends; then come the sweep, the new claim and the answer itself.
STANDSTILL_MS = 5_000
SECOND_ATTEMPT_MS = 45_000


class Line:
    """The wire between the page and the server, which can be cut."""

    def __init__(self, page: Page) -> None:
        self.connections: list[WebSocketRoute] = []
        self.dead = False
        """Nobody gets through."""
        self.silent = False
        """Of what the server says, nothing arrives but errors."""
        self.lose_tokens = 0
        """So many of the next token frames are lost on the way."""
        page.route_web_socket(re.compile("/ws/chat/"), self._connect)

    def cut(self) -> None:
        """Ends the connection for both sides."""
        self.connections[-1].close(code=4000)

    def _connect(self, page_side: WebSocketRoute) -> None:
        if self.dead:
            page_side.close(code=4000)
            return
        server_side = page_side.connect_to_server()
        self.connections.append(page_side)
        server_side.on_message(lambda message: self._deliver(page_side, message))

    def _deliver(self, page_side: WebSocketRoute, message: str | bytes) -> None:
        if self.silent and json.loads(message)["type"] not in ("ready", "error"):
            return
        if self.lose_tokens and json.loads(message)["type"] == "token":
            self.lose_tokens -= 1
            return
        page_side.send(message)


@pytest.fixture
def line(context: BrowserContext) -> Line:
    """The wire of `chat`'s page."""
    return Line(context.pages[0] if context.pages else context.new_page())


@pytest.fixture
def wired(line: Line, context: BrowserContext) -> Chat:
    """The empty chat page at the end of `line`."""
    return Chat(context.pages[0]).open()


def test_an_error_of_the_provider_is_told_and_retry_brings_the_answer(chat: Chat) -> None:
    chat.ask("Are you better now? [[fake: 422 times=1]]")
    chat.has_answered(status="failed")
    expect(chat.answer.get_by_test_id("answer-notice")).to_contain_text("cannot be reached")
    retry = chat.answer.get_by_test_id("retry")
    expect(retry).to_be_visible()
    chat.page.reload()
    expect(retry).to_be_visible()
    place = chat.answer.get_attribute("data-message-id")
    retry.click()
    chat.has_answered()
    expect(chat.text).to_contain_text("Are you better now?")
    expect(chat.answers).to_have_count(1)
    expect(chat.answer).to_have_attribute("data-message-id", place or "")
    expect(retry).to_be_hidden()
    expect(chat.answer.get_by_test_id("answer-notice")).to_be_hidden()


def test_a_busy_provider_makes_the_answer_wait_in_its_place(chat: Chat) -> None:
    chat.ask("Have you time? [[fake: 429 retry_after=3 times=1]]")
    expect(chat.progress).to_contain_text("I'm a bit busy right now. Your message has been queued.")
    expect(chat.progress).to_contain_text("Retrying in 2 s…")
    expect(chat.progress).to_contain_text("Retrying in 1 s…")
    place = chat.answer.get_attribute("data-message-id")
    chat.has_answered()
    expect(chat.text).to_contain_text("Have you time?")
    expect(chat.answers).to_have_count(1)
    expect(chat.answer).to_have_attribute("data-message-id", place or "")
    expect(chat.progress).to_be_hidden()


def test_a_stream_that_breaks_is_written_anew_in_the_same_place(chat: Chat) -> None:
    chat.ask(counting(40, rate=40, faults="disconnect_after=20 times=1"))
    expect(chat.progress).to_contain_text("Trying again")
    chat.has_answered(counted(40))
    expect(chat.answers).to_have_count(1)


def test_a_reload_in_the_middle_goes_on_live_and_doubles_nothing(chat: Chat) -> None:
    chat.ask(counting(80, rate=20))
    expect(chat.text).to_contain_text("word5 ")
    chat.page.reload()
    expect(chat.answer).to_have_attribute("data-status", "pending")
    expect(chat.text).to_contain_text("word30 ")
    expect(chat.text).not_to_contain_text("word80")
    chat.has_answered(counted(80))
    expect(chat.answers).to_have_count(1)
    expect(chat.questions).to_have_count(1)


def test_two_tabs_of_a_conversation_show_the_same(chat: Chat, context: BrowserContext) -> None:
    chat.ask(counting(60, rate=20))
    other = Chat(context.new_page()).open(chat.page.url)
    expect(other.answer).to_have_attribute("data-status", "pending")
    expect(other.text).to_contain_text("word10 ")
    other.has_answered(counted(60))
    chat.has_answered(counted(60))
    other.ask(saying("From the second tab"))
    other.has_answered("From the second tab")
    expect(chat.questions).to_have_count(2)
    chat.has_answered("From the second tab")
    expect(chat.answers).to_have_count(2)
    expect(other.answers).to_have_count(2)


def test_a_message_to_a_conversation_that_answers_elsewhere_waits_for_its_turn(
    chat: Chat, context: BrowserContext
) -> None:
    chat.ask("First")
    chat.has_answered()
    other = Chat(context.new_page()).open(chat.page.url)
    other.has_answered()
    # A tab that has not heard yet of what the other one asked.
    late = Chat(context.new_page())
    line = Line(late.page)
    late.open(chat.page.url)
    late.has_answered()
    line.silent = True
    chat.ask(counting(60, rate=20))
    late.composer.fill(saying("You too"))
    late.composer.press("Enter")
    expect(late.questions.last).to_contain_text("Will be sent after the answer before it.")
    line.silent = False
    chat.has_answered(counted(60))
    late.has_answered("You too")


def test_a_cut_line_comes_back_and_the_text_is_whole(wired: Chat, line: Line) -> None:
    wired.ask(counting(80, rate=20))
    expect(wired.text).to_contain_text("word5 ")
    line.cut()
    expect(wired.text).to_contain_text("word40 ")
    wired.has_answered(counted(80))
    expect(wired.answers).to_have_count(1)
    assert len(line.connections) == 2


def test_frames_lost_on_the_way_are_fetched_again(wired: Chat, line: Line) -> None:
    wired.ask(counting(40, rate=20))
    expect(wired.text).to_contain_text("word5 ")
    line.lose_tokens = 3
    wired.has_answered(counted(40))
    assert len(line.connections) == 1
    assert line.lose_tokens == 0


def test_a_message_written_while_offline_is_sent_when_the_line_is_back(wired: Chat, line: Line) -> None:
    wired.ask("Hello")
    wired.has_answered()
    line.dead = True
    line.cut()
    expect(wired.page.get_by_test_id("connection")).to_have_text("Reconnecting…")
    wired.composer.fill("Are you back?")
    wired.composer.press("Enter")
    expect(wired.questions.last).to_contain_text("Will be sent as soon as the connection is back.")
    line.dead = False
    expect(wired.answers).to_have_count(2)
    wired.has_answered()
    expect(wired.text).to_contain_text("Are you back?")
    expect(wired.questions).to_have_count(2)
    expect(wired.page.get_by_test_id("connection")).to_be_hidden()


def test_an_unsent_message_outlives_the_page(wired: Chat, line: Line, context: BrowserContext) -> None:
    wired.ask("Hello")
    wired.has_answered()
    line.dead = True
    line.cut()
    expect(wired.page.get_by_test_id("connection")).to_be_visible()
    wired.composer.fill("Do not forget me")
    wired.composer.press("Enter")
    expect(wired.questions).to_have_count(2)
    address = wired.page.url
    wired.page.close()
    later = Chat(context.new_page()).open(address)
    expect(later.questions.last).to_contain_text("Do not forget me")
    expect(later.answers).to_have_count(2)
    later.has_answered()


def goes_on_in_its_bubble(chat: Chat, trouble: Callable[[], None]) -> None:
    """Asks for a hundred words, makes trouble after twenty, and sees all of them come to where the first ones are."""
    chat.page.evaluate("window.neverReloaded = true")
    chat.ask(counting(100, rate=20))
    expect(chat.text).to_contain_text("word20 ")
    place = chat.answer.get_attribute("data-message-id")
    trouble()
    expect(chat.answer).to_have_attribute("data-status", "completed", timeout=SECOND_ATTEMPT_MS)
    chat.has_answered(counted(100))
    expect(chat.answers).to_have_count(1)
    expect(chat.answer).to_have_attribute("data-message-id", place or "")
    assert chat.page.evaluate("window.neverReloaded")


def test_an_answer_goes_on_when_its_engine_is_killed(chat: Chat, product: Product) -> None:
    goes_on_in_its_bubble(chat, lambda: os.kill(product.process(b"runengine"), signal.SIGKILL))


def test_an_answer_goes_on_when_valkey_is_killed(chat: Chat, product: Product) -> None:
    goes_on_in_its_bubble(chat, lambda: os.kill(product.process(b"valkey-server"), signal.SIGKILL))


def test_an_answer_goes_on_when_valkey_stands_still_for_five_seconds(chat: Chat, product: Product) -> None:
    def stand_still() -> None:
        valkey = product.process(b"valkey-server")
        os.kill(valkey, signal.SIGSTOP)
        try:
            chat.page.wait_for_timeout(STANDSTILL_MS)
        finally:
            os.kill(valkey, signal.SIGCONT)

    goes_on_in_its_bubble(chat, stand_still)
