"""Every error of a REST door has the contract's shape."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from chatbot.lib import errors
from chatbot.lib.api import error_response, exception_handler


class SomeView:
    """Stands where DRF hands over its view."""


def handle(error: Exception) -> Response:
    response = exception_handler(error, {"view": SomeView()})
    assert response is not None
    return response


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.GenerationActive(), 409, "generation_active"),
        (exceptions.ValidationError({"title": ["Too long."]}), 400, "invalid_input"),
        (exceptions.ParseError("JSON parse error"), 400, "invalid_input"),
        (exceptions.UnsupportedMediaType("text/plain"), 400, "invalid_input"),
        (exceptions.NotAuthenticated(), 401, "unauthorized"),
        (exceptions.AuthenticationFailed(), 401, "unauthorized"),
        (exceptions.PermissionDenied(), 403, "forbidden"),
        (PermissionDenied(), 403, "forbidden"),
        (exceptions.NotFound(), 404, "not_found"),
        (Http404(), 404, "not_found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "invalid_input"),
        (exceptions.NotAcceptable(), 406, "invalid_input"),
        (exceptions.Throttled(wait=7), 429, "rate_limited"),
        (RequestDataTooBig("Request body exceeded the limit."), 400, "invalid_input"),
    ],
)
def test_a_known_error_has_its_status_and_code(error: Exception, status: int, code: str) -> None:
    response = handle(error)
    assert response.status_code == status
    assert response.data["error"]["code"] == code
    assert response.data["error"]["message"]
    assert set(response.data) == {"error"}


def test_an_unforeseen_error_is_logged_and_says_nothing_of_itself(caplog: pytest.LogCaptureFixture) -> None:
    response = handle(RuntimeError("the password is swordfish"))
    assert response.status_code == 500
    assert response.data["error"]["code"] == "internal"
    assert "swordfish" not in str(response.data)
    assert "swordfish" in caplog.text


def test_invalid_fields_are_named() -> None:
    response = handle(exceptions.ValidationError({"title": ["Too long."]}))
    rendered: Any = json.loads(JSONRenderer().render(response.data))
    assert rendered["error"]["details"] == {"fields": {"title": ["Too long."]}}


def test_headers_tell_how_to_authenticate_and_when_to_come_back() -> None:
    assert handle(errors.Unauthorized())["WWW-Authenticate"] == "Bearer"
    limited = handle(errors.RateLimited(retry_after=12))
    assert limited["Retry-After"] == "12"
    assert limited.data["error"]["retry_after"] == 12


def test_plain_views_answer_in_the_same_shape() -> None:
    response = error_response(errors.RateLimited("Slow down.", retry_after=3))
    assert response.status_code == 429
    assert response["Retry-After"] == "3"
    assert json.loads(response.content) == {
        "error": {"code": "rate_limited", "message": "Slow down.", "retry_after": 3}
    }
