"""Signing in with the organisation's own accounts, by OpenID Connect: what of its word is taken."""

import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

from chatbot.accounts.models import User

logger = logging.getLogger(__name__)


class OidcAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Who signs in there for the first time gets an account here when OIDC_SIGNUP says so.

    An existing account is opened by its address only when both sides have verified it: a stranger may have made an
    account here with the address of somebody else, or there.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Whether a new account may be made."""
        return bool(settings.OIDC_SIGNUP)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuses an answer whose parts speak of different people."""
        data = sociallogin.account.extra_data
        token, info = data.get("id_token") or {}, data.get("userinfo") or {}
        if token and info and token.get("sub") != info.get("sub"):
            logger.warning("the id token and the user info of a sign-in are of different people")
            raise ImmediateHttpResponse(refusal(request, sociallogin.provider))

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """The account in which an address is verified that the provider calls verified."""
        for address in sociallogin.email_addresses:
            # Some say so in words. Whatever is not clear is no.
            address.verified = address.verified in (True, "true")
            if address.verified and self.can_authenticate_by_email(sociallogin, address.email):
                ours = EmailAddress.objects.filter(email__iexact=address.email, verified=True).select_related("user")
                if (found := ours.first()) is not None and found.user.is_active:
                    return found.user, found.email
        return None

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, **_: Any
    ) -> None:
        """Tells staff why; the user sees a page."""
        logger.warning("sign-in by OpenID Connect failed", extra={"error": str(error), "reason": str(exception)[:300]})


def refusal(request: HttpRequest, provider: Any, exception: Exception | None = None) -> HttpResponse:
    """The page that says that it did not work."""
    response: HttpResponse = render_authentication_error(request, provider, exception=exception)
    return response


# The provider is away, or what it says is no OpenID Connect, or nothing that a database can hold. The last one is how
# allauth tells of a user's id that is too long.
FAULTS = (RequestException, ValueError, LookupError, TypeError, AttributeError, DataError, ImproperlyConfigured)


def _guarded(view: Callable[[HttpRequest, str], HttpResponse]) -> Callable[[HttpRequest, str], HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, provider_id: str) -> HttpResponse:
        if provider_id != settings.OIDC_PROVIDER_ID or not settings.OIDC_ISSUER:
            raise Http404
        try:
            return view(request, provider_id)
        except FAULTS as error:
            return refusal(request, views.OpenIDConnectOAuth2Adapter(request, provider_id).get_provider(), error)

    return guarded


@_guarded
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Sends the browser to the provider.

    Not by a redirect: browsers apply the page's `form-action` to wherever a form leads in the end, and a provider may
    send people on to hosts that nobody here knows.
    """
    response: HttpResponse = views.login(request, provider_id)
    if response.status_code == HTTPStatus.FOUND:
        return render(request, "socialaccount/onward.html", {"address": response["Location"]})
    return response


@_guarded
def finish(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the provider sends the browser back to."""
    response: HttpResponse = views.callback(request, provider_id)
    return response
