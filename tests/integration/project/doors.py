"""A door as the tests of all doors know it: what it takes, an example that it accepts, and how to ask it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

import msgspec
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework import serializers

from tests.integration.project.rooms import Rooms
from tests.integration.project.routes import fill

Path = tuple[str | int, ...]
# Takes the place of a value until its bytes are put there.
_PLACE = "here it goes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One method of one route.

    `takes` is the class that reads the body: its fields are all asked for, also those that come one day. `fields` are
    others, `query` the parameters of the address, `headers` those that are read. `example` makes a body that is
    accepted with `status`. `ids` says which parameters of the route mean other objects than usual. A `strange` door is
    for people who are not logged in; a `live` one needs a provider. `sample` is a query that it answers.
    """

    method: str
    path: str
    takes: Any = None
    example: Callable[[Rooms], dict[str, Any]] = lambda _: {}
    fields: tuple[Path, ...] = ()
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    status: int = 200
    ids: Mapping[str, str] = field(default_factory=dict)
    kind: Literal["json", "form", "none"] = "json"
    strange: bool = False
    live: bool = False
    sample: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path or '/'}"

    @property
    def is_openai(self) -> bool:
        """Whether errors have OpenAI's shape."""
        return self.path.startswith("v1/")

    @property
    def is_page(self) -> bool:
        """Whether people see the answer."""
        return not self.path.startswith(("api/v1/", "v1/"))

    def all_fields(self) -> list[Path]:
        """The paths of all fields of the body."""
        named: list[Path] = [(name,) for name in names_of(self.takes)]
        return list(dict.fromkeys([*named, *self.fields]))

    def address(self, rooms: Rooms) -> str:
        """The address of this door for what is in the rooms."""
        values = dict(rooms.ids)
        for name, room in self.ids.items():
            found = getattr(rooms, room)
            values[name] = getattr(found, "pk", found)
        return fill(self.path, values)

    def ask(self, client: Client, rooms: Rooms, body: Any = None, **extra: Any) -> Any:
        """The response to a body: bytes of JSON, or the values of a form; nothing means the example."""
        given = self.example(rooms) if body is None else body
        address = self.address(rooms)
        if self.method == "GET":
            return client.get(address, **{"QUERY_STRING": self.sample, **extra})
        if self.kind == "form" and isinstance(given, dict):
            # A browser leaves out what has no value.
            return client.post(address, {name: value for name, value in given.items() if value is not None}, **extra)
        data = given if isinstance(given, bytes) else json.dumps(given).encode()
        return client.generic(self.method, address, data, **{"content_type": "application/json", **extra})

    def with_value(self, rooms: Rooms, path: Path, raw: bytes) -> bytes:
        """The example's JSON with `raw` in the place of a field."""
        return placed_in(self.example(rooms), path, raw)


def placed_in(example: dict[str, Any], path: Path, raw: bytes) -> bytes:
    """The JSON of an example with `raw` in the place of a field."""
    return json.dumps(_placed(example, path)).encode().replace(f'"{_PLACE}"'.encode(), raw)


def _placed(value: Any, path: Path) -> Any:
    """A copy of `value` with _PLACE at `path`; what is missing on the way is made."""
    if not path:
        return _PLACE
    first, *rest = path
    if isinstance(first, int):
        items = list(value) if isinstance(value, list) else []
        items += [None] * (first + 1 - len(items))
        items[first] = _placed(items[first], tuple(rest))
        return items
    entries = dict(value) if isinstance(value, dict) else {}
    return {**entries, first: _placed(entries.get(first), tuple(rest))}


def names_of(takes: Any) -> list[str]:
    """The names of the fields that a class reads: a msgspec struct, a serializer or a form."""
    if takes is None:
        return []
    if issubclass(takes, msgspec.Struct):
        return [one.encode_name for one in msgspec.structs.fields(takes)]
    if issubclass(takes, forms.BaseForm):
        return list(takes.base_fields)
    return [name for name, one in takes().fields.items() if not one.read_only]


def texts_of(takes: Any) -> set[Any]:
    """The names of those fields that take any text."""
    if takes is None or issubclass(takes, forms.BaseForm):
        return set()
    if issubclass(takes, msgspec.Struct):
        return {one.encode_name for one in msgspec.structs.fields(takes) if _is_text(one.type)}
    return {
        name
        for name, one in takes().fields.items()
        if isinstance(one, serializers.CharField) and not isinstance(one, serializers.SlugField)
    }


def _is_text(kind: Any) -> bool:
    told = msgspec.inspect.type_info(kind)
    return any(isinstance(part, msgspec.inspect.StrType) for part in getattr(told, "types", (told,)))


def new_id() -> str:
    """A client's id of a new message."""
    return str(uuid4())


def a_file(name: str = "note.txt", content: bytes = b"Hello") -> SimpleUploadedFile:
    """A file of a form."""
    return SimpleUploadedFile(name, content)
