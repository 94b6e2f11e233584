"""The table of messages: partitions, search vectors, compression, foreign keys."""

import json
import random
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from chatbot.accounts.models import User
from chatbot.lib.ids import BUCKETS, bucket_of, new_id
from conversations.models import Conversation, Message
from conversations.selectors import branch_of, messages_in, messages_of
from tests.factories import make_conversation, make_message, make_user

pytestmark = pytest.mark.django_db


def user_in(bucket: int) -> User:
    """A user whose ids begin with `bucket`."""
    identifier = next(candidate for candidate in iter(uuid4, None) if bucket_of(candidate) == bucket)
    return make_user(f"user{bucket}", id=identifier)


def column(sql: str, *params: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]


def scanned(queryset: QuerySet[Any]) -> set[str]:
    """The tables that PostgreSQL reads for a query."""
    found: set[str] = set()

    def walk(node: dict[str, Any]) -> None:
        if "Relation Name" in node:
            found.add(node["Relation Name"])
        for child in node.get("Plans", []):
            walk(child)

    walk(json.loads(queryset.explain(format="json"))[0]["Plan"])
    return found


@pytest.mark.parametrize("bucket", [0, 15, 16, 127, 128, 240, BUCKETS - 1])
def test_a_message_lies_in_the_partition_of_its_users_bucket(bucket: int) -> None:
    message = make_message(make_conversation(user_in(bucket)))
    assert column("SELECT tableoid::regclass::text FROM messages WHERE id = %s", message.pk) == [
        f"messages_{bucket // 16:x}"
    ]


def test_reads_touch_one_partition(user: User) -> None:
    conversation = make_conversation(user, messages=2)
    message = conversation.messages.first()
    assert message is not None
    own = {f"messages_{user.bucket // 16:x}"}
    assert scanned(messages_of(user.id)) == own
    assert scanned(messages_in(conversation).order_by("-sequence_number")[:50]) == own
    assert scanned(messages_in(conversation).filter(sequence_number__lt=2)) == own
    assert scanned(Message.objects.filter(pk=message.pk, user=user)) == own
    assert scanned(Conversation.objects.filter(messages__pk=message.pk)) - {"conversations"} == own
    # What the rule protects from: without a range every partition is read.
    assert len(scanned(Message.objects.filter(conversation=conversation))) == 16


def test_the_page_of_a_conversation_is_read_by_its_index(user: User) -> None:
    conversation = make_conversation(user, messages=2)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = branch_of(conversation).order_by("-sequence_number")[:50].explain()
    assert "Index Scan Backward" in plan
    assert "Sort" not in plan


@pytest.mark.parametrize("missing", ["user_id", "conversation_id", "parent_id"])
def test_a_message_needs_the_rows_that_it_names(user: User, missing: str) -> None:
    conversation = make_conversation(user)
    values = {"user_id": user.id, "conversation_id": conversation.pk, missing: uuid4()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(
            id=new_id(user.id), role="user", status="completed", content="x", sequence_number=1, **values
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_an_id_is_unique_in_the_whole_table(user: User) -> None:
    message = make_message(make_conversation(user))
    values = {"user": user, "conversation": message.conversation, "role": "user", "status": "completed"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(id=message.pk, sequence_number=2, **values)


def test_deleting_a_parent_leaves_its_children(user: User) -> None:
    conversation = make_conversation(user)
    parent = make_message(conversation)
    child = make_message(conversation, parent_id=parent.pk)
    parent.delete()
    child.refresh_from_db()
    assert child.parent_id is None


def test_deleting_a_user_deletes_what_they_wrote(user: User, other_user: User) -> None:
    make_conversation(user, messages=3)
    kept = make_conversation(other_user, messages=2)
    user.delete()
    assert set(Message.objects.values_list("conversation_id", flat=True)) == {kept.pk}


def test_the_search_vector_follows_the_content(user: User) -> None:
    message = make_message(make_conversation(user), content="The Quick foxes, naïve and schön")
    matches = "SELECT search @@ to_tsquery('simple', %s) FROM messages WHERE id = %s"
    for word in ("the", "quick", "foxes", "fox", "naïve", "schön"):
        assert column(matches, word, message.pk) == [True]
    Message.objects.filter(pk=message.pk).update(content="slow snail")
    assert column(matches, "quick", message.pk) == [False]
    assert column(matches, "snail", message.pk) == [True]


def test_the_search_index_of_every_partition_takes_writes_fast() -> None:
    options = column("SELECT reloptions FROM pg_class WHERE relname ~ '^messages_._search_keys_search_idx$'")
    assert options == [["fastupdate=on"]] * 16


def has_lz4() -> bool:
    """Whether the server was built with lz4."""
    return "lz4" in column("SELECT enumvals FROM pg_settings WHERE name = 'default_toast_compression'")[0]


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("messages", "content"),
        ("messages", "search"),
        ("attachments", "text"),
        ("summaries", "content"),
        ("shares", "content"),
        ("generations", "checkpoint"),
        ("moderation_verdict", "content"),
        ("moderation_report", "content"),
    ],
)
def test_long_texts_are_compressed_with_lz4_where_the_server_has_it(table: str, name: str) -> None:
    found = column(
        "SELECT attcompression::text FROM pg_attribute"
        " WHERE attname = %s AND attrelid IN (SELECT %s::regclass UNION SELECT relid FROM pg_partition_tree(%s))",
        name,
        table,
        table,
    )
    assert set(found) == {"l" if has_lz4() else ""}
    assert len(found) == (17 if table == "messages" else 1)


def test_a_long_message_is_stored_compressed(user: User) -> None:
    message = make_message(make_conversation(user), content="All work and no play. " * 20_000)
    stored = column("SELECT pg_column_compression(content) FROM messages WHERE id = %s", message.pk)
    assert stored == ["lz4" if has_lz4() else "pglz"]
    assert column("SELECT pg_column_size(content) FROM messages WHERE id = %s", message.pk)[0] < 44_000


@pytest.mark.parametrize("length", [100_000, 100_001, 150_000, 1 << 20])
def test_a_very_long_text_is_kept_whole(user: User, length: int) -> None:
    words = random.Random(length)
    content = " ".join(f"{words.getrandbits(60):x}" for _ in range(length // 10))[:length].ljust(length, "z")
    message = make_message(make_conversation(user), content=content)
    assert column("SELECT content FROM messages WHERE id = %s", message.pk) == [content]


@pytest.mark.parametrize("unit", ["{}-{} ", "{}/{} ", "{}.{}@{}.example ", "https://{}.example/{}?{}#{} ", "{} "])
@pytest.mark.parametrize("first", [ord("a"), 0x4E00, 0x10400, 0x20000])
def test_no_text_is_too_rich_to_be_searchable(user: User, unit: str, first: int) -> None:
    """A tsvector may hold 1 MiB; these texts fill it as much as 100,000 characters can."""
    letters = random.Random(first)
    words = ("".join(chr(first + letters.randrange(26)) for _ in range(4)) for _ in iter(int, 1))
    content = "".join(unit.format(*(next(words) for _ in range(4))) for _ in range(100_000 // len(unit) + 1))
    message = make_message(make_conversation(user), content=content[:120_000])
    assert Message.objects.get(pk=message.pk).content == content[:120_000]


def test_reading_a_message_does_not_carry_its_search_vector(user: User) -> None:
    assert "search" not in str(messages_of(user.id).query)


def test_every_user_message_id_tells_its_bucket(user: User) -> None:
    conversation = make_conversation(user, messages=2)
    identifiers: list[UUID] = [conversation.pk, *messages_in(conversation).values_list("pk", flat=True)]
    assert {identifier.bytes[0] for identifier in identifiers} == {user.bucket}


def test_the_last_partition_holds_the_highest_id(user: User) -> None:
    highest = UUID(int=2**128 - 1)
    values = {"user": user, "conversation": make_conversation(user), "role": "user", "status": "completed"}
    Message.objects.create(id=highest, sequence_number=1, **values)
    assert column("SELECT tableoid::regclass::text FROM messages WHERE id = %s", highest) == ["messages_f"]
