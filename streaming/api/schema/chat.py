"""Documents the doors that take a message."""

from chatbot.lib.errors import InvalidInput
from chatbot.lib.openapi import EVENTS, Operation, Reply, component, describe, describe_plain
from streaming.api.inputs import EditInput, MessageInput, RegenerateInput, StreamInput
from streaming.api.schema.shapes import (
    ACCEPTED,
    BATCH,
    CHAT,
    CLIENT_ID,
    HOW_TO_FOLLOW,
    LINES,
    MESSAGES,
    REFUSALS,
    RESULTS,
    SENT,
    STREAM,
    AcceptedShape,
)
from streaming.api.sse import chat_stream
from streaming.api.views import BatchDoor, EditDoor, MessagesDoor, RegenerateDoor

describe(
    MessagesDoor,
    post=Operation(
        id="send_message",
        tag=MESSAGES,
        summary="Send a message",
        description="Its answer is followed on `/messages/{message_id}/events/`. The same id may be sent again.",
        takes=component(MessageInput),
        sends=SENT,
        replies=[Reply(status=202, kind=AcceptedShape, example=ACCEPTED)],
        errors=REFUSALS,
    ),
)
describe(
    EditDoor,
    post=Operation(
        id="edit_message",
        tag=MESSAGES,
        summary="Word a message anew",
        description="The new wording is a sibling of the message and gets an answer of its own.",
        takes=component(EditInput),
        sends=SENT,
        replies=[Reply(status=202, kind=AcceptedShape, example=ACCEPTED)],
        errors=REFUSALS,
    ),
)
describe(
    RegenerateDoor,
    post=Operation(
        id="regenerate_answer",
        tag=MESSAGES,
        summary="Ask for another answer",
        description="It is a sibling of the earlier one.",
        takes=component(RegenerateInput),
        sends={"client_message_id": CLIENT_ID},
        replies=[Reply(status=202, kind=AcceptedShape, example=ACCEPTED)],
        errors=REFUSALS,
    ),
)
describe(
    BatchDoor,
    post=Operation(
        id="send_batch",
        tag=CHAT,
        summary="Send several messages",
        description="Each by itself and in order: a bad one harms no other.",
        takes=BATCH,
        sends={"messages": [SENT]},
        replies=[Reply(status=202, kind=RESULTS, example={"results": [ACCEPTED]})],
        errors=[InvalidInput],
    ),
)
describe_plain(
    chat_stream,
    post=Operation(
        id="stream_chat",
        tag=CHAT,
        summary="Send a message and stream its answer",
        description=f"Begins with `accepted`, then: {HOW_TO_FOLLOW}",
        takes=component(StreamInput),
        sends={**SENT, "conversation_id": None},
        replies=[Reply(kind=STREAM, media_type=EVENTS, example=LINES)],
        errors=REFUSALS,
    ),
)
