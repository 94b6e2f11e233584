"""The rows of the pages: the chat, the account, sign-in, and what watches the service."""

from chatbot.accounts.forms import AccessKeyForm, ProfileForm
from conversations.exports.page import ExportForm
from conversations.pages.forms import ConversationForm, MarkForm, PresetForm
from tests.factories import PASSWORD
from tests.integration.project.doors import Door, a_file, new_id
from tests.integration.project.rooms import Rooms

SECRET = "a better horse battery staple"


PROMPT = {"message_id": "prompt"}
# Those are in conversations of their own.
PENDING = {"message_id": "pending", "conversation_id": "pending_talk"}
FAILED = {"message_id": "failed", "conversation_id": "failed_talk"}


def page(path: str, *query: str, status: int = 200, **more: object) -> Door:
    """A page."""
    return Door(method="GET", path=path, query=query, status=status, kind="none", **more)  # type: ignore[arg-type]


def form(path: str, status: int = 302, **more: object) -> Door:
    """A form; `status` is that of its example."""
    return Door(method="POST", path=path, status=status, kind="form", **more)  # type: ignore[arg-type]


def named(*names: str) -> tuple[tuple[str], ...]:
    """Fields without a class that says them."""
    return tuple((name,) for name in names)


def a_login(rooms: Rooms) -> dict[str, object]:
    return {"login": rooms.user.username, "password": PASSWORD}


CHAT = [
    page("s/<token>/", strange=True),
    page("", "before", "after", "around"),
    page("c/<conversation_id>/", "before", "after", "around"),
    form("c/<conversation_id>/show/<message_id>/"),
    page("send/", status=302),
    form(
        "send/",
        example=lambda _: {"client_message_id": new_id(), "content": "Hello", "files": a_file()},
        fields=named("client_message_id", "content", "conversation_id", "model", "attachments", "files", "temporary"),
    ),
    page("c/<conversation_id>/edit/<message_id>/", ids=PROMPT),
    form(
        "c/<conversation_id>/edit/<message_id>/",
        ids=PROMPT,
        example=lambda _: {"client_message_id": new_id(), "content": "Hello"},
        fields=named("client_message_id", "content"),
    ),
    form(
        "c/<conversation_id>/regenerate/<message_id>/",
        example=lambda _: {"client_message_id": new_id()},
        fields=named("client_message_id", "model"),
    ),
    form("c/<conversation_id>/retry/<message_id>/", ids=FAILED),
    form("c/<conversation_id>/stop/<message_id>/", ids=PENDING),
    page("c/<conversation_id>/settings/"),
    form("c/<conversation_id>/settings/", takes=ConversationForm, example=lambda _: {"title": "Plans", "folder": ""}),
    form("c/<conversation_id>/mark/", takes=MarkForm, example=lambda _: {"mark": "pinned", "on": "on"}),
    form("c/<conversation_id>/export/", fields=named("format"), example=lambda _: {"format": "markdown"}),
    page("c/<conversation_id>/delete/"),
    form("c/<conversation_id>/delete/"),
    form("c/<conversation_id>/share/"),
    form("c/<conversation_id>/share/<share_id>/revoke/"),
    form("c/<conversation_id>/rate/<message_id>/", fields=named("rating"), example=lambda _: {"rating": "-1"}),
    page("usage/"),
    page("conversations/", "archived", "folder", "after"),
    page("search/", "q", "cursor"),
    page("new/", "preset"),
    form(
        "new/",
        example=lambda rooms: {"preset": str(rooms.ids["preset_id"]), "temperature": "1", "temporary": "on"},
        fields=named("preset", "model", "system_prompt", "temperature", "max_tokens", "temporary"),
    ),
    page("presets/"),
    form("presets/", takes=PresetForm, example=lambda _: {"name": "Editor", "text": "Be brief."}),
    page("presets/<preset_id>/"),
    form("presets/<preset_id>/", takes=PresetForm, example=lambda _: {"name": "Editor", "text": "Be brief."}),
    form("presets/<preset_id>/delete/"),
]
ACCOUNT = [
    page("accounts/"),
    page("accounts/profile/"),
    form("accounts/profile/", takes=ProfileForm, example=lambda _: {"first_name": "Ann", "last_name": ""}),
    page("accounts/sessions/"),
    form("accounts/sessions/end-others/"),
    form("accounts/sessions/<session_id>/end/", 404),
    page("accounts/programs/"),
    form("accounts/programs/keys/", 200, takes=AccessKeyForm, example=lambda _: {"name": "script", "scope": "read"}),
    form("accounts/programs/keys/<key_id>/revoke/"),
    form("accounts/programs/logins/<family_id>/revoke/"),
    page("accounts/exports/"),
    form("accounts/exports/begin/", takes=ExportForm, example=lambda _: {"format": "json"}),
    form("accounts/exports/<export_id>/delete/"),
    page("accounts/delete/"),
    form("accounts/delete/", fields=named("username"), example=lambda rooms: {"username": rooms.user.username}),
]
SIGN_IN = [
    page("accounts/login/", "next", strange=True),
    form(
        "accounts/login/",
        example=a_login,
        fields=named("login", "password", "remember", "next"),
        query=("next",),
        headers=("User-Agent",),
        strange=True,
    ),
    page("accounts/logout/", "next"),
    form("accounts/logout/", fields=named("next")),
    page("accounts/inactive/"),
    page("accounts/signup/", "next", "email", strange=True),
    form(
        "accounts/signup/",
        example=lambda _: {"username": "carl", "password1": SECRET, "password2": SECRET},
        fields=named("username", "email", "password1", "password2", "next"),
        strange=True,
    ),
    page("accounts/reauthenticate/", "next"),
    form("accounts/reauthenticate/", example=lambda _: {"password": PASSWORD}, fields=named("password", "next")),
    page("accounts/email/"),
    form(
        "accounts/email/",
        example=lambda _: {"email": "new@example.org", "action_add": ""},
        fields=named("email", "action_add", "action_send", "action_remove", "action_primary"),
    ),
    page("accounts/confirm-email/"),
    page("accounts/confirm-email/<key>/"),
    form("accounts/confirm-email/<key>/", 404),
    page("accounts/password/change/"),
    form(
        "accounts/password/change/",
        example=lambda _: {"oldpassword": PASSWORD, "password1": SECRET, "password2": SECRET},
        fields=named("oldpassword", "password1", "password2"),
    ),
    page("accounts/password/set/", status=302),
    form("accounts/password/set/", fields=named("password1", "password2")),
    page("accounts/password/reset/", strange=True),
    form(
        "accounts/password/reset/",
        example=lambda _: {"email": "ann@example.org"},
        fields=named("email"),
        strange=True,
    ),
    page("accounts/password/reset/done/"),
    page("accounts/password/reset/key/<uidb36>-<key>/", strange=True),
    form("accounts/password/reset/key/<uidb36>-<key>/", 200, fields=named("password1", "password2"), strange=True),
    page("accounts/password/reset/key/done/"),
    page("accounts/login/code/confirm/", status=302, strange=True),
    form("accounts/login/code/confirm/", fields=named("code"), strange=True),
]
FACTORS = [
    page("accounts/2fa/"),
    page("accounts/2fa/authenticate/", status=302, strange=True),
    form("accounts/2fa/authenticate/", fields=named("code", "credential"), strange=True),
    page("accounts/2fa/reauthenticate/", "next", status=302),
    form("accounts/2fa/reauthenticate/", fields=named("code")),
    page("accounts/2fa/totp/activate/"),
    form("accounts/2fa/totp/activate/", 200, fields=named("code")),
    page("accounts/2fa/totp/deactivate/", status=404),
    form("accounts/2fa/totp/deactivate/", 404, fields=named("code")),
    page("accounts/2fa/recovery-codes/", status=404),
    page("accounts/2fa/recovery-codes/generate/"),
    form("accounts/2fa/recovery-codes/generate/", 200),
    page("accounts/2fa/recovery-codes/download/", status=404),
    page("accounts/2fa/webauthn/"),
    page("accounts/2fa/webauthn/add/"),
    form("accounts/2fa/webauthn/add/", 200, fields=named("name", "credential", "passwordless")),
    page("accounts/2fa/webauthn/reauthenticate/", "next", status=302),
    form("accounts/2fa/webauthn/reauthenticate/", fields=named("credential")),
    page("accounts/2fa/webauthn/keys/<pk>/remove/", status=404),
    form("accounts/2fa/webauthn/keys/<pk>/remove/", 404),
    Door(method="DELETE", path="accounts/2fa/webauthn/keys/<pk>/remove/", status=404, kind="none"),
    page("accounts/2fa/webauthn/keys/<pk>/edit/", status=404),
    form("accounts/2fa/webauthn/keys/<pk>/edit/", 404, fields=named("name")),
    page("accounts/2fa/webauthn/login/", status=302, strange=True),
    form("accounts/2fa/webauthn/login/", fields=named("credential", "next"), strange=True),
]
ELSEWHERE = [
    page("accounts/oidc/<provider_id>/login/", "next", "process", status=404, strange=True),
    form("accounts/oidc/<provider_id>/login/", 404, fields=named("next"), strange=True),
    page("accounts/oidc/<provider_id>/login/callback/", "code", "state", "error", status=404, strange=True),
    page("accounts/3rdparty/"),
    form("accounts/3rdparty/", 200, fields=named("account")),
    page("accounts/3rdparty/signup/", status=302, strange=True),
    form("accounts/3rdparty/signup/", fields=named("username", "email"), strange=True),
    page("accounts/3rdparty/login/cancelled/"),
    page("accounts/3rdparty/login/error/", status=401),
]
WATCHING = [
    page("health/live", strange=True),
    page("health/ready", strange=True),
    page("metrics", strange=True),
    Door(
        method="POST",
        path="csp-report/",
        example=lambda _: {"csp-report": {"effective-directive": "img-src", "blocked-uri": "https://example.org/x"}},
        fields=(("csp-report", "effective-directive"), ("csp-report", "blocked-uri"), ("csp-report", "document-uri")),
        status=204,
        strange=True,
    ),
    page("manifest.webmanifest", strange=True),
    page("service-worker.js", strange=True, headers=("If-None-Match",)),
    page("offline/", strange=True),
    page("diagram/", strange=True),
    page("api/schema/", "format", "lang", strange=True),
    page("api/docs/", strange=True),
]
PAGES: list[Door] = [*CHAT, *ACCOUNT, *SIGN_IN, *FACTORS, *ELSEWHERE, *WATCHING]
