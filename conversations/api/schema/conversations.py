"""Documents the doors of conversations, of messages that are read, and of branches."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from chatbot.lib.errors import GenerationActive, InvalidInput, NotFound
from chatbot.lib.openapi import Operation, Reply, describe, query
from conversations.api.schema.shapes import ANSWER, CONVERSATION, ConversationShape, MessageShape
from conversations.api.serializers import ConversationInput, NewConversationInput
from conversations.api.views import ConversationDetail, ConversationList, MessageDetail, MessageList, SelectDoor

CONVERSATIONS, MESSAGES = "Conversations", "Messages"
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The `ETag` of an earlier answer: 304 while that still holds.",
)
UNCHANGED = Reply(status=304, description="The client has it already")

describe(
    ConversationList,
    get=Operation(
        id="list_conversations",
        tag=CONVERSATIONS,
        summary="List conversations",
        description="Those with the newest messages first.",
        parameters=[
            query("archived", OpenApiTypes.BOOL, "Only archived ones, or only others."),
            query("pinned", OpenApiTypes.BOOL, "Only pinned ones, or only others."),
            query("folder", OpenApiTypes.STR, "Only those in this folder; empty: in none.", example="Work"),
            IF_NONE_MATCH,
        ],
        replies=[Reply(kind=ConversationShape(many=True), example=CONVERSATION), UNCHANGED],
        errors=[InvalidInput],
    ),
    post=Operation(
        id="create_conversation",
        tag=CONVERSATIONS,
        summary="Create a conversation",
        description=(
            "Empty. A message without a conversation creates one by itself. A temporary one ends after a day. One that "
            "begins with a `preset` has its prompt and model, where nothing else is said of them."
        ),
        takes=NewConversationInput,
        sends={"title": "Plans", "system_prompt": "Be brief.", "folder": "Work"},
        replies=[Reply(status=201, kind=ConversationShape, example=CONVERSATION)],
        errors=[InvalidInput, NotFound],
    ),
)
describe(
    ConversationDetail,
    get=Operation(
        id="read_conversation",
        tag=CONVERSATIONS,
        summary="Read a conversation",
        parameters=[IF_NONE_MATCH],
        replies=[Reply(kind=ConversationShape, example=CONVERSATION), UNCHANGED],
        errors=[NotFound],
    ),
    patch=Operation(
        id="change_conversation",
        tag=CONVERSATIONS,
        summary="Change a conversation",
        description="Fields that are not given stay as they are; null takes a setting of the model back.",
        takes=ConversationInput,
        sends={"title": "The capital of France", "pinned": True},
        replies=[Reply(kind=ConversationShape, example=CONVERSATION)],
        errors=[InvalidInput, NotFound],
    ),
    delete=Operation(
        id="delete_conversation",
        tag=CONVERSATIONS,
        summary="Delete a conversation",
        description=(
            "With its messages, files and shared pages; an answer that is being written is stopped. `forbidden` while "
            "the account is under a legal hold."
        ),
        replies=[Reply(status=204)],
        errors=[NotFound],
    ),
)
# The door that also takes messages inherits this.
describe(
    MessageList,
    get=Operation(
        id="list_messages",
        tag=MESSAGES,
        summary="List the messages of a conversation",
        description=(
            "Those of the branch that the conversation shows, newest first. `around` begins in the middle: at a "
            "message, or where its branch leaves the one that is shown (`current` of a search result says which). "
            "The cursors of that page lead to older and newer messages without a gap."
        ),
        parameters=[
            query(
                "around",
                OpenApiTypes.UUID,
                "The page with this message of the conversation about its middle; not together with `cursor`.",
            ),
            IF_NONE_MATCH,
        ],
        replies=[Reply(kind=MessageShape(many=True), example=ANSWER), UNCHANGED],
        errors=[InvalidInput, NotFound],
    ),
)
describe(
    MessageDetail,
    get=Operation(
        id="read_message",
        tag=MESSAGES,
        summary="Read a message",
        parameters=[IF_NONE_MATCH],
        replies=[Reply(kind=MessageShape, example=ANSWER), UNCHANGED],
        errors=[NotFound],
    ),
)
describe(
    SelectDoor,
    post=Operation(
        id="select_branch",
        tag=MESSAGES,
        summary="Switch to another branch",
        description="The conversation shows the branch of this message from now on, down to its newest leaf.",
        replies=[Reply(kind=ConversationShape, example=CONVERSATION)],
        errors=[NotFound, GenerationActive],
    ),
)
