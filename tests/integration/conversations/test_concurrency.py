"""Many transactions at the same time keep numbers and counters exact."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from chatbot.accounts.models import Tier, User
from conversations.models import Conversation, Message
from conversations.selectors import messages_in
from conversations.services import append_message, finish_message, lock_conversation, update_conversation
from tests.factories import make_conversation, make_user

THREADS = 8
pytestmark = pytest.mark.django_db(transaction=True)


def all_at_once(work: Callable[[int], object]) -> None:
    """Runs `work` in THREADS threads that begin together; raises what one of them raises."""
    start = Barrier(THREADS)

    def run(number: int) -> None:
        start.wait(20)
        try:
            work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(run, range(THREADS)))


def test_concurrent_messages_get_every_number_once(user: User) -> None:
    conversation = make_conversation(user)

    def send(_: int) -> None:
        for _turn in range(5):
            with transaction.atomic():
                locked = lock_conversation(user=user, conversation_id=conversation.pk)
                append_message(
                    conversation=locked, role=Message.Role.USER, status=Message.Status.COMPLETED, content="x"
                )

    all_at_once(send)
    numbers = list(messages_in(conversation).values_list("sequence_number", flat=True))
    assert numbers == list(range(1, 5 * THREADS + 1))
    conversation.refresh_from_db()
    assert conversation.message_count == conversation.last_sequence_number == 5 * THREADS


def test_concurrent_answers_count_every_token(user: User) -> None:
    conversation = make_conversation(user, messages=THREADS)
    answers = list(messages_in(conversation))
    all_at_once(
        lambda number: finish_message(
            message_id=answers[number].pk, status=Message.Status.COMPLETED, content="", tokens=number + 1, metadata={}
        )
    )
    conversation.refresh_from_db()
    assert conversation.total_tokens == sum(range(1, THREADS + 1))


def test_a_change_of_the_title_beside_new_messages_loses_neither(user: User) -> None:
    conversation = make_conversation(user)

    def work(number: int) -> None:
        if number % 2:
            update_conversation(user=user, conversation_id=conversation.pk, changes={"folder": f"f{number}"})
            return
        with transaction.atomic():
            locked = lock_conversation(user=user, conversation_id=conversation.pk)
            append_message(conversation=locked, role=Message.Role.USER, status=Message.Status.COMPLETED)

    all_at_once(work)
    conversation.refresh_from_db()
    assert conversation.message_count == THREADS // 2
    assert conversation.folder.startswith("f")


def test_concurrent_first_users_share_one_default_tier() -> None:
    all_at_once(lambda number: make_user(f"user{number}", password=None))
    assert Tier.objects.count() == 1
    assert User.objects.filter(tier__is_default=True).count() == THREADS
    assert not Conversation.objects.exists()
