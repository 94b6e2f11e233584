"""Documents the doors that tell what a caller may use and has used."""

from chatbot.lib.openapi import Operation, Reply, describe, rename
from streaming.api.schema.shapes import ACCOUNT, CHAT, ModelsShape
from streaming.api.usage import UsageDoor, UsageOutput
from streaming.api.views import ModelList

describe(
    ModelList,
    get=Operation(
        id="list_models",
        tag=CHAT,
        summary="List models",
        description="Those that the caller may use, the default first.",
        replies=[
            Reply(
                kind=ModelsShape,
                example={
                    "results": [
                        {
                            "id": "gpt-5-mini",
                            "name": "GPT-5 mini",
                            "provider": "OpenAI",
                            "context_window": 128_000,
                            "max_output_tokens": 4_096,
                            "can_see": True,
                            "default": True,
                        }
                    ],
                    "next": None,
                    "previous": None,
                },
            )
        ],
    ),
)
rename("Usage", UsageOutput)

_BUCKET = {"limit": 20, "used": 1, "remaining": 19, "reset_after": 41}
_SPENT = {"prompt": 140, "completion": 90}
describe(
    UsageDoor,
    get=Operation(
        id="read_usage",
        tag=ACCOUNT,
        summary="See what is used and left",
        replies=[
            Reply(
                kind=UsageOutput,
                example={
                    "messages": _BUCKET,
                    "requests": {**_BUCKET, "limit": 600, "remaining": 599},
                    "generations": {"limit": 3, "used": 0},
                    "storage": {"limit": 1_000_000_000, "used": 48_213},
                    "tokens": {"today": _SPENT, "month": _SPENT},
                },
            )
        ],
    ),
)
