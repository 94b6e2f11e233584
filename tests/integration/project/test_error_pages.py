"""Errors outside of any view."""

import pytest
from django.test import Client


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/"])
def test_an_unknown_api_path_answers_in_the_contracts_shape(path: str) -> None:
    response = Client().get(path)
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_an_unknown_page_answers_with_a_page(db: None) -> None:
    response = Client().get("/nothing/")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


def test_an_unexpected_error_in_the_api_tells_nothing_of_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatbot.health.run_checks", lambda _: 1 / 0)
    response = Client(raise_request_exception=False).get("/health/ready")
    assert response.status_code == 500
    assert b"division" not in response.content


def test_what_goes_wrong_outside_of_the_views_of_v1_has_openais_shape() -> None:
    response = Client(headers={"host": "somewhere.else"}).get("/v1/models")
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"
