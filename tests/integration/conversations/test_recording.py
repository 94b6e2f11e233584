"""A conversation that was held elsewhere, added whole."""

from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from chatbot.accounts.models import User
from chatbot.lib.ids import new_id
from conversations.models import Message
from conversations.recording import Said, record_conversation
from conversations.selectors import messages_in
from conversations.signals import conversation_changed

ROLES = (Message.Role.USER, Message.Role.ASSISTANT)


def talk(count: int) -> list[Said]:
    return [Said(role=ROLES[number % 2], content=f"Message {number}", tokens=2) for number in range(count)]


def test_the_messages_stand_in_line_and_are_counted(user: User) -> None:
    conversation = record_conversation(
        user=user,
        conversation_id=new_id(user.id),
        title="Elsewhere",
        messages=talk(5),
        model_config={"model": "x"},
        metadata={"from": "there"},
    )
    rows = list(messages_in(conversation).order_by("sequence_number"))
    assert [row.content for row in rows] == [f"Message {number}" for number in range(5)]
    assert [row.parent_id for row in rows] == [None, *(row.pk for row in rows[:-1])]
    conversation.refresh_from_db()
    assert (conversation.message_count, conversation.last_sequence_number, conversation.total_tokens) == (5, 5, 10)
    assert (conversation.model_config, conversation.metadata) == ({"model": "x"}, {"from": "there"})


def test_the_users_other_tabs_hear_of_it(
    user: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    heard = []

    def hear(conversation: object, **_: object) -> None:
        heard.append(conversation)

    conversation_changed.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            conversation = record_conversation(
                user=user,
                conversation_id=new_id(user.id),
                title="Elsewhere",
                messages=talk(1),
                model_config={},
                metadata={},
            )
    finally:
        conversation_changed.disconnect(hear)
    assert heard == [conversation]


def test_its_cost_does_not_grow_with_every_message(
    user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # The savepoint and its release, the conversation, two batches of messages in a transaction of their own.
    with django_assert_num_queries(5):
        record_conversation(
            user=user,
            conversation_id=new_id(user.id),
            title="Long",
            messages=talk(600),
            model_config={},
            metadata={},
        )
