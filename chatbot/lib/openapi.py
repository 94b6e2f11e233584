"""What documents a REST door: its operations with their examples and errors, said in `api/schema.py` beside the doors.

Everything that is said here is also checked: every example against its schema, and the answers of every operation when
it is called with its examples and with what its schema allows and forbids.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from chatbot.lib.errors import AppError, Forbidden, Overloaded, RateLimited, Unauthorized

Schema = dict[str, Any]

JSON, EVENTS = "application/json", "text/event-stream"
REF = "#/components/schemas/{name}"
# Schemas that are no serializers, by name.
COMPONENTS: dict[str, Schema] = {}

STRANGERS: tuple[type[AppError], ...] = (RateLimited, Overloaded)
CALLERS: tuple[type[AppError], ...] = (Unauthorized, Forbidden, *STRANGERS)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One way in which an operation succeeds. `kind` is a serializer, or a schema; None: there is no body."""

    status: int = 200
    kind: Any = None
    example: Any = None
    media_type: str = JSON
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class ErrorShape:
    """How a door tells errors: a schema, and an example of an error in it."""

    schema: str
    example: Callable[[type[AppError]], Schema]
    # What each status may also mean, beside the errors of the contract.
    status_of: Callable[[type[AppError]], int] = lambda kind: kind.status


CONTRACT = ErrorShape(schema="Error", example=lambda kind: {"error": kind().as_dict()})


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one route. `takes` is a serializer or a schema, `sends` an example of it. That callers are not
    known, may not do it or ask too often goes without saying among `errors`. `public`: nobody need be known.
    """

    id: str
    tag: str
    summary: str
    description: str = ""
    parameters: Sequence[OpenApiParameter] = ()
    takes: Any = None
    sends: Any = None
    media_type: str = JSON
    replies: Sequence[Reply]
    errors: Sequence[type[AppError]] = ()
    public: bool = False
    shape: ErrorShape = CONTRACT


def describe(view: type[APIView], **operations: Operation) -> None:
    """Documents the methods of a DRF view."""
    extend_schema_view(**{method: extend_schema(**_arguments(one)) for method, one in operations.items()})(view)


def describe_plain(view: Any, **operations: Operation) -> None:
    """Documents a view that is none of DRF's, by a DRF view of the same methods that nobody calls."""
    shadow = type(view.__name__, (APIView,), {method: _uncalled() for method in operations})
    describe(shadow, **operations)
    view.cls, view.initkwargs = shadow, {}


def _uncalled() -> Callable[..., None]:
    """A method of its own each time: what documents it is kept on it."""
    return lambda view, request: None


def component(kind: Any, name: str = "") -> Schema:
    """The schema of a msgspec type, kept as a component (with what it consists of) and named by reference."""
    (schema,), parts = msgspec.json.schema_components([kind], ref_template=REF)
    COMPONENTS.update(parts)
    if not name:
        return schema
    COMPONENTS[name] = schema
    return {"$ref": REF.format(name=name)}


def rename(name: str, serializer: type[BaseSerializer[Any]]) -> type[BaseSerializer[Any]]:
    """The serializer, shown under a name for readers."""
    return extend_schema_serializer(component_name=name)(serializer)


def query(name: str, kind: Any, description: str, *, example: Any = None, **more: Any) -> OpenApiParameter:
    """A parameter of the query."""
    examples = [OpenApiExample("example", value=example)] if example is not None else None
    return OpenApiParameter(name, kind, OpenApiParameter.QUERY, description=description, examples=examples, **more)


def _arguments(operation: Operation) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "operation_id": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description or f"{operation.summary}.",
        "parameters": [*operation.parameters],
        "request": {operation.media_type: operation.takes} if operation.takes is not None else None,
        "responses": _responses(operation),
        "examples": [*_examples(operation)],
    }
    if operation.public:
        arguments["auth"] = []
    return arguments


def _examples(operation: Operation) -> Iterable[OpenApiExample]:
    if operation.sends is not None:
        yield OpenApiExample("example", value=operation.sends, request_only=True, media_type=operation.media_type)
    for reply in operation.replies:
        if reply.example is not None:
            yield OpenApiExample(
                f"example {reply.status}",
                value=reply.example,
                response_only=True,
                status_codes=[str(reply.status)],
                media_type=reply.media_type,
            )


def _responses(operation: Operation) -> dict[Any, Any]:
    responses: dict[Any, Any] = {
        (reply.status, reply.media_type): OpenApiResponse(
            reply.kind, description=reply.description or HTTPStatus(reply.status).phrase
        )
        for reply in operation.replies
    }
    by_status: dict[int, list[type[AppError]]] = {}
    for kind in dict.fromkeys((*operation.errors, *(STRANGERS if operation.public else CALLERS))):
        by_status.setdefault(operation.shape.status_of(kind), []).append(kind)
    for status, kinds in sorted(by_status.items()):
        responses[status, JSON] = OpenApiResponse(
            {"$ref": REF.format(name=operation.shape.schema)},
            description=", ".join(f"`{kind.code}`" for kind in kinds),
            examples=[OpenApiExample(kind.code, value=operation.shape.example(kind)) for kind in kinds],
        )
    return responses
