"""Staff pages of every registered model open, cost a constant number of queries, and show no secret."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chatbot.accounts import services
from chatbot.accounts.models import AccessKey, Tier, TokenFamily, User
from chatbot.accounts.services import create_access_key, hash_key
from chatbot.accounts.token_services import issue_tokens
from chatbot.lib.ids import new_id
from conversations.account_deletion import delete_accounts
from conversations.models import Attachment, Conversation, Export, Feedback, Import, Message, Preset, Share
from conversations.shares import share_conversation
from moderation import audit
from moderation.models import Appeal, AuditEntry, LegalHold, Policy, Report, RetentionBatch, Rule, Verdict
from streaming.models import Completion, Generation, LanguageModel, Provider, ProviderKey
from tests.factories import (
    PASSWORD,
    make_attachment,
    make_conversation,
    make_message,
    make_model,
    make_provider,
    make_user,
)

SECRET = "sk-very-secret-provider-key"


def make_generation(number: int) -> Generation:
    user = make_user(f"asker{number}")
    conversation = make_conversation(user)
    prompt = make_message(conversation)
    answer = make_message(conversation, role=Message.Role.ASSISTANT, status=Message.Status.PENDING, content="")
    return Generation.objects.create(
        id=new_id(user.id),
        user=user,
        conversation=conversation,
        prompt=prompt,
        message=answer,
        language_model=make_model(make_provider(), slug=f"asked-{number}"),
    )


def make_rule(number: int) -> Policy:
    policy = Policy.objects.create(name=f"Policy {number}")
    for _ in range(3):
        Rule.objects.create(policy=policy, value="word", action="flag")
    return policy


def make_verdict(number: int) -> Verdict:
    finding = {"policy": "P", "version": 1, "category": "c", "action": "flag", "excerpt": "x"}
    return Verdict.objects.create(
        user=make_user(f"judged{number}"), stage="prompt", action="flag", findings=[finding], content="text"
    )


def make_appeal(number: int) -> Appeal:
    verdict = make_verdict(number)
    return Appeal.objects.create(
        verdict=verdict, user=verdict.user, text="Why?", decided_by=make_user(f"judge{number}")
    )


def make_report(number: int) -> Report:
    user = make_user(f"reporter{number}")
    return Report.objects.create(user=user, message_id=new_id(user.id), reason="harmful", content="text")


def make_completion(number: int) -> Completion:
    user = make_user(f"caller{number}")
    model = make_model(make_provider(), slug=f"called-{number}")
    return Completion.objects.create(id=new_id(user.id), user=user, language_model=model, expires_at=timezone.now())


def make_email(number: int) -> EmailAddress:
    return EmailAddress.objects.create(user=make_user(f"mailed{number}"), email=f"{number}@example.org")


def make_feedback(number: int) -> Feedback:
    user = make_user(f"rater{number}")
    answer = make_message(make_conversation(user), role=Message.Role.ASSISTANT)
    return Feedback.objects.create(message=answer, user=user, rating=Feedback.Rating.UP)


def make_family(number: int) -> TokenFamily:
    user = make_user(f"program{number}")
    issue_tokens(user=user, user_agent="curl/8")
    return user.token_families.get()


def make_share(number: int) -> Share:
    return share_conversation(
        user=(user := make_user(f"sharer{number}")), conversation_id=make_conversation(user, messages=2).pk
    )


def make_preset(number: int) -> Preset:
    preset = Preset.objects.create(name=f"Preset {number}", text="Be brief.")
    preset.tiers.add(Tier.objects.create(slug=f"for{number}", name=f"Tier {number}"))
    user = make_user(f"beginner{number}")
    for _ in range(2):
        make_conversation(user, preset=preset)
    return preset


def make_session(number: int) -> UserSession:
    return UserSession.objects.create(
        user=make_user(f"browser{number}"), ip="192.0.2.1", session_key=f"key{number}", user_agent="curl/8"
    )


# One row of every model on the admin site, each with rows of its own behind its foreign keys.
ROWS: dict[type[Model], Callable[[int], Model]] = {
    AccessKey: lambda number: create_access_key(user=make_user(f"keyed{number}"), name="script")[0],
    Appeal: make_appeal,
    Attachment: lambda number: make_attachment(make_user(f"uploader{number}")),
    Authenticator: lambda number: TOTP.activate(make_user(f"careful{number}"), SECRET).instance,
    AuditEntry: lambda number: audit.record(action="a.b", actor=make_user(f"actor{number}"), details={"x": 1}),
    Completion: make_completion,
    Conversation: lambda number: make_conversation(make_user(f"talker{number}"), messages=3),
    EmailAddress: make_email,
    Export: lambda number: Export.objects.create(id=new_id((u := make_user(f"leaver{number}")).id), user=u),
    Feedback: make_feedback,
    Generation: make_generation,
    Group: lambda number: Group.objects.create(name=f"Group {number}"),
    Import: lambda number: Import.objects.create(id=new_id((u := make_user(f"comer{number}")).id), user=u),
    LegalHold: lambda number: LegalHold.objects.get(pk=make_user(f"held{number}", legal_hold=True).pk),
    LanguageModel: lambda number: make_model(
        make_provider(), slug=f"m{number}", fallback=make_model(make_provider(), slug=f"f{number}")
    ),
    Policy: make_rule,
    Preset: make_preset,
    Provider: lambda number: make_model(make_provider(), slug=f"of{number}").provider,
    ProviderKey: lambda _: make_provider(key=SECRET).keys.get(),
    Report: make_report,
    RetentionBatch: lambda number: RetentionBatch.objects.create(
        user_id=make_user(f"forgotten{number}").pk, user_label="x", status="done", folder="x"
    ),
    Share: make_share,
    SocialAccount: lambda number: SocialAccount.objects.create(
        user=make_user(f"elsewhere{number}"), provider="oidc", uid=str(number)
    ),
    TokenFamily: make_family,
    Tier: lambda number: Tier.objects.create(slug=f"tier{number}", name=f"Tier {number}"),
    User: lambda number: make_user(f"person{number}", tier=Tier.objects.create(slug=f"of-person{number}", name="Tier")),
    UserSession: make_session,
    Verdict: make_verdict,
}
REGISTERED: dict[type[Model], ModelAdmin[Any]] = admin.site._registry
every_model = pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)

# Their rows come about by what users, programs and rules do.
NEVER_ADDED = {
    *(Appeal, Attachment, AuditEntry, Completion, Conversation, Export, Feedback),
    *(Generation, Import, LegalHold, Report, RetentionBatch, Share, Verdict),
    *(Authenticator, SocialAccount, TokenFamily, UserSession),
}


def url_of(model: type[Model], page: str, row: Model | None = None) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(name, args=[row.pk] if row else [])


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_every_registered_model_has_its_row_here() -> None:
    assert set(ROWS) == set(REGISTERED)


@every_model
def test_the_list_costs_the_same_for_two_and_for_many(staff_client: Client, model: type[Model]) -> None:
    for number in range(2):
        ROWS[model](number)
    few = queries_of(staff_client, url_of(model, "changelist"))
    for number in range(2, 12):
        ROWS[model](number)
    many = queries_of(staff_client, url_of(model, "changelist"))
    assert many == few
    assert few <= 12


@every_model
def test_a_row_opens_with_a_bounded_number_of_queries(staff_client: Client, model: type[Model]) -> None:
    row = ROWS[model](0)
    staff_client.get(url_of(model, "change", row))  # fills the cache of content types
    few = queries_of(staff_client, url_of(model, "change", row))
    for number in range(1, 11):
        ROWS[model](number)
    assert queries_of(staff_client, url_of(model, "change", row)) == few


@every_model
def test_the_page_to_add_a_row_opens_or_is_refused(staff_client: Client, model: type[Model]) -> None:
    assert staff_client.get(url_of(model, "add")).status_code == (403 if model in NEVER_ADDED else 200)


@every_model
def test_any_search_gives_a_list(staff_client: Client, model: type[Model]) -> None:
    if not REGISTERED[model].search_fields:
        return
    ROWS[model](1)
    for term in ("ann", "00000000-0000-8000-8000-000000000000", "'\"", "% \\"):
        assert staff_client.get(url_of(model, "changelist"), {"q": term}).status_code == 200


@every_model
def test_every_filter_of_the_list_works(staff_client: Client, model: type[Model]) -> None:
    ROWS[model](1)
    page = staff_client.get(url_of(model, "changelist"))
    changelist = page.context["cl"]
    for spec in changelist.filter_specs:
        for choice in spec.choices(changelist):
            query = choice["query_string"]
            assert staff_client.get(url_of(model, "changelist") + query).status_code == 200, query


@every_model
def test_strangers_and_ordinary_users_are_sent_away(user: User, model: type[Model]) -> None:
    client = Client()
    assert client.get(url_of(model, "changelist")).status_code == 302
    client.force_login(user)
    assert client.get(url_of(model, "changelist")).status_code == 302


def test_a_conversation_is_found_by_its_id(staff_client: Client, user: User) -> None:
    wanted = make_conversation(user, title="Wanted")
    make_conversation(user, title="Unwanted")
    page = staff_client.get(url_of(Conversation, "changelist"), {"q": f" {wanted.pk} "})
    assert list(page.context["cl"].result_list) == [wanted]


def test_a_completion_is_found_by_the_id_that_its_client_knows(staff_client: Client) -> None:
    wanted, _ = make_completion(1), make_completion(2)
    page = staff_client.get(url_of(Completion, "changelist"), {"q": f"chatcmpl-{wanted.pk.hex}"})
    assert list(page.context["cl"].result_list) == [wanted]


def test_a_conversation_reads_like_one(staff_client: Client, user: User) -> None:
    conversation = make_conversation(user, messages=2)
    make_message(conversation, content="<i>only text</i>")
    html = staff_client.get(url_of(Conversation, "change", conversation)).content.decode()
    assert html.index("Message 1") < html.index("Message 2") < html.index("&lt;i&gt;only text")
    assert "<i>only text" not in html
    assert 'class="transcript-message transcript-user"' in html
    assert 'class="transcript-message transcript-assistant"' in html


def test_a_long_conversation_shows_its_newest_messages(staff_client: Client, user: User) -> None:
    conversation = make_conversation(user, messages=203)
    html = staff_client.get(url_of(Conversation, "change", conversation)).content.decode()
    assert html.count("<article") == 200
    assert "Only the newest 200 messages are shown." in html
    assert "Message 203" in html


@pytest.mark.parametrize("way", ["page", "action"])
@pytest.mark.parametrize("model", [Conversation, User])
def test_deleting_takes_everything_along(staff_client: Client, model: type[Model], way: str) -> None:
    generation = make_generation(1)
    Verdict.objects.create(user=generation.user, stage="prompt", action="flag", content="text")
    row: Model = generation.conversation if model is Conversation else generation.user
    if way == "page":
        confirmation = staff_client.get(url_of(model, "delete", row))
        assert b"Yes" in confirmation.content
        staff_client.post(url_of(model, "delete", row), {"post": "yes"})
    else:
        data = {"action": "delete_selected", "_selected_action": [row.pk]}
        assert b"Yes" in staff_client.post(url_of(model, "changelist"), data).content
        staff_client.post(url_of(model, "changelist"), {**data, "post": "yes"})
    delete_accounts(seconds=60)
    assert not model._default_manager.filter(pk=row.pk).exists()
    assert not Message.objects.exists()
    assert not Generation.objects.exists()
    assert Verdict.objects.exists() == (model is Conversation)


def test_a_provider_key_never_shows_its_value(staff_client: Client) -> None:
    provider = make_provider(key=None)
    data = {"provider": provider.pk, "label": "main", "new_value": SECRET, "enabled": "on"}
    added = staff_client.post(url_of(ProviderKey, "add"), data, follow=True)
    assert added.status_code == 200
    key = ProviderKey.objects.get()
    assert key.value == SECRET
    pages = [
        added,
        staff_client.get(url_of(ProviderKey, "changelist")),
        staff_client.get(url_of(ProviderKey, "change", key)),
        staff_client.get(url_of(ProviderKey, "history", key)),
        staff_client.get(url_of(Provider, "change", provider)),
        staff_client.post(url_of(ProviderKey, "change", key), {**data, "provider": ""}),  # the form with its error
        staff_client.get(url_of(ProviderKey, "delete", key)),
        staff_client.get(url_of(AuditEntry, "changelist")),
    ]
    for page in pages:
        assert page.status_code == 200
        assert SECRET not in page.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT streaming_providerkey::text FROM streaming_providerkey")
        assert SECRET not in cursor.fetchone()[0]


def test_saving_a_key_without_a_new_value_keeps_the_stored_one(staff_client: Client) -> None:
    key = make_provider(key=SECRET).keys.get()
    data = {"provider": key.provider_id, "label": "renamed", "new_value": "", "enabled": "on"}
    assert staff_client.post(url_of(ProviderKey, "change", key), data).status_code == 302
    key.refresh_from_db()
    assert (key.label, key.value, key.ending) == ("renamed", SECRET, "-key")
    assert staff_client.post(url_of(ProviderKey, "add"), data).status_code == 200  # a new row needs a key
    assert ProviderKey.objects.count() == 1


def test_an_access_key_is_shown_once_and_stays_with_its_user(
    staff_client: Client, user: User, other_user: User
) -> None:
    data = {"user": user.pk, "name": "script", "scope": "read"}
    page = staff_client.post(url_of(AccessKey, "add"), data, follow=True).content.decode()
    key = AccessKey.objects.get()
    found = re.search(r"not shown again: (ck-[\w-]{43})", page)
    assert found is not None
    assert key.key_hash == hash_key(found[1])
    for later in (url_of(AccessKey, "changelist"), url_of(AccessKey, "change", key), url_of(AccessKey, "history", key)):
        assert found[1] not in staff_client.get(later).content.decode()
    changed = {"name": "renamed", "user": other_user.pk, "scope": "chat"}
    assert staff_client.post(url_of(AccessKey, "change", key), changed).status_code == 302
    key.refresh_from_db()
    assert (key.name, key.user, key.scope) == ("renamed", user, "read")


def test_selected_access_keys_are_revoked(staff_client: Client, user: User) -> None:
    keys = [create_access_key(user=user, name=name)[0] for name in ("one", "two", "three")]
    data = {"action": "revoke", "_selected_action": [key.pk for key in keys[:2]]}
    assert b"2 keys were revoked." in staff_client.post(url_of(AccessKey, "changelist"), data, follow=True).content
    assert set(AccessKey.objects.filter(revoked_at=None)) == {keys[2]}


def test_selected_programs_are_logged_out(staff_client: Client, user: User) -> None:
    for _ in range(3):
        issue_tokens(user=user)
    chosen = list(TokenFamily.objects.all()[:2])
    data = {"action": "revoke", "_selected_action": [family.pk for family in chosen]}
    page = staff_client.post(url_of(TokenFamily, "changelist"), data, follow=True)
    assert b"2 families were revoked." in page.content
    assert set(TokenFamily.objects.exclude(revoked_at=None)) == set(chosen)


def test_staff_who_may_only_look_revoke_nothing(user: User) -> None:
    issue_tokens(user=user)
    key, _ = create_access_key(user=user, name="script")
    looker = make_user("looker", is_staff=True)
    for model in (TokenFamily, AccessKey, User):
        looker.user_permissions.add(Permission.objects.get(codename=f"view_{model._meta.model_name}"))
    client = Client()
    client.force_login(looker)
    for model, action in ((TokenFamily, "revoke"), (AccessKey, "revoke"), (User, "end_credentials")):
        rows = list(model._default_manager.values_list("pk", flat=True))
        client.post(url_of(model, "changelist"), {"action": action, "_selected_action": rows})
    key.refresh_from_db()
    user.refresh_from_db()
    assert (key.revoked_at, user.credentials_version) == (None, 0)
    assert user.token_families.get().revoked_at is None


def test_selected_users_are_signed_out_everywhere(staff_client: Client, user: User) -> None:
    browser = Client()
    browser.force_login(user)
    data = {"action": "end_credentials", "_selected_action": [user.pk]}
    page = staff_client.post(url_of(User, "changelist"), data, follow=True)
    assert b"1 user was signed out." in page.content
    assert browser.get("/").status_code == 302


def test_a_key_too_many_is_told_on_the_page(staff_client: Client, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_KEYS", 0)
    data = {"user": user.pk, "name": "script", "scope": "read"}
    page = staff_client.post(url_of(AccessKey, "add"), data, follow=True)
    assert b"You may have 0 access keys." in page.content
    assert not AccessKey.objects.exists()


def test_a_user_made_in_the_admin_can_log_in_and_chat(staff_client: Client) -> None:
    data = {
        "username": "carla",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "can_use_chat": "on",
    }
    response = staff_client.post(url_of(User, "add"), data)
    assert response.status_code == 302, response.content.decode()
    made = User.objects.get(username="carla")
    assert made.tier.is_default
    client = Client()
    assert client.login(username="carla", password=PASSWORD)
    assert client.get("/").status_code == 200
