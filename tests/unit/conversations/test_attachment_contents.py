"""What is found in files: names, texts, images, PDFs, and what is refused."""

import random
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfWriter

from conversations.attachments import images, pdf, texts
from conversations.attachments.contents import CannotRead, Found
from conversations.attachments.names import LONGEST, name_for, tidy_name
from conversations.attachments.reading import kind_of
from tests.shared import rows
from tests.uploads import make_huge_png, make_image, make_pdf


def noise(size: tuple[int, int]) -> Image.Image:
    """A picture that no format packs well."""
    return Image.frombytes("RGB", size, random.Random(1).randbytes(size[0] * size[1] * 3))


def seen(found: Found) -> Image.Image:
    return Image.open(BytesIO(found.body))


class TestNames:
    @pytest.mark.parametrize(
        ("given_name", "shown"),
        [
            ("note.txt", "note.txt"),
            ("Überblick 表 👩\u200d🚀.csv", "Überblick 表 👩\u200d🚀.csv"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ann\\plan.md", "plan.md"),
            ("a\x00b\r\nc\t.txt", "abc.txt"),
            ("photo\u202egpj.exe", "photogpj.exe"),
            ("  .. ", "file"),
            ("", "file"),
            ("half \ud800 pair.txt", "half  pair.txt"),
        ],
    )
    def test_a_name_is_what_can_be_shown_of_it(self, given_name: str, shown: str) -> None:
        assert tidy_name(given_name) == shown

    def test_a_long_name_keeps_its_extension(self) -> None:
        name = tidy_name("x" * 400 + ".markdown")
        assert (len(name), name[-9:]) == (LONGEST, ".markdown")

    @given(st.text())
    def test_any_text_gives_a_name_that_can_be_stored(self, raw: str) -> None:
        name = tidy_name(raw)
        assert 0 < len(name) <= LONGEST
        assert not {"/", "\\", "\x00", "\n"} & set(name)
        assert tidy_name(name) == name

    def test_a_file_is_saved_under_an_extension_that_fits_its_content(self) -> None:
        assert name_for("photo.JPEG", (".jpg", ".jpeg")) == "photo.JPEG"
        assert name_for("photo.webp", (".jpg", ".jpeg")) == "photo.jpg"
        assert name_for("photo", (".png",)) == "photo.png"


class TestKinds:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
    def test_an_image_is_known_by_its_first_bytes(self, kind: str) -> None:
        assert kind_of(make_image(kind=kind)[:16]) == "image"

    def test_a_pdf_is_known_by_its_first_bytes(self) -> None:
        assert kind_of(make_pdf("x")[:16]) == "pdf"

    @pytest.mark.parametrize(
        "data", [b"", b"<svg xmlns=", b"<!doctype html>", b"RIFF0000WAVEfmt ", b"PK\x03\x04", b"BM"]
    )
    def test_all_else_can_only_be_text(self, data: bytes) -> None:
        assert kind_of(data) is None


class TestTexts:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_an_encoding_that_can_be_told_is_read(self, encoding: str) -> None:
        found = texts.read_text("Grüße,\r\n世界 👋".encode(encoding), "a.txt")
        assert (found.kind, found.media_type, found.text) == ("text", "text/plain", "Grüße,\n世界 👋")

    @pytest.mark.parametrize(
        "data",
        ["Grüße".encode("latin-1"), "x".encode("utf-32"), b"MZ\x90\x00\x03", b"a\x00b", b"\xff\xfea", b"\xed\xa0\x80"],
    )
    def test_what_is_no_text_is_refused(self, data: bytes) -> None:
        with pytest.raises(CannotRead, match="cannot be read"):
            texts.read_text(data, "a.txt")

    @pytest.mark.parametrize("data", [b"", b" \n\t", b"\xef\xbb\xbf"])
    def test_an_empty_file_is_refused(self, data: bytes) -> None:
        with pytest.raises(CannotRead, match="empty"):
            texts.read_text(data, "a.txt")

    def test_a_text_has_a_length_that_is_allowed(self) -> None:
        assert texts.read_text(b"x" * texts.MOST_CHARACTERS, "a.txt").text
        with pytest.raises(CannotRead, match="1,000,000"):
            texts.read_text(b"x" * (texts.MOST_CHARACTERS + 1), "a.txt")

    @pytest.mark.parametrize(
        ("name", "data", "media_type"),
        [
            ("a.md", b"# x", "text/markdown"),
            ("a.CSV", b"a,b", "text/csv"),
            ("a.json", b'{"a": 1}', "application/json"),
            ("a.json", b"{not json", "text/plain"),
            ("a.json", b"[" * 100_000 + b"]" * 100_000, "text/plain"),
            ("a.py", b"print()", "text/plain"),
            ("a.svg", b"<svg onload=alert(1)>", "text/plain"),
            ("a.html", b"<script>alert(1)</script>", "text/plain"),
            ("a.png", b"<html>", "text/plain"),
        ],
    )
    def test_no_text_has_a_type_that_a_browser_would_run(self, name: str, data: bytes, media_type: str) -> None:
        assert texts.read_text(data, name).media_type == media_type

    def test_every_string_that_breaks_software_is_read_or_refused(self) -> None:
        for row in rows("naughty_strings.jsonl"):
            text = next(value for value in row.values() if isinstance(value, str))
            try:
                found = texts.read_text(text.encode(errors="surrogatepass"), tidy_name(text))
            except CannotRead:
                assert (
                    "\x00" in text or not text.strip("\ufeff").strip() or text.encode(errors="ignore").decode() != text
                )
            else:
                assert found.text == text.replace("\r\n", "\n").removeprefix("\ufeff")


class TestImages:
    def read(self, tmp_path: Path, data: bytes) -> Found:
        path = tmp_path / "image"
        path.write_bytes(data)
        return images.read_image(path)

    @pytest.mark.parametrize(
        ("kind", "media_type"),
        [("PNG", "image/png"), ("GIF", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/jpeg")],
    )
    def test_each_format_becomes_one_that_every_model_reads(self, tmp_path: Path, kind: str, media_type: str) -> None:
        found = self.read(tmp_path, make_image(kind=kind, colour=(200, 30, 30)))
        assert (found.kind, found.media_type, found.width, found.height) == ("image", media_type, 60, 40)
        assert seen(found).format == media_type.removeprefix("image/").upper()
        red, green, blue = seen(found).convert("RGB").getpixel((30, 20))  # type: ignore[misc]
        assert red > 180
        assert max(green, blue) < 60

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
    def test_each_way_of_storing_colours_is_read(self, tmp_path: Path, mode: str) -> None:
        found = self.read(tmp_path, make_image(mode=mode))
        assert seen(found).mode in {"RGB", "RGBA"}

    def test_colours_for_print_are_read(self, tmp_path: Path) -> None:
        assert seen(self.read(tmp_path, make_image(kind="JPEG", mode="CMYK"))).mode == "RGB"

    def test_sixteen_bits_of_grey_stay_grey(self, tmp_path: Path) -> None:
        found = self.read(tmp_path, make_image(mode="I;16", colour=0x8000))
        assert seen(found).getpixel((0, 0)) == (128, 128, 128)

    def test_what_can_be_seen_through_stays_so(self, tmp_path: Path) -> None:
        found = self.read(tmp_path, make_image(kind="WEBP", mode="RGBA", colour=(0, 0, 0, 0)))
        assert (found.media_type, seen(found).mode) == ("image/png", "RGBA")

    def test_a_large_image_is_made_smaller(self, tmp_path: Path) -> None:
        found = self.read(tmp_path, make_image((4_000, 1_000)))
        assert (found.width, found.height) == (2_048, 512)
        assert Image.open(BytesIO(found.thumbnail)).size == (320, 80)
        assert Image.open(BytesIO(found.thumbnail)).format == "WEBP"

    def test_a_small_image_is_not_made_larger(self, tmp_path: Path) -> None:
        found = self.read(tmp_path, make_image((1, 1)))
        assert (found.width, found.height) == Image.open(BytesIO(found.thumbnail)).size == (1, 1)

    def test_no_image_takes_more_bytes_than_a_prompt_should_carry(self, tmp_path: Path) -> None:
        out = BytesIO()
        noise((1_500, 1_500)).save(out, "PNG")
        assert out.tell() > images.LARGEST
        found = self.read(tmp_path, out.getvalue())
        assert found.media_type == "image/jpeg"
        assert len(found.body) <= images.LARGEST

    def test_the_camera_tells_which_way_is_up_and_nothing_else_is_kept(self, tmp_path: Path) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned by a quarter
        exif[0x010F] = "Secret Camera"
        exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}
        found = self.read(tmp_path, make_image((60, 40), kind="JPEG", exif=exif, comment=b"secret words"))
        assert (found.width, found.height) == (40, 60)
        assert not seen(found).getexif()
        assert b"ecret" not in found.body + found.thumbnail

    def test_of_an_animation_the_first_frame_is_taken(self, tmp_path: Path) -> None:
        frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "green")]
        out = BytesIO()
        frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
        found = self.read(tmp_path, out.getvalue())
        assert getattr(seen(found), "n_frames", 1) == 1
        assert seen(found).convert("RGB").getpixel((5, 5)) == (255, 0, 0)

    def test_a_second_format_behind_the_first_is_gone(self, tmp_path: Path) -> None:
        hidden = b"<script>alert(1)</script>" + make_pdf("hidden") + b"PK\x03\x04"
        found = self.read(tmp_path, make_image(kind="GIF") + hidden)
        assert not any(mark in found.body for mark in (b"script", b"%PDF", b"PK\x03\x04"))

    @pytest.mark.parametrize("size", [(100_000, 100_000), (8_001, 8_000), (2**31 - 1, 1)])
    def test_a_bomb_is_refused_before_it_is_unpacked(self, tmp_path: Path, size: tuple[int, int]) -> None:
        with pytest.raises(CannotRead, match="64 million pixels"):
            self.read(tmp_path, make_huge_png(*size))


class TestPdf:
    def read(self, tmp_path: Path, data: bytes) -> Found:
        path = tmp_path / "pdf"
        path.write_bytes(data)
        return pdf.read_pdf(path)

    def test_its_text_is_read_page_by_page(self, tmp_path: Path) -> None:
        found = self.read(tmp_path, make_pdf("First", "", "Third"))
        assert (found.kind, found.media_type) == ("pdf", "application/pdf")
        assert found.text == "[Page 1]\nFirst\n\n[Page 3]\nThird"

    def test_without_text_it_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(CannotRead, match="no text"):
            self.read(tmp_path, make_pdf(""))

    def test_too_many_pages_are_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pdf, "MOST_PAGES", 2)
        with pytest.raises(CannotRead, match="3 pages; 2 are allowed"):
            self.read(tmp_path, make_pdf("a", "b", "c"))

    def test_too_much_text_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pdf, "MOST_CHARACTERS", 20)
        monkeypatch.setattr(texts, "MOST_CHARACTERS", 20)
        with pytest.raises(CannotRead, match="more than 20 characters"):
            self.read(tmp_path, make_pdf("a" * 30, "b"))

    @pytest.mark.parametrize(("password", "refused"), [("secret", True), ("", False)])
    def test_a_password_that_is_needed_to_read_is_told(self, tmp_path: Path, password: str, refused: bool) -> None:
        writer, out = PdfWriter(clone_from=BytesIO(make_pdf("Hello"))), BytesIO()
        writer.encrypt(password, owner_password="owner", algorithm="AES-256")
        writer.write(out)
        if refused:
            with pytest.raises(CannotRead, match="password"):
                self.read(tmp_path, out.getvalue())
        else:
            assert "Hello" in self.read(tmp_path, out.getvalue()).text
