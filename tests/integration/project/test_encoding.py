"""Whatever charset a client names, what it sends is read as UTF-8."""

import json

import pytest
from django.test import AsyncClient, Client
from rest_framework.test import APIClient

from chatbot.accounts.models import User

CHARSETS = ["utf-8", "utf-16", "latin-1", "rot13", "zlib", "idna", "no-such-charset"]


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_form_is_read_as_utf_8(user: User, client: Client, charset: str) -> None:
    client.force_login(user)
    sent = client.generic(
        "POST",
        "/accounts/profile/",
        "first_name=J%C3%BCrgen&last_name=",
        content_type=f"application/x-www-form-urlencoded; charset={charset}",
    )
    assert sent.status_code == 302
    user.refresh_from_db()
    assert user.first_name == "Jürgen"


@pytest.mark.parametrize("charset", CHARSETS)
def test_json_is_read_as_utf_8(api: APIClient, charset: str) -> None:
    body = json.dumps({"first_name": "Jürgen"}, ensure_ascii=False)
    response = api.generic("PATCH", "/api/v1/me/", body, content_type=f"application/json; charset={charset}")
    assert response.json()["first_name"] == "Jürgen"


@pytest.mark.parametrize("charset", CHARSETS)
async def test_it_works_on_the_asynchronous_path_too(async_client: AsyncClient, charset: str) -> None:
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    response = await async_client.generic("POST", "/health/live", "a=1", content_type=kind)
    assert response.status_code < 500
