"""The rows of a conversation as lines of JSON: what the archive holds, and what its deletion is checked against.

The form is that of Django's own serializers, a row a line, with times to the microsecond.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec
from django.core.serializers.python import Serializer
from django.db.models import Model, QuerySet

from chatbot.lib.ids import id_range
from conversations.deletion import dependents
from conversations.models import Conversation, Export, Message

# Rows that are read and held at a time.
CHUNK = 1_000

Row = dict[str, Any]
M = TypeVar("M", bound=Model)

encode = msgspec.json.encode
decode = msgspec.json.decode


def archived_models() -> list[type[Model]]:
    """The tables whose rows are archived, those first that others refer to. A download is no part of a conversation."""
    relations = [*dependents(Conversation), *dependents(Message)]
    others = {relation.related_model for relation in relations} - {Message, Export}
    return [Conversation, Message, *sorted(others, key=lambda model: model._meta.label)]


def lines_of(conversation: Conversation) -> Iterator[bytes]:
    """Every row of a conversation and of what hangs on it, in a fixed order. Equal lines mean that nothing changed."""
    for model in archived_models():
        for chunk in _chunks(_rows_of(conversation, model)):
            for row in Serializer().serialize(chunk):
                yield encode(row) + b"\n"


def digest_of(lines: Iterable[bytes]) -> str:
    """What `lines` come down to."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line)
    return digest.hexdigest()


def _rows_of(conversation: Conversation, model: type[Model]) -> QuerySet[Any]:
    rows = model._base_manager.order_by("pk")
    if model is Conversation:
        return rows.filter(pk=conversation.pk)
    partition = id_range(conversation.user_id)
    if model is Message:
        return rows.filter(conversation=conversation, pk__range=partition)
    if any(relation.related_model is model for relation in dependents(Conversation)):
        return rows.filter(conversation=conversation)
    (name,) = (relation.field.name for relation in dependents(Message) if relation.related_model is model)
    return rows.filter(**{f"{name}__conversation": conversation, f"{name}__id__range": partition})


def _chunks(rows: QuerySet[M]) -> Iterator[list[M]]:
    """All rows, CHUNK of them in memory at a time."""
    ids = list(rows.values_list("pk", flat=True))
    for start in range(0, len(ids), CHUNK):
        found = rows.model._base_manager.in_bulk(ids[start : start + CHUNK])
        yield [found[key] for key in ids[start : start + CHUNK] if key in found]
