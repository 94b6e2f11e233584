"""Footnotes of answers, and very long messages."""

from playwright.sync_api import expect

from tests.e2e.chat import Chat, saying
from tests.e2e.product import Person, Product
from tests.e2e.talks import make_talk

NOTED = "One[^a] and two[^b], and one again[^a].\n\n[^a]: The first *note*.\n[^b]: The second."


def test_footnotes_stand_at_the_end_with_ways_there_and_back(chat: Chat) -> None:
    for _ in range(2):
        chat.ask(saying(NOTED, rate=200))
        chat.has_answered()
    notes = chat.text.locator(".footnotes").get_by_role("listitem")
    expect(notes).to_have_count(2)
    expect(notes.first).to_contain_text("The first note.")
    references = chat.text.get_by_role("link", name="Footnote 1")
    expect(references).to_have_count(2)
    address = chat.page.url
    references.last.focus()
    references.last.press("Enter")
    expect(notes.first).to_be_focused()
    chat.page.keyboard.press("Tab")
    back = notes.first.get_by_role("link", name="Back to the text, 2")
    back.press("Enter")
    expect(references.last).to_be_focused()
    assert chat.page.url == address
    ids = chat.page.eval_on_selector_all("[id]", "elements => elements.map((element) => element.id)")
    assert len(ids) == len(set(ids))


def test_a_very_long_message_that_comes_whole_is_folded_until_the_reader_opens_it(
    chat: Chat, product: Product, person: Person
) -> None:
    words = "".join(f"Line {number} of a very long text.\n\n" for number in range(1, 1_001)).strip()
    talk = make_talk(product, person.username, 2, contents=[words, words])
    chat.open(f"/c/{talk}/")
    for message, end in ((chat.answers, "thread.scrollHeight"), (chat.questions, "0")):
        chat.page.locator(".thread").evaluate(f"thread => {{ thread.scrollTop = {end} }}")
        button = message.get_by_test_id("fold")
        expect(button).to_have_text(f"Show more ({len(words):,} characters)")
        expect(button).to_have_attribute("aria-expanded", "false")
        expect(message).to_contain_text("Line 200 of")
        expect(message).not_to_contain_text("Line 500 of")
        button.press("Enter")
        expect(button).to_have_text("Show less")
        expect(button).to_have_attribute("aria-expanded", "true")
        expect(message).to_contain_text("Line 1000 of")
        button.press("Enter")
        expect(message).not_to_contain_text("Line 500 of")
        expect(button).to_be_focused()


def test_an_answer_that_the_reader_saw_being_written_stays_whole(chat: Chat) -> None:
    chat.ask("[[fake: tokens=4000 rate=4000]]")
    chat.has_answered()
    expect(chat.text).to_contain_text("word4000")
    expect(chat.answer.get_by_test_id("fold")).to_have_text("Show less")
    chat.page.reload()
    expect(chat.answer.get_by_test_id("fold")).to_contain_text("Show more")
    expect(chat.text).not_to_contain_text("word4000")
