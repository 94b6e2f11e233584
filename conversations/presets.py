"""Prompts that conversations begin with: reads and writes of users' own, and what staff share with them."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from chatbot.accounts.legal_hold import refuse_on_hold
from chatbot.accounts.models import User
from chatbot.lib.errors import Forbidden, NotFound, QuotaExceeded
from chatbot.lib.ids import new_id
from conversations.models import Conversation, Feedback, Preset
from conversations.services import ConversationFields, create_conversation

# Of one user.
MOST = 100

# The ids of a conversation and of its messages begin with the same bucket: for each, one partition is read.
_RATINGS = """
SELECT c.preset_id, f.rating, count(*)
FROM conversations c
     JOIN messages m ON m.conversation_id = c.id
          AND m.id BETWEEN (left(c.id::text, 2) || '000000-0000-0000-0000-000000000000')::uuid
                       AND (left(c.id::text, 2) || 'ffffff-ffff-ffff-ffff-ffffffffffff')::uuid
     JOIN feedback f ON f.message_id = m.id
WHERE c.preset_id = ANY(%s) GROUP BY c.preset_id, f.rating
"""


class PresetFields(TypedDict, total=False):
    """What a user says of a preset. `model` is empty for the usual one."""

    name: str
    text: str
    model: str


def presets_of(user: User) -> QuerySet[Preset]:
    """The user's own, by name."""
    return Preset.objects.filter(user=user).order_by("name", "id")


def presets_for(user: User) -> list[Preset]:
    """All that the user may begin with: first what staff share with their tier, in staff's order, then their own."""
    return [*_shared_with(user), *presets_of(user)]


def _shared_with(user: User) -> QuerySet[Preset]:
    tiers = Q(tiers=None) | Q(tiers=user.tier_id)
    return Preset.objects.filter(tiers, user=None, enabled=True).order_by("position", "name", "id").distinct()


def get_preset(*, user: User, preset_id: UUID) -> Preset:
    """One that the user may begin with; raises NotFound."""
    preset = presets_of(user).filter(pk=preset_id).first() or _shared_with(user).filter(pk=preset_id).first()
    if preset is None:
        raise NotFound("There is no such preset.")
    return preset


@transaction.atomic
def create_preset(*, user: User, name: str, text: str, model: str = "") -> Preset:
    """A preset of the user's own; raises QuotaExceeded."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two at once do not pass the limit together
    if presets_of(user).count() >= MOST:
        raise QuotaExceeded(f"You may keep {MOST} presets. Delete one first.")
    preset = Preset.objects.create(id=new_id(user.id), user=user, name=name, text=text, model=model)
    preset.refresh_from_db(fields=["created_at"])
    return preset


def change_preset(*, user: User, preset_id: UUID, **changes: Unpack[PresetFields]) -> Preset:
    """Changes a preset of the user's own; conversations that were begun with it stay as they are. Raises NotFound, and
    Forbidden for what staff share.
    """
    preset = _own(user, preset_id)
    for name, value in changes.items():
        setattr(preset, name, value)
    preset.save(update_fields=[*changes, "updated_at"])
    return preset


@transaction.atomic
def delete_preset(*, user: User, preset_id: UUID) -> None:
    """Deletes a preset of the user's own. Raises NotFound, and Forbidden for what staff share or under a hold."""
    preset = _own(user, preset_id)
    refuse_on_hold(user.id)
    preset.delete()


def begin_conversation(
    *,
    user: User,
    preset_id: UUID | None,
    model_config: dict[str, Any] | None = None,
    temporary: bool = False,
    **fields: Unpack[ConversationFields],
) -> Conversation:
    """A new conversation that begins with a preset, if there is one: its prompt and model, where `model_config` says
    nothing else of them. Raises NotFound.
    """
    preset = get_preset(user=user, preset_id=preset_id) if preset_id else None
    config = {**(preset.model_config() if preset else {}), **(model_config or {})}
    return create_conversation(user=user, model_config=config, temporary=temporary, preset=preset, **fields)


def _own(user: User, preset_id: UUID) -> Preset:
    preset = get_preset(user=user, preset_id=preset_id)
    if preset.shared:
        raise Forbidden("This preset is shared by those who run this service. Only they change it.")
    return preset


def ratings_of(preset_ids: Iterable[UUID]) -> dict[UUID, Counter[Feedback.Rating]]:
    """How often answers in conversations that were begun with each of these presets were called good, and bad."""
    ratings: dict[UUID, Counter[Feedback.Rating]] = {preset_id: Counter() for preset_id in preset_ids}
    with connection.cursor() as cursor:
        cursor.execute(_RATINGS, [list(ratings)])
        for preset_id, rating, count in cursor.fetchall():
            ratings[preset_id][Feedback.Rating(rating)] = count
    return ratings


def preset_as_dict(preset: Preset) -> dict[str, Any]:
    """The preset as the doors show it."""
    return {
        "id": str(preset.pk),
        "name": preset.name,
        "text": preset.text,
        "model": preset.model or None,
        "shared": preset.shared,
        "updated_at": preset.updated_at.isoformat(),
    }
