"""The ASGI server, the channel layer, Celery and the engine."""

from datetime import timedelta

from celery.schedules import crontab

from chatbot import env
from chatbot.settings.base import VAR_DIR
from chatbot.settings.data import REDIS_URL

HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000)
ASGI_SERVER = env.choice("ASGI_SERVER", "daphne", ("daphne", "uvicorn"))

# Bytes of one frame from a client (contract 3.4).
MAX_FRAME_BYTES = 64 * 1024

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "layer"},
    }
}

# How many generations one engine runs at a time, and how many seconds it may finish them after SIGTERM.
ENGINE_SEATS = env.number("ENGINE_SEATS", 200)
ENGINE_DRAIN_SECONDS = env.number("ENGINE_DRAIN_SECONDS", 30)
ENGINE_METRICS_PORT = env.number("ENGINE_METRICS_PORT", 0)

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "global_keyprefix": "celery:",
    "socket_connect_timeout": 2,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = 120
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "streaming.sweep", "schedule": timedelta(seconds=5), "options": {"expires": 5}},
    "finish deletions": {"task": "conversations.finish_deletions", "schedule": timedelta(minutes=1)},
    "delete accounts": {"task": "conversations.delete_accounts", "schedule": timedelta(minutes=1)},
    "learn words": {"task": "conversations.learn_words", "schedule": timedelta(minutes=1), "options": {"expires": 60}},
    "forget words": {"task": "conversations.forget_words", "schedule": timedelta(minutes=15)},
    "expire temporary chats": {"task": "conversations.expire_temporary_chats", "schedule": timedelta(minutes=5)},
    "sweep transfers": {"task": "conversations.sweep_transfers", "schedule": timedelta(seconds=30)},
    "apply retention": {"task": "moderation.apply_retention", "schedule": crontab(hour="3", minute="17")},
    "delete unused attachments": {"task": "conversations.delete_unused_attachments", "schedule": timedelta(hours=1)},
    "delete dead token families": {"task": "chatbot.accounts.delete_dead_families", "schedule": timedelta(hours=1)},
    "delete dead sessions": {"task": "chatbot.accounts.delete_dead_sessions", "schedule": timedelta(hours=1)},
    "remove discarded files": {"task": "conversations.remove_discarded_files", "schedule": timedelta(minutes=1)},
}
