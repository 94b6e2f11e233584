"""The manifest, the service worker and the page without a network."""

import json
import re
from io import BytesIO
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client, override_settings
from PIL import Image

from chatbot import app_shell


def built(url: str) -> bytes:
    """The file of the build behind an address of a static file, whatever hash it carries."""
    name = re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", url.removeprefix("/static/"))
    path = finders.find(name)
    assert path, name
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()


def shell(client: Client) -> dict[str, Any]:
    """What the worker is to keep."""
    first = client.get("/service-worker.js").content.decode().partition("\n")[0]
    return json.loads(first.removeprefix("self.SHELL=").removesuffix(";"))  # type: ignore[no-any-return]


def test_the_manifest_names_the_site_and_icons_of_the_sizes_that_it_says(client: Client) -> None:
    with override_settings(SITE_NAME="Aunt Ada"):
        response = client.get("/manifest.webmanifest")
    assert response.headers["Content-Type"] == "application/manifest+json"
    assert response.headers["Cache-Control"] == "no-cache"
    body = response.json()
    assert (body["name"], body["display"], body["start_url"], body["scope"]) == ("Aunt Ada", "standalone", "/", "/")
    pictures = [icon for icon in body["icons"] if icon["type"] == "image/png"]
    assert {(icon["sizes"], icon["purpose"]) for icon in pictures} == {
        (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
    }
    for icon in pictures:
        picture = Image.open(BytesIO(built(icon["src"])))
        assert f"{picture.width}x{picture.height}" == icon["sizes"]
        corner = picture.convert("RGBA").getpixel((0, 0))
        assert isinstance(corner, tuple)
        assert (corner[3] == 255) is (icon["purpose"] == "maskable")


@pytest.mark.django_db
def test_shortcuts_lead_to_pages(web: Client) -> None:
    for shortcut in web.get("/manifest.webmanifest").json()["shortcuts"]:
        assert web.get(shortcut["url"]).status_code == 200, shortcut


def test_the_worker_may_serve_all_pages_and_is_asked_for_each_time(client: Client) -> None:
    response = client.get("/service-worker.js")
    assert response.headers["Service-Worker-Allowed"] == "/"
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    again = client.get("/service-worker.js", headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.django_db
def test_the_worker_keeps_what_the_chat_page_asks_for_by_the_names_it_uses(web: Client) -> None:
    files = shell(web)["files"]
    html = re.sub(r"<(noscript|template).*?</\1>", "", web.get("/").content.decode(), flags=re.DOTALL)
    asked = re.findall(r'<(?:script[^>]* src|link rel="stylesheet" href)="([^"]+)"', html)
    assert len(asked) == 4
    assert set(asked) <= set(files)
    for url in files:
        assert built(url)
        if url.endswith(".js"):
            imports = re.findall(r'(?:from|import)"\./([^"]+)"', built(url).decode())
            folder = url.rpartition("/")[0]
            assert {f"{folder}/{name}" for name in imports} <= set(files), url


def test_the_version_changes_with_the_files(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def version_with(worker: bytes) -> str:
        app_shell._worker.cache_clear()
        monkeypatch.setattr(app_shell, "_built", lambda name: worker if name == app_shell.WORKER else b'["theme.js"]')
        return str(shell(client)["version"])

    versions = [version_with(b"1"), version_with(b"1"), version_with(b"2")]
    assert versions[0] == versions[1] != versions[2]
    monkeypatch.undo()
    app_shell._worker.cache_clear()


def test_the_page_without_a_network_is_the_same_for_everybody(client: Client) -> None:
    response = client.get("/offline/")
    assert response.status_code == 200
    assert not response.cookies
    html = response.content.decode()
    assert "There is no connection" in html
    assert "csrf" not in html
