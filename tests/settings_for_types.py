"""Settings for the type checker: the product's own, with an environment that satisfies them."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-the-type-checker-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ")
os.environ.setdefault("ENCRYPTION_KEYS", "b25seS1mb3ItdGhlLXR5cGUtY2hlY2tlci0wMTIzNDU=")
os.environ.setdefault("DATABASE_URL", "postgresql://nobody@localhost/none")
os.environ.setdefault("REDIS_URL", "redis://localhost/0")

from chatbot.settings import *  # noqa: F403
