"""submit_message, stop_generation, retry_generation."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import connection

from chatbot.accounts.models import User
from chatbot.lib.errors import (
    ContentPolicy,
    Forbidden,
    GenerationActive,
    IdempotencyConflict,
    InvalidInput,
    MessageTooLong,
    NotFound,
    ProviderUnavailable,
    QuotaExceeded,
    RateLimited,
)
from conversations.models import Conversation, Message
from moderation.models import Action, AuditEntry, Policy, Rule, Verdict
from streaming.models import Generation, LanguageModel
from streaming.services import NewMessage, retry_generation, stop_generation, submit_message
from tests.factories import make_conversation, make_model, make_provider

Status = Generation.Status


@pytest.fixture
def model(db: None) -> LanguageModel:
    return make_model(make_provider("http://127.0.0.1:9/v1"), slug="fake-1", is_default=True)


def message(content: str = "Hello", **fields: object) -> NewMessage:
    return NewMessage(**{"client_message_id": uuid4(), "content": content, **fields})  # type: ignore[arg-type]


def end(accepted_id: str, status: Generation.Status = Status.COMPLETED) -> None:
    Generation.objects.filter(message_id=accepted_id).update(status=status)


def test_a_new_message_makes_a_conversation_two_messages_and_a_queued_generation(
    user: User, model: LanguageModel
) -> None:
    accepted = submit_message(user=user, new=message("What is the capital of France?"))

    conversation = Conversation.objects.get(pk=accepted.conversation_id)
    assert conversation.title == "What is the capital of France?"
    assert conversation.message_count == 2
    prompt, answer = conversation.messages.order_by("sequence_number")
    assert (prompt.role, prompt.status, prompt.sequence_number) == ("user", "completed", 1)
    assert (answer.role, answer.status, answer.sequence_number) == ("assistant", "pending", 2)
    assert answer.parent_id == prompt.pk
    generation = Generation.objects.get(message=answer)
    assert (generation.status, generation.attempt, generation.language_model) == (Status.QUEUED, 0, model)
    assert not accepted.duplicate


def test_a_second_message_follows_the_first_answer(user: User, model: LanguageModel) -> None:
    first = submit_message(user=user, new=message())
    end(first.assistant_message["id"])
    second = submit_message(user=user, new=message(conversation_id=UUID(first.conversation_id)))
    assert second.user_message["parent_id"] == first.assistant_message["id"]
    assert second.user_message["sequence_number"] == 3


def test_the_same_id_and_body_give_the_same_answer_as_a_duplicate(user: User, model: LanguageModel) -> None:
    new = message()
    first, second = submit_message(user=user, new=new), submit_message(user=user, new=new)
    assert second.duplicate
    assert second.assistant_message["id"] == first.assistant_message["id"]
    assert Message.objects.count() == 2


def test_the_same_id_with_another_body_is_a_conflict(user: User, model: LanguageModel) -> None:
    new = message()
    submit_message(user=user, new=new)
    with pytest.raises(IdempotencyConflict):
        submit_message(user=user, new=message("Other", client_message_id=new.client_message_id))


def test_another_user_may_use_the_same_id(user: User, other_user: User, model: LanguageModel) -> None:
    new = message()
    submit_message(user=user, new=new)
    assert not submit_message(user=other_user, new=new).duplicate


@pytest.mark.django_db(transaction=True)
def test_a_hundred_sends_of_one_id_at_once_give_one_message(user: User) -> None:
    make_model(make_provider("http://127.0.0.1:9/v1"), slug="fake-1", is_default=True)
    user.tier.messages_per_minute = 1_000
    user.tier.save()
    new, barrier = message(), Barrier(12)

    def submit(_: int) -> tuple[str, bool]:
        try:
            barrier.wait(timeout=10)
            accepted = submit_message(user=user, new=new)
            return accepted.assistant_message["id"], accepted.duplicate
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        results = list(threads.map(submit, range(96)))
    assert len({answer for answer, _ in results}) == 1
    assert [duplicate for _, duplicate in results].count(False) == 1
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", InvalidInput),
        (" \n\t", InvalidInput),
        ("a\x00b", InvalidInput),
        ("a\ud800b", InvalidInput),
        ("x" * 32_001, MessageTooLong),
    ],
)
def test_a_bad_text_is_refused_and_nothing_is_stored(
    user: User, model: LanguageModel, content: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        submit_message(user=user, new=message(content))
    assert not Conversation.objects.exists()


def test_somebody_elses_conversation_is_not_found(user: User, other_user: User, model: LanguageModel) -> None:
    theirs = make_conversation(other_user)
    with pytest.raises(NotFound):
        submit_message(user=user, new=message(conversation_id=theirs.pk))
    assert not Message.objects.exists()


def test_a_parent_from_another_conversation_is_not_found(user: User, model: LanguageModel) -> None:
    first = submit_message(user=user, new=message())
    mine = make_conversation(user)
    with pytest.raises(NotFound):
        submit_message(user=user, new=message(conversation_id=mine.pk, parent_id=UUID(first.user_message["id"])))


def test_an_unknown_model_is_invalid(user: User, model: LanguageModel) -> None:
    with pytest.raises(InvalidInput):
        submit_message(user=user, new=message(model="gpt-none"))


def test_without_any_model_the_provider_is_unavailable(user: User) -> None:
    with pytest.raises(ProviderUnavailable):
        submit_message(user=user, new=message())
    assert not Conversation.objects.exists()


def test_a_conversation_takes_no_message_while_its_answer_is_written(user: User, model: LanguageModel) -> None:
    first = submit_message(user=user, new=message())
    with pytest.raises(GenerationActive):
        submit_message(user=user, new=message(conversation_id=UUID(first.conversation_id)))


def test_the_tier_limits_answers_at_the_same_time(user: User, model: LanguageModel) -> None:
    for _ in range(user.tier.concurrent_generations):
        submit_message(user=user, new=message())
    with pytest.raises(QuotaExceeded):
        submit_message(user=user, new=message())


def test_the_tier_limits_messages_a_minute(user: User, model: LanguageModel) -> None:
    user.tier.messages_per_minute = 2
    user.tier.save()
    for _ in range(2):
        end(submit_message(user=user, new=message()).assistant_message["id"])
    with pytest.raises(RateLimited) as refused:
        submit_message(user=user, new=message())
    assert refused.value.retry_after is not None
    assert 1 <= refused.value.retry_after <= 60


def test_a_user_without_the_right_is_refused(user: User, model: LanguageModel) -> None:
    user.can_use_chat = False
    with pytest.raises(Forbidden):
        submit_message(user=user, new=message())


def policy(action: Action) -> None:
    Rule.objects.create(policy=Policy.objects.create(name="Test"), value="forbidden word", action=action)


def test_a_blocked_message_leaves_a_verdict_and_no_message(user: User, model: LanguageModel) -> None:
    policy(Action.BLOCK)
    with pytest.raises(ContentPolicy):
        submit_message(user=user, new=message("a forbidden word here"))
    assert not Message.objects.exists()
    assert Verdict.objects.get().action == Action.BLOCK
    assert AuditEntry.objects.filter(action="moderation.block", actor_id=user.id).exists()


def test_a_flagged_message_goes_on_with_its_verdict(user: User, model: LanguageModel) -> None:
    policy(Action.FLAG)
    accepted = submit_message(user=user, new=message("a forbidden word here"))
    assert str(Verdict.objects.get().message_id) == accepted.user_message["id"]


def test_stopping_a_waiting_answer_ends_it_at_once(user: User, model: LanguageModel) -> None:
    accepted = submit_message(user=user, new=message())
    stop_generation(user=user, message_id=UUID(accepted.assistant_message["id"]))
    generation = Generation.objects.select_related("message").get()
    assert generation.status == Status.STOPPED
    assert generation.message.status == Message.Status.STOPPED


def test_stopping_a_running_answer_sets_its_flag(user: User, model: LanguageModel) -> None:
    accepted = submit_message(user=user, new=message())
    end(accepted.assistant_message["id"], Status.RUNNING)
    stop_generation(user=user, message_id=UUID(accepted.assistant_message["id"]))
    generation = Generation.objects.get()
    assert (generation.status, generation.stop_requested) == (Status.RUNNING, True)


def test_nobody_stops_or_retries_somebody_elses_answer(user: User, other_user: User, model: LanguageModel) -> None:
    accepted = submit_message(user=user, new=message())
    for service in (stop_generation, retry_generation):
        with pytest.raises(NotFound):
            service(user=other_user, message_id=UUID(accepted.assistant_message["id"]))


def test_a_failed_answer_is_queued_again_with_new_attempts(user: User, model: LanguageModel) -> None:
    accepted = submit_message(user=user, new=message())
    Generation.objects.update(status=Status.FAILED, attempt=3, error_code="internal")
    Message.objects.filter(role="assistant").update(status="failed", content="half")
    retry_generation(user=user, message_id=UUID(accepted.assistant_message["id"]))
    generation = Generation.objects.select_related("message").get()
    assert (generation.status, generation.attempt, generation.attempts_allowed) == (Status.QUEUED, 3, 6)
    assert generation.message.status == Message.Status.PENDING


def test_an_answer_that_others_were_written_after_is_not_retried(user: User, model: LanguageModel) -> None:
    first = submit_message(user=user, new=message())
    end(first.assistant_message["id"], Status.FAILED)
    submit_message(user=user, new=message(conversation_id=UUID(first.conversation_id)))
    with pytest.raises(InvalidInput):
        retry_generation(user=user, message_id=UUID(first.assistant_message["id"]))
