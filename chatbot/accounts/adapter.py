"""How allauth makes accounts here, and how often somebody may guess a password."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chatbot.accounts.models import User

APP = "allauth.account"
# For so many seconds an address from which a user signed in is known as theirs.
KNOWN_SECONDS = 90 * 24 * 3600


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up is open unless SIGNUP_OPEN=0.

    Failed log-ins count three times (settings.ACCOUNT_RATE_LIMITS): by address; by name and address, so that nobody is
    kept out by what others try from elsewhere; and by name alone, so that many addresses gain nothing. The last limit
    does not bind addresses from which the user has signed in before, or anybody could lock anybody out.
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether strangers may make an account."""
        return bool(settings.SIGNUP_OPEN)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts an attempt; raises ValidationError when there were too many."""
        super().pre_authenticate(request, **credentials)
        name = _name(credentials)
        usage = ratelimit.consume(request, app=APP, action="login_failed_anywhere", key=name)
        if usage is None and not cache.get(_known_key(name, self.get_client_ip(request))):
            raise self.validation_error("too_many_login_attempts")
        self._anywhere = usage

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The ways to prove again who is there, in the words of our pages."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [
            {**method, "description": _("Use a passkey")} if method["id"] == "mfa_reauthenticate:webauthn" else method
            for method in methods
        ]

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The user with these credentials, whose address is known from then on."""
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            cache.set(_known_key(_name(credentials), self.get_client_ip(request)), 1, KNOWN_SECONDS)
        return user

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        if usage := getattr(self, "_anywhere", None):
            usage.rollback()

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return f"{_name(credentials)}:{ratelimit.get_ip(request)}"

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        super()._delete_login_attempts_cached_email(request, **credentials)
        ratelimit.clear(request, app=APP, action="login_failed_anywhere", key=_name(credentials))


def _name(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "").lower()


def _known_key(name: str, address: str) -> str:
    return f"signed-in:{address}:{name.encode().hex()}"
