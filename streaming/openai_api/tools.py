"""What a program says of its tools, and of the form that an answer is to have."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Identifier = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]


class Function(msgspec.Struct, omit_defaults=True):
    """A function that the model may call; `parameters` is a JSON Schema."""

    name: Identifier
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(msgspec.Struct):
    """A tool."""

    function: Function
    type: Literal["function"] = "function"


class FunctionName(msgspec.Struct):
    """A function by its name."""

    name: Identifier


class NamedTool(msgspec.Struct):
    """The tool that is to be called."""

    function: FunctionName
    type: Literal["function"] = "function"


class PlainText(msgspec.Struct, tag_field="type", tag="text"):
    """Text, as usual."""


class JsonObject(msgspec.Struct, tag_field="type", tag="json_object"):
    """Any JSON object."""


class NamedSchema(msgspec.Struct, omit_defaults=True):
    """A JSON Schema with its name."""

    name: Identifier
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class JsonSchema(msgspec.Struct, tag_field="type", tag="json_schema"):
    """JSON after a schema."""

    json_schema: NamedSchema


ResponseFormat = PlainText | JsonObject | JsonSchema
