"""The chat page before a model is set up."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from chatbot.accounts.models import User
from streaming.models import LanguageModel
from tests.factories import make_model, make_provider

pytestmark = pytest.mark.django_db
NEEDED = ("add_provider", "add_providerkey", "add_languagemodel")


def test_who_may_set_up_a_model_is_led_there(user: User, web: Client) -> None:
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__in=NEEDED))
    page = web.get("/")
    for name in ("provider", "providerkey"):
        address = reverse(f"admin:streaming_{name}_add")
        assert f'href="{address}"' in page.text
        assert web.get(address).status_code == 200


def test_others_are_told_whom_it_waits_for(web: Client) -> None:
    page = web.get("/").text
    assert "whoever runs this site has yet to add one" in page
    assert reverse("admin:streaming_provider_add") not in page


def test_once_there_is_a_model_nothing_is_said(web: Client) -> None:
    model = make_model(make_provider())
    assert 'data-testid="first-run"' not in web.get("/").text
    LanguageModel.objects.filter(pk=model.pk).update(enabled=False)
    assert 'data-testid="first-run"' in web.get("/").text
