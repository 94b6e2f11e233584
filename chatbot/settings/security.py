"""Secrets, hosts, cookies, headers, accounts. A missing or weak secret stops the start: no default can be forgotten."""

from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from chatbot import env
from chatbot.settings.base import DEBUG, SITE_NAME

SECRET_KEY = env.text("SECRET_KEY")
ENCRYPTION_KEYS = env.words("ENCRYPTION_KEYS")

# Django's own check W009 asks for 50 characters and 5 distinct ones; here it is not a warning.
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10 or SECRET_KEY.startswith("django-insecure-"):
    raise ImproperlyConfigured(
        "SECRET_KEY is weak: use 50 or more random characters, for example "
        "`python3 -c 'import secrets; print(secrets.token_urlsafe(50))'`."
    )
if not ENCRYPTION_KEYS:
    raise ImproperlyConfigured("ENCRYPTION_KEYS is not set: one or more Fernet keys, the first one encrypts.")

ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
# Who may speak for clients in X-Forwarded-*; see chatbot.lib.addresses.
TRUSTED_PROXY_CIDRS = env.words("TRUSTED_PROXY_CIDRS")
# API requests a minute without a valid log-in, from one client address.
ANONYMOUS_REQUESTS_PER_MINUTE = env.number("ANONYMOUS_REQUESTS_PER_MINUTE", 300)
# An access token lives so long; a refresh token ends so many days after its last use.
ACCESS_TOKEN_SECONDS = env.number("ACCESS_TOKEN_SECONDS", 300)
REFRESH_TOKEN_DAYS = env.number("REFRESH_TOKEN_DAYS", 30)

# Behind TLS (production); `make run` serves plain HTTP on the loopback address.
HTTPS = env.flag("HTTPS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_CIDRS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"


def _headers_of_static(headers: Any, path: str, url: str) -> None:
    """Static files are answered before SecurityMiddleware is reached."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


SERVESTATIC_ADD_HEADERS_FUNCTION = _headers_of_static

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        # What is not named here is not loaded at all: nothing inline, nothing evaluated, nothing from elsewhere.
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        # Also the WebSocket of this origin.
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        # The sandbox in which diagrams are drawn.
        "frame-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "report-uri": "/csp-report/",
    }
}

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "chatbot.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = env.choice("EMAIL_VERIFICATION", "none", ("none", "optional", "mandatory"))
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
SIGNUP_OPEN = env.flag("SIGNUP_OPEN", default=True)

EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "chatbot@localhost")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"

SILENCED_SYSTEM_CHECKS = [] if HTTPS or DEBUG else ["security.W004", "security.W008", "security.W012", "security.W016"]
