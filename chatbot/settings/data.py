"""PostgreSQL and the cache."""

from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from chatbot import env

REDIS_URL = env.text("REDIS_URL")

_url = urlsplit(env.text("DATABASE_URL"))
if _url.scheme not in {"postgres", "postgresql"}:
    raise ImproperlyConfigured("DATABASE_URL must begin with postgresql://: no other database is supported.")

DATABASES = {
    "default": {
        "ENGINE": "chatbot.lib.postgres",
        "NAME": unquote(_url.path.lstrip("/")),
        "USER": unquote(_url.username or ""),
        "PASSWORD": unquote(_url.password or ""),
        "HOST": unquote(_url.hostname or ""),
        "PORT": _url.port or 5432,
        # Every thread borrows a connection for one piece of work, so threads may outnumber connections.
        "OPTIONS": {
            "pool": {"min_size": 1, "max_size": env.number("DATABASE_POOL_SIZE", 16), "timeout": 10},
            "connect_timeout": 5,
            # A silent server is given up after 10 s.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            # A process that froze in a transaction gives its locks back.
            "options": "-c idle_in_transaction_session_timeout=15s",
            **dict(parse_qsl(_url.query)),
        },
    }
}

CACHES = {
    "default": {
        "BACKEND": "chatbot.lib.caches.SharedRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
    },
    "limits": {
        "BACKEND": "chatbot.lib.caches.CounterCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "limits",
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
RATELIMIT_USE_CACHE = "limits"

# How long a temporary chat is kept.
TEMPORARY_CHAT_HOURS = env.number("TEMPORARY_CHAT_HOURS", 24)
