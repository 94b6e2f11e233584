"""The OpenAPI schema: valid, the same each time, and about every route."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from jsonschema_rs import Draft202012Validator

METHODS = {"get", "post", "put", "patch", "delete"}
Place = tuple[str, dict[str, Any], Any]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The schema as clients get it."""
    body: dict[str, Any] = json.loads(Client().get("/api/schema/").content)
    return body


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each operation with its name for messages."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Whatever an operation takes or gives, under each media type."""
    for name, operation in operations(document):
        for media_type, body in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{name} takes {media_type}", body
        for status, response in operation["responses"].items():
            for media_type, body in response.get("content", {}).items():
                yield f"{name} gives {status} {media_type}", body


def walk(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    """All paths of the URL configuration, with their parameters as OpenAPI writes them."""
    for one in resolver.url_patterns:
        path = before + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(one.pattern))
        if isinstance(one, URLPattern):
            yield path
        else:
            yield from walk(one, path)


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    validate: Any = validate_schema
    validate(document)
    assert document["openapi"].startswith("3.1")


def test_it_is_made_without_a_warning_and_the_same_each_time(document: dict[str, Any]) -> None:
    with GENERATOR_STATS.silence():
        generator: Any = SchemaGenerator
        again = generator().get_schema(request=None, public=True)
    assert (dict(GENERATOR_STATS._warn_cache), dict(GENERATOR_STATS._error_cache)) == ({}, {})
    assert json.loads(json.dumps(again)) == document


def test_every_route_of_the_api_is_in_it(document: dict[str, Any]) -> None:
    routes = {path for path in walk(get_resolver()) if path.startswith(("/api/v1/", "/v1/"))}
    # What OpenAI has and we have not is refused under /v1/, in its shape.
    assert routes - {"/v1/"} == set(document["paths"])
    assert len(routes) > 35


def test_every_operation_is_named_described_and_in_a_section(document: dict[str, Any]) -> None:
    sections = {tag["name"] for tag in document["tags"]}
    found = list(operations(document))
    for name, operation in found:
        assert operation["summary"], name
        assert operation["description"], name
        assert set(operation["tags"]) <= sections, name
    assert len({operation["operationId"] for _, operation in found}) == len(found)


def test_whatever_is_taken_or_given_has_an_example(document: dict[str, Any]) -> None:
    for name, body in bodies(document):
        assert body["examples"], name


def test_every_example_is_what_its_schema_says(document: dict[str, Any]) -> None:
    checked = 0
    for name, body in bodies(document):
        schema = {**body["schema"], "components": document["components"]}
        validator = Draft202012Validator(schema, validate_formats=True)
        for example in body["examples"].values():
            faults = [fault.message for fault in validator.iter_errors(example["value"])]
            assert not faults, f"{name}: {faults}"
            checked += 1
    assert checked > 300


def test_no_door_answers_with_an_error_that_it_does_not_name(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert {"429", "503"} <= set(operation["responses"]), name
        assert operation.get("security") == [{}] or "401" in operation["responses"], name


def test_a_client_that_has_it_gets_nothing_again(client: Client) -> None:
    first = client.get("/api/schema/")
    assert first.headers["Content-Type"] == "application/json"
    again = client.get("/api/schema/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_nothing_but_reading_is_allowed(client: Client) -> None:
    for path in ("/api/schema/", "/api/docs/"):
        assert client.post(path).status_code == 405


def test_the_page_names_the_schema_and_holds_no_script_of_its_own(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    assert 'data-schema="/api/schema/"' in page
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", page)
    assert settings.SITE_NAME in page
