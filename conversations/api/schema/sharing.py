"""Documents the doors of shared pages and of feedback."""

from chatbot.lib.errors import InvalidInput, NotFound, QuotaExceeded
from chatbot.lib.openapi import Operation, Reply, describe, rename
from conversations.api.feedback import FeedbackDoor, FeedbackInput, FeedbackOutput
from conversations.api.schema.shapes import ID, MESSAGE_ID, MOMENT
from conversations.api.shares import ShareDetail, ShareInput, ShareList, ShareOutput

SHARES, MESSAGES = "Shares", "Messages"
SHARE = {
    "id": "a701a204-d1bb-8d30-8214-7f5a9b3c1e82",
    "url": "https://chat.example.org/s/Yk3v…/",
    "conversation_id": ID,
    "title": "The capital of France",
    "created_at": MOMENT,
    "expires_at": None,
}
FEEDBACK = {
    "message_id": MESSAGE_ID,
    "rating": 1,
    "reason": "correct",
    "comment": "",
    "created_at": MOMENT,
    "updated_at": MOMENT,
}

rename("Share", ShareOutput)
rename("Feedback", FeedbackOutput)

describe(
    ShareList,
    get=Operation(
        id="list_shares",
        tag=SHARES,
        summary="List shared conversations",
        description="The links that are in force, newest first.",
        replies=[Reply(kind=ShareOutput(many=True), example=SHARE)],
        errors=[InvalidInput],
    ),
    post=Operation(
        id="share_conversation",
        tag=SHARES,
        summary="Share a conversation",
        description="A link to a page that shows the conversation as it is now; what comes later is not on it.",
        takes=ShareInput,
        sends={"conversation_id": ID},
        replies=[Reply(status=201, kind=ShareOutput, example=SHARE)],
        errors=[InvalidInput, NotFound, QuotaExceeded],
    ),
)
describe(
    ShareDetail,
    get=Operation(
        id="read_share",
        tag=SHARES,
        summary="Read a share",
        replies=[Reply(kind=ShareOutput, example=SHARE)],
        errors=[NotFound],
    ),
    delete=Operation(
        id="revoke_share",
        tag=SHARES,
        summary="Revoke a share",
        description="Its page is gone at once.",
        replies=[Reply(status=204)],
        errors=[NotFound],
    ),
)
describe(
    FeedbackDoor,
    get=Operation(
        id="read_feedback",
        tag=MESSAGES,
        summary="Read the own feedback on an answer",
        replies=[Reply(kind=FeedbackOutput, example=FEEDBACK)],
        errors=[NotFound, InvalidInput],
    ),
    post=Operation(
        id="give_feedback",
        tag=MESSAGES,
        summary="Rate an answer",
        description="The last word counts.",
        takes=FeedbackInput,
        sends={"rating": 1, "reason": "correct"},
        replies=[Reply(kind=FeedbackOutput, example=FEEDBACK)],
        errors=[InvalidInput, NotFound],
    ),
    delete=Operation(
        id="withdraw_feedback",
        tag=MESSAGES,
        summary="Take feedback back",
        description="Where there is none, nothing happens.",
        replies=[Reply(status=204)],
        errors=[NotFound],
    ),
)
