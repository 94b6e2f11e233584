"""What documents the door for OpenAI's clients. OpenAI's own reference says what each field means."""

import msgspec

from chatbot.lib.errors import (
    AppError,
    ContentPolicy,
    ContextLengthExceeded,
    InvalidInput,
    NotFound,
    ProviderTimeout,
    ProviderUnavailable,
    QuotaExceeded,
)
from chatbot.lib.openapi import COMPONENTS, EVENTS, REF, ErrorShape, Operation, Reply, Schema, component, describe_plain
from streaming.openai_api.errors import as_api_error
from streaming.openai_api.inputs import ChatRequest
from streaming.openai_api.views import chat_completions, model, models

TAG = "OpenAI"
NULLABLE = {"type": ["string", "null"]}


def _object(required: dict[str, Schema], **optional: Schema) -> Schema:
    return {"type": "object", "required": [*required], "properties": {**required, **optional}}


def _keep(name: str, schema: Schema) -> Schema:
    COMPONENTS[name] = schema
    return {"$ref": REF.format(name=name)}


def _told(kind: type[AppError]) -> Schema:
    body: Schema = msgspec.json.decode(as_api_error(kind()).body())
    return body


ERROR = ErrorShape(schema="OpenAIError", example=_told, status_of=lambda kind: as_api_error(kind()).status)
_keep(
    "OpenAIError",
    _object(
        {
            "error": _object(
                {"message": {"type": "string"}, "type": {"type": "string"}, "param": NULLABLE, "code": NULLABLE}
            )
        }
    ),
)
COMPLETION = _keep(
    "ChatCompletion",
    _object(
        {
            "id": {"type": "string"},
            "object": {"const": "chat.completion"},
            "created": {"type": "integer"},
            "model": {"type": "string"},
            "choices": {"type": "array", "items": {"type": "object"}},
            "usage": {"type": "object"},
        },
        service_tier=NULLABLE,
        system_fingerprint=NULLABLE,
    ),
)
MODEL = _keep(
    "OpenAIModel",
    _object(
        {
            "id": {"type": "string"},
            "object": {"const": "model"},
            "created": {"type": "integer"},
            "owned_by": {"type": "string"},
        }
    ),
)
MODELS = _object({"object": {"const": "list"}, "data": {"type": "array", "items": MODEL}})
A_MODEL = {"id": "gpt-5-mini", "object": "model", "created": 0, "owned_by": "openai"}
ASKED = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "What is the capital of France?"}]}
CHUNK = (
    'data: {"id":"chatcmpl-0","object":"chat.completion.chunk","created":1795372200,"model":"gpt-5-mini",'
    '"choices":[{"index":0,"delta":{"content":"Paris."},"finish_reason":null}]}\n\ndata: [DONE]\n\n'
)
ANSWER = {
    "id": "chatcmpl-0",
    "object": "chat.completion",
    "created": 1_795_372_200,
    "model": "gpt-5-mini",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Paris."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 14, "completion_tokens": 2, "total_tokens": 16},
}

describe_plain(
    chat_completions,
    post=Operation(
        id="create_chat_completion",
        tag=TAG,
        summary="Create a chat completion",
        description="Whole, or as server-sent events with `stream`. Nothing is kept without `store`.",
        takes=component(ChatRequest),
        sends=ASKED,
        replies=[
            Reply(kind=COMPLETION, example=ANSWER),
            Reply(kind={"description": "`data:` lines, each with a chunk."}, media_type=EVENTS, example=CHUNK),
        ],
        errors=[
            *(InvalidInput, ContextLengthExceeded, ContentPolicy, NotFound),
            *(QuotaExceeded, ProviderUnavailable, ProviderTimeout),
        ],
        shape=ERROR,
    ),
)
describe_plain(
    models,
    get=Operation(
        id="list_openai_models",
        tag=TAG,
        summary="List models",
        replies=[Reply(kind=MODELS, example={"object": "list", "data": [A_MODEL]})],
        shape=ERROR,
    ),
)
describe_plain(
    model,
    get=Operation(
        id="read_openai_model",
        tag=TAG,
        summary="Read a model",
        replies=[Reply(kind=MODEL, example=A_MODEL)],
        errors=[NotFound],
        shape=ERROR,
    ),
)
