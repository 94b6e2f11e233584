"""Files that go with a message: chosen, pasted, dropped, refused, taken back."""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.e2e.chat import Chat, saying
from tests.e2e.sizes import on_desktop_and_phone
from tests.e2e.watch import Watch

PASTE = """([selector, kind, bytes]) => {
  const files = new DataTransfer();
  files.items.add(new File([new Uint8Array(bytes)], "picture.png", { type: "image/png" }));
  const init = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent(kind, { ...init, clipboardData: files })
    : new DragEvent(kind, { ...init, dataTransfer: files });
  document.querySelector(selector).dispatchEvent(event);
}"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A text file."""
    path = tmp_path / "notes.txt"
    path.write_text("Buy milk.\n" * 40)
    return path


def picture() -> list[int]:
    """The bytes of a small PNG."""
    body = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(body, "PNG")
    return list(body.getvalue())


def bring(page: Page, selector: str, kind: str) -> None:
    """A picture comes by `paste`, or by a step of dragging."""
    page.evaluate(PASTE, [selector, kind, picture()])


@on_desktop_and_phone
def test_a_chosen_file_goes_with_the_message_and_stays_with_it(chat: Chat, notes: Path) -> None:
    page = chat.page
    page.get_by_test_id("picker").set_input_files(notes)
    upload = page.get_by_test_id("upload")
    expect(upload).to_have_attribute("data-state", "ready")
    expect(upload).to_contain_text("notes.txt")
    expect(upload).to_contain_text("400 byte")
    chat.ask(saying("I have read it"))
    chat.has_answered("I have read it")
    expect(page.get_by_test_id("tray")).to_be_hidden()
    for _ in range(2):
        file = chat.questions.last.get_by_test_id("file")
        expect(file).to_contain_text("notes.txt")
        with page.expect_download() as download:
            file.get_by_role("link").click()
        assert Path(download.value.path()).read_text() == notes.read_text()
        page.reload()


def test_pictures_are_pasted_and_dropped_and_a_message_may_be_files_alone(chat: Chat) -> None:
    page = chat.page
    bring(page, "#composer-input", "paste")
    bring(page, "#chat", "dragenter")
    expect(page.get_by_test_id("drop")).to_be_visible()
    bring(page, "#chat", "drop")
    expect(page.get_by_test_id("drop")).to_be_hidden()
    uploads = page.get_by_test_id("upload")
    expect(uploads).to_have_count(2)
    expect(uploads.first.locator("img")).to_be_visible()
    # Sent at once: it waits for what is still on its way.
    chat.composer.press("Enter")
    pictures = chat.questions.last.get_by_test_id("file").locator("img")
    expect(pictures).to_have_count(2)
    expect(chat.questions.last).to_have_attribute("data-status", "completed")
    assert pictures.first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    chat.has_answered()


def test_a_file_that_is_refused_says_why_and_holds_the_message_until_it_is_taken_away(
    chat: Chat, tmp_path: Path, notes: Path, watch: Watch
) -> None:
    watch.expect("status of 400")
    bad = tmp_path / "program.exe"
    bad.write_bytes(b"MZ\x00\x01\x02\x03")
    chat.composer.fill("Look at these")
    chat.page.get_by_test_id("picker").set_input_files([bad, notes])
    failed = chat.page.locator('[data-testid="upload"][data-state="failed"]')
    expect(failed).to_contain_text("program.exe")
    expect(failed.get_by_test_id("upload-again")).to_be_hidden()
    expect(chat.send).to_be_disabled()
    failed.get_by_role("button", name="Remove program.exe").click()
    expect(chat.page.get_by_test_id("upload")).to_have_count(1)
    expect(chat.send).to_be_enabled()


def test_a_file_whose_way_was_cut_is_tried_again(chat: Chat, notes: Path, watch: Watch) -> None:
    watch.expect("net::ERR")
    cut = [True]

    def answer(route: Route) -> None:
        if cut.pop() if cut else False:
            route.abort()
        else:
            route.continue_()

    chat.page.route("**/api/v1/attachments/", answer)
    chat.page.get_by_test_id("picker").set_input_files(notes)
    upload = chat.page.get_by_test_id("upload")
    expect(upload).to_contain_text("The server cannot be reached.")
    upload.get_by_test_id("upload-again").click()
    expect(upload).to_have_attribute("data-state", "ready")


def test_files_of_a_draft_outlive_the_page_and_those_taken_back_are_deleted(chat: Chat, notes: Path) -> None:
    page = chat.page
    page.get_by_test_id("picker").set_input_files(notes)
    upload = page.get_by_test_id("upload")
    expect(upload).to_have_attribute("data-state", "ready")
    page.reload()
    expect(upload).to_contain_text("notes.txt")
    with page.expect_response(lambda response: response.request.method == "DELETE") as gone:
        upload.get_by_test_id("upload-remove").click()
    assert gone.value.status == 204
    expect(upload).to_have_count(0)
    page.reload()
    expect(chat.composer).to_have_attribute("aria-invalid", "false")
    expect(upload).to_have_count(0)


def test_a_refused_message_gives_its_files_back(chat: Chat, notes: Path) -> None:
    page = chat.page
    page.get_by_test_id("picker").set_input_files(notes)
    expect(page.get_by_test_id("upload")).to_have_attribute("data-state", "ready")
    # Gone behind the page's back.
    identifier = page.evaluate(
        """() => fetch("/api/v1/attachments/").then((answer) => answer.json()).then(({ results }) => results[0].id)"""
    )
    page.evaluate(
        """(id) => fetch(`/api/v1/attachments/${id}/`, {
          method: "DELETE", headers: { "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content },
        })""",
        identifier,
    )
    chat.composer.fill("Look at this")
    chat.composer.press("Enter")
    expect(chat.notice).to_contain_text("no such attachment")
    expect(chat.composer).to_have_value("Look at this")
    expect(page.get_by_test_id("upload")).to_contain_text("notes.txt")
