"""Every door of the project, one row for each method of each route. A route without a row fails test_texts_doors."""

from chatbot.accounts.api.keys import KeyInput
from chatbot.accounts.api.me import ProfileInput
from chatbot.accounts.api.tokens import LoginInput, RefreshInput
from chatbot.reports.client_errors import ClientErrorInput
from conversations.api.exports import ExportInput
from conversations.api.feedback import FeedbackInput
from conversations.api.presets import PresetChange, PresetInput
from conversations.api.serializers import ConversationInput, NewConversationInput
from conversations.api.shares import ShareInput
from moderation.api.appeals import AppealInput
from moderation.api.reports import ReportInput
from streaming.api.inputs import BatchInput, EditInput, MessageInput, RegenerateInput, StreamInput
from streaming.openai_api.inputs import ChatRequest
from tests.factories import PASSWORD
from tests.integration.project.door_table_pages import PAGES
from tests.integration.project.doors import Door, a_file, new_id
from tests.integration.project.rooms import Rooms

PAGED = ("cursor", "limit")
PROMPT, PENDING, FAILED = {"message_id": "prompt"}, {"message_id": "pending"}, {"message_id": "failed"}


def get(path: str, *query: str, **more: object) -> Door:
    """A door that reads."""
    return Door(method="GET", path=path, query=query, kind="none", **more)  # type: ignore[arg-type]


def bare(method: str, path: str, status: int, **more: object) -> Door:
    """A door that writes and reads no body."""
    return Door(method=method, path=path, status=status, kind="none", **more)  # type: ignore[arg-type]


def post(path: str, takes: object, example: object, status: int = 200, **more: object) -> Door:
    """A door that reads a body."""
    return Door(method="POST", path=path, takes=takes, example=example, status=status, **more)  # type: ignore[arg-type]


def a_message(_: Rooms) -> dict[str, object]:
    return {"client_message_id": new_id(), "content": "Hello"}


def a_batch(rooms: Rooms) -> dict[str, object]:
    return {"messages": [a_message(rooms), a_message(rooms)]}


def a_completion(rooms: Rooms) -> dict[str, object]:
    tool = {"type": "function", "function": {"name": "look", "description": "Looks", "parameters": {}}}
    return {
        "model": rooms.model.slug,
        "messages": [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "Hello", "name": "ann"}],
        "tools": [tool],
        "stream": True,
    }


MESSAGE, TOOL = ("messages", 1), ("tools", 0, "function")
API = [
    get("api/v1/conversations/", "archived", "pinned", "folder", *PAGED),
    post("api/v1/conversations/", NewConversationInput, lambda _: {"title": "A"}, 201),
    get("api/v1/conversations/<conversation_id>/"),
    Door(method="PATCH", path="api/v1/conversations/<conversation_id>/", takes=ConversationInput),
    bare("DELETE", "api/v1/conversations/<conversation_id>/", 204),
    get("api/v1/conversations/<conversation_id>/messages/", "around", *PAGED),
    post("api/v1/conversations/<conversation_id>/messages/", MessageInput, a_message, 202),
    post("api/v1/chat/stream/", StreamInput, a_message),
    post(
        "api/v1/chat/batch/",
        BatchInput,
        a_batch,
        202,
        fields=tuple(("messages", 1, name) for name in ("content", "conversation_id", "model", "attachments", "x")),
    ),
    get("api/v1/messages/<message_id>/"),
    get("api/v1/messages/<message_id>/events/", "after_seq", headers=("Last-Event-ID",), ids=FAILED),
    post("api/v1/messages/<message_id>/edit/", EditInput, a_message, 202, ids=PROMPT),
    post("api/v1/messages/<message_id>/regenerate/", RegenerateInput, lambda _: {"client_message_id": new_id()}, 202),
    bare("POST", "api/v1/messages/<message_id>/stop/", 202, ids=PENDING),
    bare("POST", "api/v1/messages/<message_id>/retry/", 202, ids=FAILED),
    bare("POST", "api/v1/messages/<message_id>/select/", 200),
    get("api/v1/messages/<message_id>/feedback/"),
    post("api/v1/messages/<message_id>/feedback/", FeedbackInput, lambda _: {"rating": 1}),
    bare("DELETE", "api/v1/messages/<message_id>/feedback/", 204),
    post("api/v1/messages/<message_id>/report/", ReportInput, lambda _: {"reason": "harmful"}, 201),
    get("api/v1/moderation/appeals/", *PAGED),
    post(
        "api/v1/moderation/appeals/",
        AppealInput,
        lambda rooms: {"verdict_id": str(rooms.verdict), "text": "It was meant well."},
        201,
    ),
    get("api/v1/models/"),
    get("api/v1/usage/"),
    get("api/v1/shares/", *PAGED),
    post("api/v1/shares/", ShareInput, lambda rooms: {"conversation_id": str(rooms.conversation.pk)}, 201),
    get("api/v1/shares/<share_id>/"),
    bare("DELETE", "api/v1/shares/<share_id>/", 204),
    get("api/v1/exports/", *PAGED),
    post("api/v1/exports/", ExportInput, lambda _: {"format": "markdown"}, 202),
    get("api/v1/exports/<export_id>/"),
    bare("DELETE", "api/v1/exports/<export_id>/", 204),
    get("api/v1/exports/<export_id>/file/"),
    get("api/v1/imports/", *PAGED),
    Door(
        method="POST",
        path="api/v1/imports/",
        kind="form",
        example=lambda _: {"file": a_file("mine.json", b"[]")},
        fields=(("file",),),
        status=202,
    ),
    get("api/v1/imports/<import_id>/"),
    get("api/v1/presets/"),
    post("api/v1/presets/", PresetInput, lambda _: {"name": "Editor", "text": "Be brief.", "model": "big"}, 201),
    get("api/v1/presets/<preset_id>/"),
    Door(method="PATCH", path="api/v1/presets/<preset_id>/", takes=PresetChange),
    bare("DELETE", "api/v1/presets/<preset_id>/", 204),
    get("api/v1/search/", "q", "in", "role", "model", "conversation", "after", "before", *PAGED, sample="q=hello"),
    get("api/v1/attachments/", *PAGED),
    Door(
        method="POST",
        path="api/v1/attachments/",
        kind="form",
        example=lambda _: {"file": a_file()},
        fields=(("file",),),
        status=201,
    ),
    get("api/v1/attachments/<attachment_id>/"),
    bare("DELETE", "api/v1/attachments/<attachment_id>/", 204),
    get("api/v1/attachments/<attachment_id>/file/", headers=("If-None-Match", "If-Modified-Since", "Range")),
    get("api/v1/attachments/<attachment_id>/thumbnail/"),
    post("api/v1/client-errors/", ClientErrorInput, lambda _: {"kind": "error", "message": "Oh"}, 204),
    get("api/v1/me/"),
    Door(method="PATCH", path="api/v1/me/", takes=ProfileInput),
    get("api/v1/auth/access-keys/", *PAGED),
    post("api/v1/auth/access-keys/", KeyInput, lambda _: {"name": "script"}, 201),
    bare("DELETE", "api/v1/auth/access-keys/<key_id>/", 204),
    bare("POST", "api/v1/auth/ws-ticket/", 200),
    post(
        "api/v1/auth/token/",
        LoginInput,
        lambda rooms: {"username": rooms.user.username, "password": PASSWORD},
        headers=("User-Agent",),
        strange=True,
    ),
    post("api/v1/auth/token/refresh/", RefreshInput, lambda rooms: {"refresh": rooms.refresh}, strange=True),
    post("api/v1/auth/token/revoke/", RefreshInput, lambda rooms: {"refresh": rooms.refresh}, 204, strange=True),
]
OPENAI = [
    get("v1/models"),
    get("v1/models/<slug>"),
    get("v1/", status=404),
    post(
        "v1/chat/completions",
        ChatRequest,
        a_completion,
        live=True,
        fields=(
            *(("metadata", "a"), ("response_format", "type"), ("response_format", "json_schema"), ("tools", 0)),
            *(MESSAGE, (*MESSAGE, "role"), (*MESSAGE, "content"), (*MESSAGE, "content", 0), (*MESSAGE, "name")),
            *((*MESSAGE, "content", 0, "text"), (*MESSAGE, "content", 0, "image_url"), (*MESSAGE, "tool_calls", 0)),
            *((*TOOL, "name"), (*TOOL, "description"), (*TOOL, "parameters"), (*TOOL, "parameters", "a")),
            *(("stop", 0), ("logit_bias", "50256"), ("stream_options", "include_usage"), ("x",)),
        ),
    ),
]
DOORS: list[Door] = [*API, *OPENAI, *PAGES]
