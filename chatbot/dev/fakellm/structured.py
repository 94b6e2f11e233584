"""What the scripted provider makes of tools and response formats: calls and JSON after their schemas."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chatbot.dev.fakellm.script import Script
from chatbot.dev.fakellm.wire import message_text

_EXAMPLES: Mapping[str, Any] = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "null": None}


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of one tool; `arguments` are JSON."""

    name: str
    arguments: str


def example_of(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> Any:
    """The simplest value that a JSON Schema allows: the same one each time."""
    root = root or schema
    if "$ref" in schema:
        named = root
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            named = named[part]
        return example_of(named, root)
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], root)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    if kind == "object":
        return {name: example_of(value, root) for name, value in schema.get("properties", {}).items()}
    if kind == "array":
        return [example_of(schema.get("items", {}), root)]
    return _EXAMPLES.get(kind if isinstance(kind, str) else kind[0])


def wanted_call(body: Mapping[str, Any], script: Script) -> ToolCall | None:
    """The call that script or request order, unless the result of one is the last message.

    A request orders one with `tool_choice`, a script with `tool`; arguments that the script does not give follow the
    tool's schema.
    """
    tools = {tool["function"]["name"]: tool["function"] for tool in body.get("tools") or ()}
    choice = body.get("tool_choice")
    if not tools or choice == "none" or body["messages"][-1]["role"] == "tool":
        return None
    named = choice["function"]["name"] if isinstance(choice, dict) else None
    name = named or script.tool or (next(iter(tools)) if choice == "required" else None)
    if name is None or name not in tools:
        return None
    if script.arguments is not None:
        return ToolCall(name, script.arguments)
    return ToolCall(name, json.dumps(example_of(tools[name].get("parameters") or {"type": "object"})))


def wanted_text(body: Mapping[str, Any], prompt: str) -> str | None:
    """The text that the request orders: JSON where it asks for that, the tool's result where there is one."""
    last = body["messages"][-1]
    if last["role"] == "tool":
        return f"The tool says: {message_text(last)}"
    match body.get("response_format"):
        case {"type": "json_object"}:
            return json.dumps({"said": prompt})
        case {"type": "json_schema", "json_schema": {"schema": schema}}:
            return json.dumps(example_of(schema))
    return None
