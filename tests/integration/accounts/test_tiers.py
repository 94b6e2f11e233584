"""Every user has a tier."""

import pytest
from django.db import IntegrityError, transaction

from chatbot.accounts.models import Tier, User, default_tier_id
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_a_new_user_gets_the_default_tier_which_is_made_when_missing() -> None:
    assert not Tier.objects.exists()
    user = make_user("ann")
    assert user.tier == Tier.objects.get(is_default=True)
    assert make_user("bob").tier == user.tier
    assert Tier.objects.count() == 1


def test_the_default_tier_is_the_one_that_staff_marked() -> None:
    tier = Tier.objects.create(slug="team", name="Team", is_default=True)
    assert make_user("ann").tier == tier


def test_a_named_tier_is_kept() -> None:
    tier = Tier.objects.create(slug="team", name="Team")
    user = make_user("ann", tier=tier)
    assert User.objects.get(pk=user.pk).tier == tier


def test_without_a_mark_the_standard_tier_serves_on() -> None:
    standard = Tier.objects.get(pk=default_tier_id())
    Tier.objects.update(is_default=False)
    assert make_user("ann").tier == standard


def test_there_is_one_default_at_most() -> None:
    default_tier_id()
    with pytest.raises(IntegrityError), transaction.atomic():
        Tier.objects.create(slug="second", name="Second", is_default=True)


def test_the_bucket_of_a_user_never_changes() -> None:
    user = make_user("ann")
    assert 0 <= user.bucket <= 255
    assert User.objects.get(pk=user.pk).bucket == user.bucket
