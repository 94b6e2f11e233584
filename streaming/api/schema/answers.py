"""Documents the doors of an answer that is being written."""

from drf_spectacular.utils import OpenApiParameter

from chatbot.lib.errors import GenerationActive, InvalidInput, NotFound, QuotaExceeded
from chatbot.lib.openapi import EVENTS, Operation, Reply, describe, describe_plain, query
from conversations.api.schema.shapes import MESSAGE_ID
from streaming.api.schema.shapes import HOW_TO_FOLLOW, LINES, MESSAGES, STREAM, RetriedShape, StoppedShape
from streaming.api.sse import answer_events
from streaming.api.views import RetryDoor, StopDoor

describe_plain(
    answer_events,
    get=Operation(
        id="follow_answer",
        tag=MESSAGES,
        summary="Follow an answer",
        description=HOW_TO_FOLLOW,
        parameters=[
            query("after_seq", {"type": "integer", "minimum": 0}, "Only events after this one.", example=0),
            OpenApiParameter(
                "Last-Event-ID",
                {"type": "integer", "minimum": 0},
                OpenApiParameter.HEADER,
                description="The same, as browsers send it.",
            ),
        ],
        replies=[Reply(kind=STREAM, media_type=EVENTS, example=LINES)],
        errors=[InvalidInput, NotFound],
    ),
)
describe(
    StopDoor,
    post=Operation(
        id="stop_answer",
        tag=MESSAGES,
        summary="Stop an answer",
        description="What was written so far is kept.",
        replies=[Reply(status=202, kind=StoppedShape, example={"message_id": MESSAGE_ID})],
        errors=[NotFound],
    ),
)
describe(
    RetryDoor,
    post=Operation(
        id="retry_answer",
        tag=MESSAGES,
        summary="Try an answer again",
        description="The last one of its conversation, when it failed or was stopped.",
        replies=[Reply(status=202, kind=RetriedShape, example={"message_id": MESSAGE_ID, "status": "queued"})],
        errors=[InvalidInput, NotFound, GenerationActive, QuotaExceeded],
    ),
)
