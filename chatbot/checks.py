"""System checks of the deployment, with stable ids. Each says what is wrong and how to mend it."""

from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution


@register(Tags.security)
def check_encryption_keys(**_: Any) -> list[CheckMessage]:
    """chatbot.E001: every key in ENCRYPTION_KEYS is a Fernet key."""
    for position, key in enumerate(settings.ENCRYPTION_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            return [
                Error(
                    f"Key {position} in ENCRYPTION_KEYS is not a Fernet key.",
                    hint="Make one with `python3 -c 'import base64, os; "
                    "print(base64.urlsafe_b64encode(os.urandom(32)).decode())'`.",
                    id="chatbot.E001",
                )
            ]
    return []


@register(Tags.security)
def check_hosts(**_: Any) -> list[CheckMessage]:
    """chatbot.E002: ALLOWED_HOSTS is not a wildcard outside of DEBUG."""
    if "*" in settings.ALLOWED_HOSTS and not settings.DEBUG:
        hint = "Name the hosts that users type."
        return [Error("ALLOWED_HOSTS lets every host through.", hint=hint, id="chatbot.E002")]
    return []


@register(Tags.security)
def check_origins(**_: Any) -> list[CheckMessage]:
    """chatbot.E003: with HTTPS on, trusted origins are https."""
    plain = [origin for origin in settings.CSRF_TRUSTED_ORIGINS if urlsplit(origin).scheme != "https"]
    if settings.HTTPS and plain:
        hint = "Write them as https://…"
        return [Error(f"CSRF_TRUSTED_ORIGINS has plain origins: {', '.join(plain)}", hint=hint, id="chatbot.E003")]
    return []


@register(Tags.security)
def check_proxies(**_: Any) -> list[CheckMessage]:
    """chatbot.E004: TRUSTED_PROXY_CIDRS are networks, and not the whole world."""
    for cidr in settings.TRUSTED_PROXY_CIDRS:
        try:
            named = ip_network(cidr, strict=False).prefixlen > 0
        except ValueError:
            named = False
        if not named:
            hint = "Write addresses or networks of your proxies, such as 10.0.0.7 or 172.30.250.0/24."
            return [Error(f"TRUSTED_PROXY_CIDRS cannot have {cidr!r}.", hint=hint, id="chatbot.E004")]
    return []


@register(Tags.security)
def check_debug(**_: Any) -> list[CheckMessage]:
    """chatbot.W001: DEBUG shows internals to everybody."""
    if settings.DEBUG:
        return [Caution("DEBUG is on.", hint="Never in production.", id="chatbot.W001")]
    return []


@register
def check_provider(**_: Any) -> list[CheckMessage]:
    """chatbot.W002: the provider of the environment has an address and a key."""
    if not settings.OPENAI_API_KEY:
        return [
            Caution(
                "OPENAI_API_KEY is not set: only providers added in the admin will answer.",
                hint="Set OPENAI_API_KEY, or add a provider and its key in the admin.",
                id="chatbot.W002",
            )
        ]
    return []
