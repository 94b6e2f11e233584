"""The messages of a request, as OpenAI's API has them. What their objects hold beside this is left out: programs hand
in again whatever they were given.
"""

import binascii
import re
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from streaming.openai_api.errors import ApiError

_DATA_URL = re.compile(r"data:image/(png|jpeg|jpg|gif|webp);base64,", re.ASCII)
_SIGNATURES = {
    "png": b"\x89PNG",
    "jpeg": b"\xff\xd8\xff",
    "jpg": b"\xff\xd8\xff",
    "gif": b"GIF8",
    "webp": b"RIFF",
}

Name = Annotated[str, Meta(max_length=64)]
CallId = Annotated[str, Meta(min_length=1, max_length=200)]


class TextPart(msgspec.Struct, tag_field="type", tag="text"):
    """A text among the parts of a message."""

    text: str


class RefusalPart(msgspec.Struct, tag_field="type", tag="refusal"):
    """A refusal among the parts of an earlier answer."""

    refusal: str


class ImageUrl(msgspec.Struct, omit_defaults=True):
    """An image, in the address itself."""

    url: str
    detail: Literal["auto", "low", "high"] | None = None


class ImagePart(msgspec.Struct, tag_field="type", tag="image_url"):
    """An image among the parts of a message."""

    image_url: ImageUrl


Texts = str | Annotated[list[TextPart], Meta(min_length=1)]


class SystemMessage(msgspec.Struct, tag_field="role", tag="system", omit_defaults=True):
    """What the program tells the model."""

    content: Texts
    name: Name | None = None


class DeveloperMessage(msgspec.Struct, tag_field="role", tag="developer", omit_defaults=True):
    """The same under its newer name."""

    content: Texts
    name: Name | None = None


class UserMessage(msgspec.Struct, tag_field="role", tag="user", omit_defaults=True):
    """What the user says."""

    content: str | Annotated[list[TextPart | ImagePart], Meta(min_length=1)]
    name: Name | None = None


class CalledFunction(msgspec.Struct):
    """The call of a function; `arguments` are JSON as the model wrote it."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    arguments: str


class ToolCall(msgspec.Struct):
    """A call that the model asked for."""

    id: CallId
    function: CalledFunction
    type: Literal["function"] = "function"


class AssistantMessage(msgspec.Struct, tag_field="role", tag="assistant", omit_defaults=True):
    """An earlier answer."""

    content: str | list[TextPart | RefusalPart] | None = None
    refusal: str | None = None
    name: Name | None = None
    tool_calls: list[ToolCall] | None = None


class ToolMessage(msgspec.Struct, tag_field="role", tag="tool"):
    """What a called tool gave."""

    content: Texts
    tool_call_id: CallId


Message = SystemMessage | DeveloperMessage | UserMessage | AssistantMessage | ToolMessage


def check_messages(messages: Sequence[Message]) -> None:
    """Raises ApiError for images that are elsewhere or are none, and for earlier answers that say nothing."""
    for at, message in enumerate(messages):
        if isinstance(message, AssistantMessage):
            if not (message.content or message.tool_calls or message.refusal is not None or message.content == ""):
                raise ApiError(
                    400,
                    f"Invalid value for 'messages[{at}].content': expected a string, got null.",
                    param=f"messages[{at}].content",
                    code="invalid_type",
                )
        elif isinstance(message, UserMessage) and not isinstance(message.content, str):
            for number, part in enumerate(message.content):
                if isinstance(part, ImagePart):
                    _check_image(part.image_url.url, f"messages[{at}].content[{number}].image_url.url")


def _check_image(url: str, param: str) -> None:
    begin = _DATA_URL.match(url)
    if begin is None:
        raise ApiError(
            400,
            "Images are not fetched from elsewhere: send the image itself as a data URL "
            "(data:image/png;base64,…; PNG, JPEG, GIF or WebP).",
            param=param,
            code="invalid_image_url",
        )
    try:
        data = binascii.a2b_base64(url[begin.end() :].encode(), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        data = b""
    if not data.startswith(_SIGNATURES[begin[1]]):
        raise ApiError(400, "The image is not what its data URL says.", param=param, code="invalid_image")
