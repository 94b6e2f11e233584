"""What drf-spectacular calls while it makes the schema."""

import re
from collections.abc import Iterator
from typing import Any

from chatbot.lib.api import CursorPages
from chatbot.lib.errors import AppError
from chatbot.lib.openapi import COMPONENTS, Schema

PARAMETER = re.compile(r"\{(\w+)\}")
# PostgreSQL keeps every character but this one.
NO_NUL = r"^[^\u0000]*$"
EXAMPLE_ID = "a701a204-ce2d-8f30-8fc4-7f3a1c9d1055"
LIMIT_HEADERS = {
    "X-RateLimit-Limit": "Requests a minute that the caller may make.",
    "X-RateLimit-Remaining": "How many are left.",
    "X-RateLimit-Reset": "When all of them are back, as Unix time in seconds.",
}
HEADERS = {**LIMIT_HEADERS, "Retry-After": "When to come again, in seconds."}
PAGE = "Paginated"
NO_PAGE = {"next": None, "previous": None}


def _codes(kind: type[AppError]) -> Iterator[str]:
    yield kind.code
    for below in kind.__subclasses__():
        yield from _codes(below)


ERROR: Schema = {
    "type": "object",
    "description": "What went wrong. The code is stable, the message is for people.",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "additionalProperties": False,
            "properties": {
                "code": {"type": "string", "enum": sorted(_codes(AppError))},
                "message": {"type": "string"},
                "details": {"type": "object", "description": "What is wrong where, for example `fields`."},
                "retry_after": {"type": "integer", "description": "Seconds."},
                "fallback_suggestions": {"type": "array", "items": {"type": "string"}},
            },
        }
    },
}


def complete(result: Schema, **_: Any) -> Schema:
    """The finished schema: with the components that are no serializers, with what all doors have in common."""
    components = result["components"]
    schemas = components.setdefault("schemas", {})
    schemas.update({"Error": ERROR, **COMPONENTS})
    components["headers"] = {
        name: {"schema": {"type": "integer"}, "description": description} for name, description in HEADERS.items()
    }
    for name, schema in schemas.items():
        if name.startswith(PAGE):
            _describe_page(schema)
    for path, operations in result["paths"].items():
        for operation in operations.values():
            _explain_parameters(operation)
            _add_headers(operation, openai=path.startswith("/v1/"))
            _end_pages(operation)
            if body := operation.get("requestBody"):
                body["required"] = any(_requires(taken["schema"], schemas) for taken in body["content"].values())
                for taken in body["content"].values():
                    _forbid_nul(taken["schema"], schemas, set())
    _drop_notes(result)
    return result


def _explain_parameters(operation: Schema) -> None:
    for parameter in operation.get("parameters", []):
        schema = parameter["schema"]
        if parameter["in"] == "path" and schema.get("format") == "uuid":
            parameter.setdefault("example", EXAMPLE_ID)
        elif parameter["in"] == "query" and parameter["name"] == CursorPages.page_size_query_param:
            schema.update({"minimum": 1, "default": CursorPages.page_size})
            parameter["description"] = f"Rows of a page, {CursorPages.max_page_size} at most."
        if parameter["in"] == "query" and schema.get("type") == "string" and not {"format", "enum"} & set(schema):
            schema.setdefault("pattern", NO_NUL)


def _add_headers(operation: Schema, *, openai: bool) -> None:
    for status, response in operation["responses"].items():
        headers = response.setdefault("headers", {})
        # OpenAI's clients know no limits but the time to wait.
        names = [] if openai else [*LIMIT_HEADERS]
        names += ["Retry-After"] if status in {"429", "503"} else []
        for name in names:
            headers[name] = {"$ref": f"#/components/headers/{name}"}


def _describe_page(schema: Schema) -> None:
    """drf-spectacular says `nullable`, which OpenAPI 3.1 no longer knows, and leaves out that both are always there."""
    schema["required"] = [*NO_PAGE, "results"]
    for name in NO_PAGE:
        schema["properties"][name] = {"type": ["string", "null"], "format": "uri"}


def _end_pages(operation: Schema) -> None:
    """The pages of examples are the only ones."""
    for response in operation["responses"].values():
        for body in response.get("content", {}).values():
            if PAGE in body["schema"].get("$ref", ""):
                for example in body["examples"].values():
                    example["value"] |= NO_PAGE


def _drop_notes(part: Any) -> None:
    """Takes away the notes that drf-spectacular leaves for hooks of its own."""
    if isinstance(part, dict):
        part.pop("x-spec-enum-id", None)
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _drop_notes(each)


def _requires(schema: Schema, schemas: Schema) -> bool:
    """Whether a body that holds nothing is not enough."""
    return bool(schemas.get(str(schema.get("$ref", "")).rpartition("/")[2], schema).get("required"))


def _forbid_nul(schema: Any, schemas: Schema, seen: set[str]) -> None:
    """Says of every free text in a body that it holds no NUL."""
    if isinstance(schema, list):
        for each in schema:
            _forbid_nul(each, schemas, seen)
        return
    if not isinstance(schema, dict):
        return
    if (name := str(schema.get("$ref", "")).rpartition("/")[2]) and name not in seen:
        seen.add(name)
        _forbid_nul(schemas[name], schemas, seen)
    if "string" in (schema.get("type") or ()) and not {"format", "enum", "pattern", "contentMediaType"} & set(schema):
        schema["pattern"] = NO_NUL
    for key in ("properties", "items", "anyOf", "oneOf", "allOf", "additionalProperties"):
        part = schema.get(key)
        _forbid_nul([*part.values()] if key == "properties" and part else part, schemas, seen)
