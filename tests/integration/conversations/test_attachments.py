"""The REST door of attachments: what is taken, shown, served and refused."""

import asyncio
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4
from zlib import compress, compressobj

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from chatbot.accounts.models import AccessKey, User
from chatbot.accounts.services import create_access_key
from conversations.attachments import reading
from conversations.models import Attachment, DiscardedFile
from tests.factories import make_conversation
from tests.uploads import make_huge_png, make_image, make_pdf, upload


def _zeros(megabytes: int) -> bytes:
    """So many megabytes of zeros, packed once."""
    packer = compressobj(9)
    return b"".join([packer.compress(bytes(1_000_000)) for _ in range(megabytes)]) + packer.flush()


URL = "/api/v1/attachments/"
# A gigabyte of zeros, packed twice.
PACKED_TWICE = compress(_zeros(1_000), 9)
FIELDS = {
    "id",
    "name",
    "kind",
    "media_type",
    "size",
    "width",
    "height",
    "conversation_id",
    "created_at",
    "url",
    "thumbnail_url",
}


def send(api: APIClient, content: bytes | str = "Hello", name: str = "note.txt") -> Any:
    return api.post(URL, {"file": upload(content, name)}, format="multipart")


def taken(api: APIClient, content: bytes | str = "Hello", name: str = "note.txt") -> dict[str, Any]:
    response = send(api, content, name)
    assert response.status_code == 201, response.content
    body: dict[str, Any] = response.json()
    return body


def refused(response: Any, code: str = "invalid_input", status: int = 400) -> str:
    assert response.status_code == status
    assert response.json()["error"]["code"] == code
    message: str = response.json()["error"]["message"]
    return message


def fetch(api: APIClient, url: str, **headers: str) -> tuple[Any, bytes]:
    """A file with the response that brought it."""
    response: Any = api.get(url, headers=headers)

    async def read() -> bytes:
        return b"".join([chunk async for chunk in response])

    content = asyncio.run(read())
    return response, content


class TestUpload:
    def test_an_image_is_taken_with_its_size_and_a_thumbnail(self, api: APIClient) -> None:
        body = taken(api, make_image((640, 400)), "Überblick.png")
        assert set(body) == FIELDS
        assert (body["name"], body["kind"], body["media_type"]) == ("Überblick.png", "image", "image/png")
        assert (body["width"], body["height"], body["conversation_id"]) == (640, 400, None)
        assert body["thumbnail_url"] == f"{URL}{body['id']}/thumbnail/"

    def test_a_text_is_taken_byte_for_byte(self, api: APIClient) -> None:
        data = "a,b\r\n1,ü\r\n".encode("utf-16")
        body = taken(api, data, "table.csv")
        assert (body["kind"], body["media_type"], body["size"]) == ("text", "text/csv", len(data))
        assert (body["width"], body["thumbnail_url"]) == (None, None)
        assert fetch(api, body["url"])[1] == data
        assert Attachment.objects.get().text == "a,b\n1,ü\n"

    def test_a_pdf_is_taken_with_its_text(self, api: APIClient) -> None:
        assert taken(api, make_pdf("Hello"), "a.pdf")["kind"] == "pdf"
        assert Attachment.objects.get().text == "[Page 1]\nHello"

    def test_the_id_tells_the_owner_and_the_path_nothing_of_the_name(self, api: APIClient, user: User) -> None:
        body = taken(api, "x", "../../secret.txt")
        attachment = Attachment.objects.get()
        assert UUID(body["id"]).bytes[0] == user.bucket
        assert str(attachment.file) == f"attachments/{attachment.pk.hex[:2]}/{attachment.pk}"
        assert body["name"] == "secret.txt"
        assert not DiscardedFile.objects.exists()

    def test_content_decides_and_not_the_name(self, api: APIClient) -> None:
        page = taken(api, "<script>alert(1)</script>", "photo.png")
        assert (page["kind"], page["media_type"]) == ("text", "text/plain")
        photo = taken(api, make_image(kind="JPEG"), "page.html")
        assert (photo["kind"], photo["media_type"]) == ("image", "image/jpeg")
        assert taken(api, '<svg xmlns="http://www.w3.org/2000/svg"/>', "a.svg")["kind"] == "text"

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "empty"),
            (b"\x7fELF\x02\x01\x01\x00", "cannot be read"),
            (make_image()[:50], "image is damaged"),
            (make_huge_png(60_000, 60_000), "64 million pixels"),
            (b"%PDF-1.7\nnothing", "PDF is damaged"),
            (make_pdf(""), "no text"),
        ],
        ids=["empty", "program", "cut image", "pixel bomb", "broken pdf", "scan"],
    )
    def test_what_cannot_be_read_is_refused_with_a_reason(self, api: APIClient, content: bytes, message: str) -> None:
        assert message in refused(send(api, content))
        assert not Attachment.objects.exists()
        assert not DiscardedFile.objects.exists()

    def test_a_pdf_that_unpacks_without_end_is_stopped(self, api: APIClient) -> None:
        twice = make_pdf(stream=PACKED_TWICE, filters=b"[/FlateDecode /FlateDecode]")
        assert len(twice) < 10_000
        refused(send(api, twice, "bomb.pdf"))

    def test_a_reader_that_takes_too_long_is_stopped(self, api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading, "READ_SECONDS", 0.01)
        assert "too much time" in refused(send(api, make_pdf("Hello")))

    def test_when_all_readers_are_busy_the_client_is_asked_to_wait(
        self, api: APIClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reading, "PATIENCE_SECONDS", 0.01)
        for _ in range(reading.AT_A_TIME):
            assert reading._places.acquire(blocking=False)
        try:
            response = send(api, make_image())
        finally:
            reading._places.release(reading.AT_A_TIME)
        refused(response, "overloaded", 503)
        assert response["Retry-After"] == "15"

    def test_the_tier_limits_the_size_of_a_file(self, api: APIClient, user: User) -> None:
        user.tier.max_attachment_bytes = 10
        user.tier.save()
        taken(api, "x" * 10)
        response = send(api, "x" * 11)
        assert "11 bytes; 10 are allowed" in refused(response)
        assert response.json()["error"]["details"] == {"size": 11, "max_size": 10}

    def test_the_tier_limits_the_space_of_all_files(self, api: APIClient, user: User) -> None:
        user.tier.storage_bytes = 100
        user.tier.save()
        first = taken(api, "x" * 60)
        refused(send(api, "x" * 60), "quota_exceeded", 429)
        api.delete(f"{URL}{first['id']}/")
        taken(api, "x" * 60)

    @pytest.mark.parametrize(
        "form", [{}, {"file": "just words"}, {"other": upload()}], ids=["nothing", "no file", "other field"]
    )
    def test_a_form_without_a_file_is_refused(self, api: APIClient, form: dict[str, Any]) -> None:
        response = api.post(URL, form, format="multipart")
        refused(response)
        assert list(response.json()["error"]["details"]["fields"]) == ["file"]

    def test_a_second_file_is_refused(self, api: APIClient) -> None:
        form = {"file": upload(), "more": upload()}
        assert "one file at a time" in refused(api.post(URL, form, format="multipart"))

    def test_two_files_in_one_field_are_refused(self, api: APIClient) -> None:
        refused(api.post(URL, {"file": [upload(), upload()]}, format="multipart"))

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            ("{}", "application/json"),
            ("x", "text/plain"),
            ("x", "multipart/form-data"),
            ("x", "multipart/form-data; boundary=x"),
            ("--x\r\nbroken", "multipart/form-data; boundary=x"),
        ],
    )
    def test_a_body_of_another_kind_is_refused(self, api: APIClient, body: str, content_type: str) -> None:
        refused(api.generic("POST", URL, body, content_type=content_type))

    def test_a_browser_needs_its_csrf_token(self, user: User) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        assert client.post(URL, {"file": upload()}).status_code == 403
        client.get("/")
        token = client.cookies["csrftoken"].value
        assert client.post(URL, {"file": upload()}, headers={"X-CSRFToken": token}).status_code == 201

    def test_a_key_that_may_only_read_uploads_and_deletes_nothing(self, user: User, api: APIClient) -> None:
        kept = taken(api)
        _, secret = create_access_key(user=user, name="reader", scope=AccessKey.Scope.READ)
        reader = APIClient(headers={"Authorization": f"Bearer {secret}"})
        refused(send(reader), "forbidden", 403)
        refused(reader.delete(f"{URL}{kept['id']}/"), "forbidden", 403)
        assert fetch(reader, kept["url"])[1] == b"Hello"

    def test_strangers_get_nothing(self, api: APIClient) -> None:
        kept = taken(api)
        stranger = APIClient()
        for url in (URL, f"{URL}{kept['id']}/", kept["url"]):
            refused(stranger.get(url), "unauthorized", 401)
        refused(send(stranger), "unauthorized", 401)

    def test_an_upload_asks_the_database_little(
        self, api: APIClient, user: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        # Session, user and key; the space before and under the lock; the lock; the file announced and claimed (2);
        # the row and its time; two savepoints.
        with django_assert_max_num_queries(14):
            taken(api)


class TestReading:
    def test_the_list_has_the_callers_own_newest_first(self, api: APIClient, other_api: APIClient) -> None:
        taken(other_api)
        names = [taken(api, name=f"{number}.txt")["name"] for number in range(3)]
        page = api.get(URL, {"limit": 2}).json()
        assert [one["name"] for one in page["results"]] == names[:0:-1]
        (last,) = api.get(page["next"]).json()["results"]
        assert last["name"] == names[0]

    def test_a_page_of_the_list_is_one_query(
        self, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _ in range(3):
            taken(api)
        # The caller, and the page.
        with django_assert_num_queries(2):
            api.get(URL)

    def test_one_is_read_as_it_was_given_out(self, api: APIClient) -> None:
        body = taken(api)
        assert api.get(f"{URL}{body['id']}/").json() == body

    @pytest.mark.parametrize("path", ["", "file/", "thumbnail/"])
    def test_somebody_elses_is_not_found(self, api: APIClient, other_api: APIClient, path: str) -> None:
        body = taken(api, make_image())
        for known in (body["id"], uuid4()):
            refused(other_api.get(f"{URL}{known}/{path}"), "not_found", 404)

    def test_a_file_has_no_power_in_a_browser(self, api: APIClient) -> None:
        body = taken(api, "<script>alert(1)</script>", "Bericht “Ü”.html")
        response, _ = fetch(api, body["url"])
        assert response["Content-Type"] == "text/plain"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert response["Cache-Control"] == "private, no-cache"
        name = "Bericht%20%E2%80%9C%C3%9C%E2%80%9D.html"
        assert response["Content-Disposition"] == f"attachment; filename*=utf-8''{name}"
        assert response["Content-Length"] == str(body["size"])

    def test_a_plain_name_is_quoted(self, api: APIClient) -> None:
        body = taken(api, "x", 'a "b".txt')
        assert fetch(api, body["url"])[0]["Content-Disposition"] == 'attachment; filename="a \\"b\\".txt"'

    def test_an_image_is_saved_as_what_it_became(self, api: APIClient) -> None:
        body = taken(api, make_image(kind="WEBP"), "cat.webp")
        response, content = fetch(api, body["url"])
        assert (response["Content-Type"], body["media_type"]) == ("image/jpeg", "image/jpeg")
        assert response["Content-Disposition"] == 'attachment; filename="cat.jpg"'
        assert Image.open(BytesIO(content)).format == "JPEG"
        small, content = fetch(api, body["thumbnail_url"])
        assert small["Content-Type"] == "image/webp"
        assert small["Content-Disposition"] == 'attachment; filename="cat.webp"'
        assert Image.open(BytesIO(content)).format == "WEBP"

    def test_what_is_no_image_has_no_thumbnail(self, api: APIClient) -> None:
        refused(api.get(f"{URL}{taken(api)['id']}/thumbnail/"), "not_found", 404)

    def test_what_the_client_has_is_not_sent_again(self, api: APIClient) -> None:
        body = taken(api)
        etag = fetch(api, body["url"])[0]["ETag"]
        response = api.get(body["url"], headers={"If-None-Match": etag})
        assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)
        assert response["Cache-Control"] == "private, no-cache"
        assert fetch(api, body["url"], **{"If-None-Match": '"other"'})[1] == b"Hello"

    def test_head_tells_without_sending(self, api: APIClient) -> None:
        response = api.head(taken(api)["url"])
        assert (response.status_code, response["Content-Length"]) == (200, "5")

    def test_a_file_that_the_storage_lost_is_not_found(self, api: APIClient) -> None:
        body = taken(api)
        default_storage.delete(str(Attachment.objects.get().file))
        refused(api.get(body["url"]), "not_found", 404)

    def test_nobody_writes_over_a_file(self, api: APIClient) -> None:
        body = taken(api)
        for url in (body["url"], f"{URL}{body['id']}/"):
            assert api.put(url, {}).status_code == 405
            assert api.put(url, {}).json()["error"]["code"] == "invalid_input"

    def test_a_large_file_comes_in_pieces(self, api: APIClient) -> None:
        data = "0123456789abcdef" * 50_000
        response: Any = api.get(taken(api, data)["url"])

        async def pieces() -> list[bytes]:
            return [chunk async for chunk in response]

        chunks = asyncio.run(pieces())
        assert b"".join(chunks) == data.encode()
        assert max(map(len, chunks)) <= 64 * 1024


class TestDeletion:
    def test_the_row_goes_at_once_and_then_cannot_be_read(self, api: APIClient) -> None:
        body = taken(api)
        assert api.delete(f"{URL}{body['id']}/").status_code == 204
        refused(api.get(body["url"]), "not_found", 404)
        refused(api.delete(f"{URL}{body['id']}/"), "not_found", 404)

    def test_nobody_deletes_somebody_elses(self, api: APIClient, other_api: APIClient) -> None:
        body = taken(api)
        refused(other_api.delete(f"{URL}{body['id']}/"), "not_found", 404)
        assert api.get(f"{URL}{body['id']}/").status_code == 200

    def test_under_a_legal_hold_nothing_is_deleted(self, api: APIClient, user: User) -> None:
        body = taken(api)
        User.objects.filter(pk=user.pk).update(legal_hold=True)
        refused(api.delete(f"{URL}{body['id']}/"), "forbidden", 403)
        assert Attachment.objects.exists()


def test_staff_see_whose_and_what_but_nothing_of_the_content(
    staff_client: Client, api: APIClient, user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    body = taken(api, "<b>very secret</b>", "<img src=x>.txt")
    Attachment.objects.update(conversation=make_conversation(user))
    with django_assert_max_num_queries(12):
        page = staff_client.get("/admin/conversations/attachment/", {"q": body["id"]})
    assert "ann" in page.content.decode()
    assert "18\xa0bytes" in page.content.decode()
    detail = staff_client.get(f"/admin/conversations/attachment/{body['id']}/change/").content.decode()
    for text in (page.content.decode(), detail):
        assert "very secret" not in text
        assert "<img src=x>" not in text
    staff_client.post(f"/admin/conversations/attachment/{body['id']}/delete/", {"post": "yes"})
    assert not Attachment.objects.exists()
