"""How people sign in beside their password: second factors, passkeys, OpenID Connect; and how often they may try."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from chatbot import env
from chatbot.settings.base import SITE_NAME
from chatbot.settings.security import ACCOUNT_EMAIL_VERIFICATION, SIGNUP_OPEN

MFA_ADAPTER = "chatbot.accounts.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# Browsers offer passkeys over HTTPS only, and on http://localhost.
MFA_PASSKEY_LOGIN_ENABLED = True
# An authenticator app shows this name beside the account.
MFA_TOTP_ISSUER = SITE_NAME
# Where no address is ever verified, an unverified one must not keep people from a second factor.
MFA_ALLOW_UNVERIFIED_EMAIL = ACCOUNT_EMAIL_VERIFICATION == "none"
MFA_FORMS = {
    "add_webauthn": "chatbot.accounts.passkeys.AddPasskey",
    "authenticate_webauthn": "chatbot.accounts.passkeys.AuthenticateByPasskey",
    "login_webauthn": "chatbot.accounts.passkeys.LogInByPasskey",
    "reauthenticate_webauthn": "chatbot.accounts.passkeys.ReauthenticateByPasskey",
}
# Whether staff need a second factor for the admin.
REQUIRE_STAFF_MFA = env.flag("REQUIRE_STAFF_MFA")

# The e-mail page asks again for the password, as those of the second factor do.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
# Security mails: a new factor, a changed password. Without a mail server they would go to the log.
ACCOUNT_EMAIL_NOTIFICATIONS = bool(env.text("EMAIL_HOST", ""))

# Attempts per client address, per name and address, and per name from wherever (chatbot.accounts.adapter).
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip,5/300s/key",
    "login_failed_anywhere": "50/h/key",
    "passkey_challenge": "60/m/ip",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,3/300s/key",
    "reset_password_from_key": "20/m/ip",
}

# Sign-in with the organisation's own accounts, when OIDC_ISSUER is set.
OIDC_ISSUER = env.text("OIDC_ISSUER", "").rstrip("/")
OIDC_NAME = env.text("OIDC_NAME", "your organisation")
# Whether who signs in there for the first time gets an account here.
OIDC_SIGNUP = env.flag("OIDC_SIGNUP", default=SIGNUP_OPEN)
# Whether an address that it calls verified opens the account here in which the same address is verified.
OIDC_TRUST_EMAIL = env.flag("OIDC_TRUST_EMAIL")
OIDC_PROVIDER_ID = "oidc"

_apps: list[dict[str, Any]] = []
if OIDC_ISSUER:
    _issuer = urlsplit(OIDC_ISSUER)
    if _issuer.scheme != "https" and _issuer.hostname not in {"localhost", "127.0.0.1", "::1"}:
        # What it says of people is believed because TLS proves who says it.
        raise ImproperlyConfigured("OIDC_ISSUER must begin with https://")
    _apps = [
        {
            "provider_id": OIDC_PROVIDER_ID,
            "name": OIDC_NAME,
            "client_id": env.text("OIDC_CLIENT_ID"),
            "secret": env.text("OIDC_CLIENT_SECRET"),
            "settings": {"server_url": OIDC_ISSUER, "oauth_pkce_enabled": True},
        }
    ]

SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": _apps}}
SOCIALACCOUNT_ADAPTER = "chatbot.accounts.oidc.OidcAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = OIDC_TRUST_EMAIL
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
# The tokens of the provider are for the moment of signing in only.
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
