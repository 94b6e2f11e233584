"""Search over messages, by the REST door."""

import json
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from chatbot.accounts.models import User
from chatbot.accounts.services import create_access_key
from conversations.models import Conversation, Message
from conversations.search import matches
from conversations.search.query import build, parse
from conversations.search.upkeep import learn_new_words
from conversations.search.windows import keys_between
from tests.factories import make_conversation, make_message
from tests.integration.conversations.test_api import assert_error

PATH = "/api/v1/search/"


def say(conversation: Conversation, content: str, **fields: Any) -> Message:
    """A message with this content; `model`, `created_at`, `status` and `current` are set afterwards."""
    message = make_message(conversation, content=content, role=fields.pop("role", Message.Role.USER))
    if model := fields.pop("model", None):
        fields["metadata"] = {"model": model}
    Message.objects.filter(pk=message.pk).update(**fields)
    return message


def find(api: APIClient, q: str, **query: Any) -> list[dict[str, Any]]:
    response = api.get(PATH, {"q": q, **query})
    assert response.status_code == 200, response.content
    results: list[dict[str, Any]] = response.json()["results"]
    return results


def texts(results: list[dict[str, Any]]) -> list[str]:
    """The snippets, matches in brackets."""
    return ["".join(f"[{p['text']}]" if p["match"] else p["text"] for p in r["snippet"]) for r in results]


@pytest.fixture
def talk(user: User) -> Conversation:
    return make_conversation(user, title="Fruit")


def test_a_result_tells_message_conversation_and_where_the_words_stand(talk: Conversation, api: APIClient) -> None:
    message = say(talk, "I like apples & pears", role=Message.Role.ASSISTANT)
    (result,) = find(api, "apples")
    assert result["rank"] > 0
    assert result == {
        "conversation_id": str(talk.pk),
        "conversation_title": "Fruit",
        "message_id": str(message.pk),
        "role": "assistant",
        "current": True,
        "created_at": message.created_at.isoformat(),
        "match": "word",
        "rank": result["rank"],
        "snippet": [
            {"text": "I like ", "match": False},
            {"text": "apples", "match": True},
            {"text": " & pears", "match": False},
        ],
    }


@pytest.mark.parametrize(
    ("content", "query", "expected"),
    [
        ("Two apples", "APPLE", "Two [apples]"),
        ("An apple", "apples", "An [apple]"),
        ("He was running", "run", "He was [running]"),
        ("To be or not to be", "to be", "[To] [be] or not [to] [be]"),
        ("The who and the what", "the", "[The] who and [the] what"),
        ("big red house", '"red house"', "big [red] [house]"),
        ("see https://docs.example.com/a_b/", "example", "see https://docs.[example].com/a_b/"),
        ("see docs.example.com", "example.com", "see docs.[example].[com]"),
        ("parse_json_value()", "json", "parse_[json]_value()"),
        ("version 3.14", "3.14", "version [3].[14]"),
        ("<div class='x'>", "div", "<[div] class='x'>"),
        ("well-known", "known", "well-[known]"),
        ("我在中国住了三年", "中国", "我在[中国]住了三年"),
        ("東京タワー", "タワー", "東京[タワー]"),
        ("한국어를 배우다", "한국", "[한국]어를 배우다"),
        ("ภาษาไทย", "ไทย", "ภาษา[ไทย]"),
        ("Naïve Schönheit", "naïve schönheit", "[Naïve] [Schönheit]"),
        ("Привет, мир", "мир", "Привет, [мир]"),
        ("concurrency", "concurrenc*", "[concurrency]"),
        ("see inv20261122x", "inv202*", "see [inv20261122x]"),
        ("don't panic", "don't", "[don]'[t] panic"),
        ("a 😀 b word", "word", "a 😀 b [word]"),
    ],
)
def test_words_are_found_however_they_are_written(
    talk: Conversation, api: APIClient, content: str, query: str, expected: str
) -> None:
    say(talk, content)
    say(talk, "something else entirely")
    assert texts(find(api, query)) == [expected]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cat dog", ["cat dog"]),
        ("cat -dog", ["cat mouse"]),
        ("mouse or dog", ["cat dog", "cat mouse"]),
        ("dog OR mouse cat", ["cat dog", "cat mouse"]),
        ('"dog cat"', []),
        ('"cat dog', ["cat dog"]),
        ('cat -"cat dog"', ["cat mouse"]),
        ("the cat of a mouse", ["cat mouse"]),
        ("or cat or", ["cat dog", "cat mouse"]),
        ("cat !!! mouse", ["cat mouse"]),
        ("'cat' & (dog | !mouse):*", []),
        ("!!! ??", []),
        ("-", []),
        ('""', []),
        ("or", []),
        ("cat\\' dog", ["cat dog"]),
    ],
)
def test_the_syntax_is_that_of_the_web(talk: Conversation, api: APIClient, query: str, expected: list[str]) -> None:
    say(talk, "cat dog")
    say(talk, "cat mouse")
    found = sorted(text.replace("[", "").replace("]", "") for text in texts(find(api, query)))
    assert found == expected


@pytest.mark.parametrize(
    "query",
    [
        {"q": ""},
        {"q": "  "},
        {},
        {"q": "x" * 401},
        {"q": " ".join(["word"] * 21)},
        {"q": "-only -negated"},
        {"q": "nul \x00"},
        {"q": "a", "role": "system"},
        {"q": "a", "after": "yesterday"},
        {"q": "a", "after": "2026-13-01"},
        {"q": "a", "before": "2026-01-01T25:00:00Z"},
        {"q": "a", "in": "titles", "before": "yesterday"},
        {"q": "a", "conversation": "1"},
        {"q": "a", "in": "attachments"},
        {"q": "a", "model": "nul \x00"},
        {"q": "a", "cursor": "ü"},
        {"q": "a", "cursor": "e30x"},
        {"q": "a", "cursor": "eyJlZGdlcyI6W119"},
        {"q": "a", "cursor": "eyJyYW5rIjoxfQ"},
        {"q": "-only", "in": "titles"},
        {"q": "a", "in": "titles", "cursor": "ü"},
    ],
)
def test_an_odd_request_gets_a_clear_error(api: APIClient, query: dict[str, str]) -> None:
    assert_error(api.get(PATH, query), 400, "invalid_input")


def test_only_ones_own_messages_are_found(
    user: User, other_user: User, talk: Conversation, api: APIClient, other_api: APIClient
) -> None:
    say(talk, "a secret")
    assert len(find(api, "secret")) == 1
    assert find(other_api, "secret") == []
    learn_new_words(seconds=60)
    assert find(other_api, "secre") == []
    assert_error(other_api.get(PATH, {"q": "secret", "conversation": str(talk.pk)}), 404, "not_found")


def test_a_program_that_only_reads_may_search_and_a_stranger_may_not(user: User, talk: Conversation) -> None:
    say(talk, "a secret")
    program = APIClient()
    assert_error(program.get(PATH, {"q": "secret"}), 401, "unauthorized")
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {create_access_key(user=user, name='x', scope='read')[1]}")
    assert len(find(program, "secret")) == 1


def test_results_are_filtered(user: User, talk: Conversation, api: APIClient) -> None:
    # Only what was imported may be older than its id.
    Conversation.objects.filter(pk=talk.pk).update(source="chatgpt:1")
    say(talk, "word one", created_at=datetime(2026, 1, 1, 12, tzinfo=UTC))
    say(talk, "word two", role=Message.Role.ASSISTANT, model="big")
    say(make_conversation(user), "word three")

    def numbers(**query: str) -> set[str]:
        return {text.split()[-1] for text in texts(find(api, "word", **query))}

    assert numbers() == {"one", "two", "three"}
    assert numbers(role="assistant") == {"two"}
    assert numbers(model="big") == {"two"}
    assert numbers(model="small") == set()
    assert numbers(conversation=str(talk.pk)) == {"one", "two"}
    assert numbers(before="2026-01-02") == {"one"}
    assert numbers(before="2026-01-01T12:00:00+00:00") == set()
    assert numbers(after="2026-01-02", role="user") == {"three"}
    assert numbers(after=(timezone.now() + timedelta(days=1)).isoformat()) == set()
    for far in ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "0562-01-08T13:54:35-18:51"):
        assert (numbers(after=far), numbers(before=far)) in ((set(), numbers()), (numbers(), set()))


def test_an_imported_message_is_filtered_by_its_own_time(user: User, api: APIClient) -> None:
    old = datetime(2020, 1, 1, tzinfo=UTC)
    say(make_conversation(user, source="chatgpt:1"), "word of old", created_at=old)
    assert len(find(api, "word", before="2020-01-02")) == 1
    assert find(api, "word", before="2019-12-31") == find(api, "word", after="2020-01-02") == []


def test_a_search_that_finds_little_in_its_time_goes_on_with_the_next_page(
    talk: Conversation, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matches, "ENOUGH_SECONDS", -1.0)
    monkeypatch.setattr(matches, "MOST_ROWS", 6)
    monkeypatch.setattr(matches, "WALKED_ROWS", 4)
    monkeypatch.setattr(matches, "RANKED", 5)
    monkeypatch.setattr(matches, "FIRST_ROWS", 3)
    expected = {str(say(talk, "word", model="usual" if number % 21 else "rare").pk) for number in range(22)}
    assert set(chain(*walk(api, {"q": "word"}))) == expected
    pages = walk(api, {"q": "word", "model": "rare"})
    assert len(list(chain(*pages))) == 2
    assert [] in pages


def test_all_branches_are_found_and_say_so(talk: Conversation, api: APIClient) -> None:
    say(talk, "an earlier wording", current=False)
    (result,) = find(api, "wording")
    assert result["current"] is False


@pytest.mark.parametrize("status", [Message.Status.BLOCKED, Message.Status.HELD])
def test_what_is_kept_from_its_reader_is_not_found(talk: Conversation, api: APIClient, status: str) -> None:
    say(talk, "a hidden word", status=status)
    assert find(api, "hidden") == []


def test_what_is_being_deleted_is_not_found(talk: Conversation, api: APIClient) -> None:
    say(talk, "going away")
    Conversation.with_deleted.filter(pk=talk.pk).update(deleted_at=timezone.now())
    assert find(api, "going") == []
    assert find(api, "fruit", **{"in": "titles"}) == []


def test_a_temporary_chat_is_not_found(talk: Conversation, api: APIClient) -> None:
    say(talk, "going away")
    Conversation.objects.filter(pk=talk.pk).update(expires_at=timezone.now() + timedelta(hours=1))
    assert find(api, "going") == []
    assert find(api, "fruit", **{"in": "titles"}) == []


def test_a_message_that_says_it_more_and_exactly_comes_first(talk: Conversation, api: APIClient) -> None:
    for content in ("a bus and a train", "running and jumping", "trains and trains", "all runs and then jumps"):
        say(talk, content)
    assert texts(find(api, "trains")) == ["[trains] and [trains]", "a bus and a [train]"]
    assert texts(find(api, "running")) == ["[running] and jumping", "all [runs] and then jumps"]


def test_parts_of_words_are_found_where_there_are_no_whole_ones(talk: Conversation, api: APIClient) -> None:
    say(talk, "Donaudampfschifffahrt and postgresql")
    assert [r["match"] for r in find(api, "donaudampf")] == ["part"]  # at once, by its beginning
    learn_new_words(seconds=60)
    for query in ("schiff", "gresq", "SCHIFF and", "postgrseql"):
        (result,) = find(api, query)
        assert result["match"] == "part"
        assert [part["text"] for part in result["snippet"] if part["match"]]
    assert find(api, "zzz") == []
    assert find(api, "sc") == []
    say(talk, "the ship is a Schiff")
    assert [r["match"] for r in find(api, "schiff")] == ["word"]


def test_a_short_beginning_stands_for_the_words_that_are_known(talk: Conversation, api: APIClient) -> None:
    say(talk, "concurrency and conduct")
    learn_new_words(seconds=60)
    assert texts(find(api, "con* -other")) == ["[concurrency] and [conduct]"]
    assert [result["match"] for result in find(api, "conc*")] == ["word"]


@pytest.mark.parametrize("odd", ["100%", "a_b_c", "back\\slash", "quo'te's", "%%%", "___", "'''", ":*&|"])
def test_odd_characters_do_no_harm_in_any_part_of_a_search(talk: Conversation, api: APIClient, odd: str) -> None:
    say(talk, "ordinary words")
    learn_new_words(seconds=60)
    for query in (odd, f'"{odd}"', f"{odd}*", f"-{odd} words", f"wor{odd}"):
        for where in ("messages", "titles"):
            assert api.get(PATH, {"q": query, "in": where}).status_code == 200


def walk(api: APIClient, query: dict[str, Any]) -> list[list[str]]:
    """The ids of the results of all pages, from the first to the last and back again."""
    pages, answer = [], api.get(PATH, query).json()
    while True:
        pages.append([result["message_id"] for result in answer["results"]])
        if answer["next"] is None:
            break
        answer = api.get(answer["next"]).json()
    back = [pages[-1]]
    while answer["previous"]:
        answer = api.get(answer["previous"]).json()
        back.append([result["message_id"] for result in answer["results"]])
    assert sorted(chain(*back)) == sorted(chain(*pages))
    return pages


def test_pages_show_everything_once_and_lead_back(
    talk: Conversation, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matches, "RANKED", 7)
    monkeypatch.setattr(matches, "MOST_ROWS", 9)
    monkeypatch.setattr(matches, "WALKED_ROWS", 5)
    monkeypatch.setattr(matches, "FIRST_ROWS", 3)
    expected = {str(say(talk, f"word {'word ' * (number % 4)}").pk) for number in range(40)}
    pages = walk(api, {"q": "word", "limit": 3})
    assert all(len(page) <= 3 for page in pages)
    shown = list(chain(*pages))
    assert set(shown) == expected
    assert len(shown) == 40
    first = find(api, "word", limit=7)
    assert [r["rank"] for r in first] == sorted((r["rank"] for r in first), reverse=True)


def test_what_comes_meanwhile_stays_out_of_the_pages(talk: Conversation, api: APIClient) -> None:
    for _ in range(4):
        say(talk, "word")
    first = api.get(PATH, {"q": "word", "limit": "2"}).json()
    say(talk, "word word word")
    second = api.get(first["next"]).json()
    assert len({r["message_id"] for r in [*first["results"], *second["results"]]}) == 4
    assert second["next"] is None


@pytest.mark.parametrize(("limit", "results"), [("1000000", 50), ("20", 20), ("7", 7)])
def test_a_page_is_never_longer_than_the_limit_allows(
    talk: Conversation, api: APIClient, limit: str, results: int
) -> None:
    for _ in range(51):
        say(talk, "word")
    assert len(find(api, "word", limit=limit)) == results


@pytest.mark.parametrize("limit", ["0", "-3", "many"])
def test_a_limit_that_is_no_number_is_refused(api: APIClient, limit: str) -> None:
    assert_error(api.get(PATH, {"q": "word", "limit": limit}), 400, "invalid_input")


@pytest.mark.parametrize("walked", [0, 10, 20_000])
@pytest.mark.parametrize(("text", "often"), [("word", 60), ('"old word"', 60), ('"word old"', 20), ("word -other", 60)])
def test_the_newest_matches_are_found_whatever_the_windows(
    user: User, talk: Conversation, monkeypatch: pytest.MonkeyPatch, walked: int, text: str, often: int
) -> None:
    """A word that is frequent long ago and rare lately makes windows grow, and shrink again."""
    monkeypatch.setattr(matches, "RANKED", 5)
    monkeypatch.setattr(matches, "MOST_ROWS", 8)
    monkeypatch.setattr(matches, "WALKED_ROWS", walked)
    monkeypatch.setattr(matches, "FIRST_ROWS", 4)
    said = ["old word" + " old" * (number < 20) if number < 60 else "other" for number in range(80)]
    ids = [say(talk, content).pk for content in said]
    query = build(parse(text))
    assert query
    with matches.reading() as cursor:
        search = matches.Matches(cursor, user_id=user.id, filters=matches.Filters())
        found: list[UUID] = []
        upto: UUID | None = None
        while True:
            block, upto = search.newest(query, upto)
            found += block
            if upto is None:
                break
    assert found == ids[:often][::-1]


def test_a_search_that_takes_too_long_says_so(
    talk: Conversation, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matches, "_WALK", matches._WALK.replace("{meets}", "pg_sleep(9) IS NULL"))
    monkeypatch.setattr(matches, "_SESSION", "SET LOCAL statement_timeout = '50ms'")
    say(talk, "word")
    assert "too long" in assert_error(api.get(PATH, {"q": "word"}), 503, "overloaded")["message"]


def test_a_search_reads_one_partition(user: User, talk: Conversation, api: APIClient) -> None:
    say(talk, "a word")
    with CaptureQueriesContext(connection) as captured:
        assert len(find(api, "word")) == 1
    statements = [query["sql"] for query in captured.captured_queries if "FROM messages" in query["sql"]]
    assert len(statements) == 4  # the first window, the matches, their ranks, the page
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
            (plan,) = cursor.fetchone()
        tables = _tables(json.loads(plan) if isinstance(plan, str) else plan)
        assert {name for name in tables if name.startswith("messages")} == {f"messages_{user.bucket // 16:x}"}


def _tables(plan: Any) -> set[str]:
    if isinstance(plan, list):
        return set().union(*map(_tables, plan))
    if isinstance(plan, dict):
        own = {plan["Relation Name"]} if "Relation Name" in plan else set()
        return own.union(*map(_tables, plan.values()))
    return set()


def test_words_and_windows_of_a_user_are_read_from_the_index_together(user: User, talk: Conversation) -> None:
    message = say(talk, "word")
    keys = keys_between(user.id, message.pk.int, message.pk.int)
    asked = "SELECT id FROM messages WHERE search_keys(user_id, id) && %s::bigint[] AND search @@ 'word'::tsquery"
    with matches.reading() as cursor:
        cursor.execute(matches._BOUNDED)
        cursor.execute(f"EXPLAIN {asked}", [keys])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert plan.count("_search_keys_search_idx") == 16
    both = [line for line in plan.splitlines() if "Index Cond" in line and str(keys[0]) in line and "search @@" in line]
    assert len(both) == 16


def test_a_search_costs_the_same_for_one_and_for_many(
    talk: Conversation, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 20):
        for _ in range(count):
            say(talk, "word")
        # the user, the words, savepoint and settings, the first window, what may be done, matches (all, in one window
        # here), ranks, the page, the release
        with django_assert_num_queries(10):
            assert len(find(api, "word")) >= count


def test_titles_are_searched_by_themselves(user: User, other_user: User, api: APIClient) -> None:
    first = make_conversation(user, title="Red apples")
    make_conversation(user, title="Green pears")
    make_conversation(user, title="Pineapple 100%")
    make_conversation(other_user, title="Red apples of Bob")
    found = find(api, "apple", **{"in": "titles"})
    assert [r["conversation_title"] for r in found] == ["Pineapple 100%", "Red apples"]
    assert found[1] == {
        "conversation_id": str(first.pk),
        "conversation_title": "Red apples",
        "message_id": None,
        "role": None,
        "current": None,
        "created_at": None,
        "match": "title",
        "rank": None,
        "snippet": [
            {"text": "Red ", "match": False},
            {"text": "apple", "match": True},
            {"text": "s", "match": False},
        ],
    }
    assert len(find(api, "apple -red", **{"in": "titles"})) == 1
    assert len(find(api, "pears or 100%", **{"in": "titles"})) == 2
    assert find(api, '"apples red"', **{"in": "titles"}) == []
    page = api.get(PATH, {"q": "e", "in": "titles", "limit": "2"}).json()
    assert len(api.get(page["next"]).json()["results"]) == 1


def test_titles_cost_three_queries(
    user: User, api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        make_conversation(user, title=f"Number {number}")
    with django_assert_num_queries(3):  # the user, the words, the page
        assert len(find(api, "number", **{"in": "titles"})) == 20


def test_a_long_text_is_searched_up_to_a_hundred_thousand_characters(talk: Conversation, api: APIClient) -> None:
    say(talk, "filler " * 14_000 + "needle " + "filler " * 1_000 + "beyond")
    assert "[needle]" in texts(find(api, "needle"))[0]
    assert find(api, "beyond") == []
