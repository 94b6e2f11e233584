"""A long conversation: what of it is on the page, and that it does not move under its reader."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.chat import Chat, counted, counting, saying
from tests.e2e.product import Person, Product
from tests.e2e.sizes import on_desktop_and_phone
from tests.e2e.talks import make_talk

COUNT = 400
MOST_ROWS = 60
# The number of each row on the page that has one, from the top.
NUMBERS = """() => [...document.querySelectorAll('[data-testid^="message-"] [data-part="text"]')]
    .map(text => Number(text.textContent.match(/(?:Question|Answer) (\\d+)/)?.[1]))"""
# The first row in sight, and how far from the top of the thread it is.
SIGHT = """() => {
  const edge = document.querySelector('.thread').getBoundingClientRect().top
  const row = [...document.querySelectorAll('[data-key]')].find(one => one.getBoundingClientRect().bottom > edge + 20)
  return [row.dataset.key, Math.round(row.getBoundingClientRect().top - edge)]
}"""
PLACE = """key => {
  const edge = document.querySelector('.thread').getBoundingClientRect().top
  return Math.round(document.querySelector(`[data-key="${key}"]`).getBoundingClientRect().top - edge)
}"""
SCROLL = "y => { document.querySelector('.thread').scrollTop += y }"
SETTLED = (
    "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))))"
)
HEIGHT = "() => document.querySelector('.thread').scrollHeight"


@pytest.fixture
def long_chat(chat: Chat, product: Product, person: Person) -> Chat:
    """The page with the end of a conversation of COUNT messages."""
    talk = make_talk(product, person.username, COUNT)
    chat.open(f"/c/{talk}/")
    expect(chat.text).to_contain_text(f"Answer {COUNT - 1}")
    return chat


@on_desktop_and_phone
def test_all_of_a_long_conversation_passes_by_and_little_of_it_is_on_the_page(long_chat: Chat) -> None:
    page, seen = long_chat.page, set[int]()
    for _ in range(COUNT):
        numbers = page.evaluate(NUMBERS)
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert len(numbers) <= MOST_ROWS
        seen.update(numbers)
        if 0 in seen:
            break
        page.evaluate(SCROLL, -600)
        page.evaluate(SETTLED)
    assert seen == set(range(COUNT))
    long_chat.page.get_by_test_id("jump-latest").click()
    expect(long_chat.text).to_contain_text(f"Answer {COUNT - 1}")
    expect(long_chat.text).to_be_in_viewport()


def test_nothing_moves_when_older_messages_come(long_chat: Chat) -> None:
    page, held = long_chat.page, list[Route]()
    page.route(re.compile(r"/messages/\?.*cursor="), lambda route: route.continue_() if held else held.append(route))
    with page.expect_request(re.compile("cursor=")):
        for _ in range(40):
            page.evaluate(SCROLL, -400)
            page.evaluate(SETTLED)
            if held:
                break
    before, (key, place) = page.evaluate(HEIGHT), page.evaluate(SIGHT)
    held[0].continue_()
    page.wait_for_function("before => document.querySelector('.thread').scrollHeight > before + 1000", arg=before)
    page.evaluate(SETTLED)
    assert page.evaluate(PLACE, key) == pytest.approx(place, abs=1)


def test_an_answer_grows_out_of_sight_without_moving_what_is_read(long_chat: Chat) -> None:
    page = long_chat.page
    long_chat.ask(counting(60, rate=40))
    expect(long_chat.text).to_contain_text("word1")
    page.evaluate(SCROLL, -900)
    page.evaluate(SETTLED)
    key, place = page.evaluate(SIGHT)
    expect(page.get_by_test_id("announcer")).to_contain_text("The answer is complete.")
    assert page.evaluate(PLACE, key) == pytest.approx(place, abs=1)
    page.get_by_test_id("jump-latest").click()
    long_chat.has_answered(counted(60))
    expect(long_chat.answer).to_be_in_viewport()


@on_desktop_and_phone
def test_one_goes_between_conversations_without_loading_the_page_anew(chat: Chat) -> None:
    chat.ask(saying("The first answer"))
    chat.has_answered("The first answer")
    first = chat.page.url
    chat.page.evaluate("window.stayed = true")
    chat.open_sidebar().get_by_test_id("new-chat").click()
    expect(chat.page).to_have_url("/")
    expect(chat.page.get_by_test_id("starters")).to_be_visible()
    chat.ask(saying("The second answer"))
    chat.has_answered("The second answer")
    chat.composer.fill("Half a thought")
    chat.open_sidebar()
    chat.conversations.last.click()
    expect(chat.page).to_have_url(first)
    expect(chat.text).to_have_text("The first answer")
    expect(chat.composer).to_have_value("")
    expect(chat.questions).to_have_count(1)
    chat.page.go_back()
    expect(chat.text).to_have_text("The second answer")
    expect(chat.composer).to_have_value("Half a thought")
    assert chat.page.evaluate("window.stayed")
    chat.page.reload()
    expect(chat.text).to_have_text("The second answer")
    expect(chat.composer).to_have_value("Half a thought")
