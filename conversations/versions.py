"""Whether a conversation is as it was, without reading it.

PostgreSQL tells by itself when a row was last written, and where it stands: no write can forget to. Whatever changes
what a conversation shows of its messages writes the conversation's row in the same transaction (conversations.services,
conversations.derived, conversations.branches).
"""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet, TextField
from django.db.models.expressions import RawSQL

_Row = TypeVar("_Row", bound=Model)

_ROW = RawSQL('"conversations"."xmin"::text || "conversations"."ctid"::text', [], output_field=TextField())


def with_version(rows: QuerySet[_Row]) -> QuerySet[Any]:
    """Conversations, or rows that are read together with theirs, each with the `version` of its conversation."""
    return rows.annotate(version=_ROW)
