"""Structured logs: one JSON object a line, or readable lines on a console; Sentry when SENTRY_DSN is set."""

from typing import Any

import sentry_sdk
import structlog

from chatbot import env

LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env.choice("LOG_FORMAT", "json", ("json", "console"))

_shared: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_json: list[structlog.typing.Processor] = [
    # Without local variables: messages and secrets are among them.
    structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
    structlog.processors.JSONRenderer(),
]
_console: list[structlog.typing.Processor] = [
    structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _shared,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_json if LOG_FORMAT == "json" else _console),
            ],
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "daphne": {"level": "WARNING"},
        "uvicorn": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}

_NOTHING = {"mode": "off"}
SENTRY_OPTIONS: dict[str, Any] = {
    "environment": env.text("SENTRY_ENVIRONMENT", "production"),
    # Conversations are private: neither bodies nor users are sent, nor what people search for.
    "data_collection": {
        "user_info": False,
        "cookies": _NOTHING,
        "http_headers": {"request": {"mode": "allowlist", "terms": ["accept", "content-", "user-agent"]}},
        "http_bodies": [],
        "url_query_params": _NOTHING,
        "graphql": {"document": False, "variables": False},
        "gen_ai": {"inputs": False, "outputs": False},
        "database_query_data": False,
        "queues": False,
        "stack_frame_variables": False,
    },
    "traces_sample_rate": float(env.text("SENTRY_TRACES_SAMPLE_RATE", "0")),
}
if SENTRY_DSN := env.text("SENTRY_DSN", ""):
    sentry_sdk.init(dsn=SENTRY_DSN, **SENTRY_OPTIONS)
