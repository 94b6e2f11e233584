"""The words behind searches by parts of words, and the language of a search."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from chatbot.accounts.models import User
from conversations.models import Message, SearchWord
from conversations.search import language, upkeep
from conversations.search.words import words_with
from conversations.tasks import forget_words, learn_words
from tests.factories import make_conversation, make_message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_learnt() -> None:
    cache.delete_many([upkeep.LEARNT, upkeep.FORGOTTEN])


def known() -> set[str]:
    return set(SearchWord.objects.values_list("word", flat=True))


def test_words_and_stems_of_new_messages_are_learnt_once(user: User) -> None:
    make_message(make_conversation(user), content="Running shoes, an ox, id 8f3a9c, 12345")
    assert learn_words()
    assert known() == {"running", "run", "shoes", "shoe"}
    assert learn_words()
    assert len(known()) == 4


def test_words_with_numbers_are_learnt_when_more_than_one_message_has_them(user: User) -> None:
    conversation = make_conversation(user)
    for _ in range(2):
        make_message(conversation, content="utf8")
    learn_words()
    assert known() == {"utf8"}


def test_an_answer_that_was_filled_late_is_learnt_too(user: User) -> None:
    message = make_message(make_conversation(user), role=Message.Role.ASSISTANT, content="")
    learn_words()
    Message.objects.filter(pk=message.pk).update(content="lateness")
    learn_words()
    assert "lateness" in known()


def test_a_learner_that_was_away_goes_on_where_it_was(user: User) -> None:
    make_message(make_conversation(user), content="meanwhile")
    cache.set(upkeep.LEARNT, timezone.now() - timedelta(hours=5), None)
    assert not upkeep.learn_new_words(seconds=0)
    assert upkeep.learn_new_words(seconds=60)
    assert "meanwhile" in known()
    assert timezone.now() - cache.get(upkeep.LEARNT) < timedelta(minutes=1)


def test_a_word_that_no_message_has_any_more_is_forgotten(user: User) -> None:
    conversation = make_conversation(user)
    message = make_message(conversation, content="private matters")
    make_message(conversation, content="public matters")
    learn_words()
    message.delete()
    forget_words()
    assert known() == {"public", "matters", "matter"}


def test_forgetting_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "BATCH", 2)
    SearchWord.objects.bulk_create(SearchWord(word=word, messages=1) for word in ("ant", "bee", "cat", "dog", "it's"))
    cache.set(upkeep.FORGOTTEN, "bee", None)
    forget_words()
    assert known() == {"ant", "bee"}
    forget_words()
    assert known() == set()


def test_the_most_frequent_words_with_a_part_come_first() -> None:
    frequent = {"aggressive": 3, "progress": 50, "postgres": 7, "other": 90, "50%off": 1}
    SearchWord.objects.bulk_create(SearchWord(word=word, messages=count) for word, count in frequent.items())
    found = words_with(["gres", "progerss", "xyzxyz", "og", "0%o", "p_s"])
    assert found == {"gres": ["progress", "postgres", "aggressive"], "progerss": ["progress"], "0%o": ["50%off"]}


def test_parts_of_words_are_read_from_the_index_of_letters() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for condition in ("word LIKE '%gres%'", "word % 'postgers'"):
            cursor.execute(f"EXPLAIN SELECT word FROM search_words WHERE {condition.replace('%', '%%')}", [])
            assert "search_words_letters" in "\n".join(row[0] for row in cursor.fetchall())


def finds(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM messages WHERE search @@ plainto_tsquery('chat', %s)", [query])
        return int(cursor.fetchone()[0])


def test_the_language_of_the_installation_can_be_changed(
    user: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(language, "BATCH", 2)
    assert language.installed_language() == "english"
    conversation = make_conversation(user)
    for content in ("Häuser", "houses", "Katzen", "cats", "Bäume"):
        make_message(conversation, content=content)
    assert (finds("haus"), finds("house")) == (0, 1)
    settings.SEARCH_LANGUAGE = "german"
    call_command("search_language")
    assert "english → german\n5 messages, done\n" in capsys.readouterr().out
    assert language.installed_language() == "german"
    assert (finds("haus"), finds("baum")) == (1, 1)
    assert "baum" in known()
    for chosen in ("simple", "russian", "english"):
        language.install_language(chosen)
        assert language.installed_language() == chosen
