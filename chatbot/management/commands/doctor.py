"""`manage.py doctor`: looks at a deployment from the inside and says how to mend what is wrong."""

import resource
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from celery import current_app
from django.conf import settings
from django.core import checks
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from chatbot.lib.crypto import DecryptionFailed
from chatbot.lib.redis import sync_redis
from conversations.search.language import installed_language
from streaming.bell import engines_alive
from streaming.catalogue import available_models
from streaming.models import Provider
from streaming.provider_services import test_connection

# Open files that 10,000 sockets need, with room for connections to the services.
ENOUGH_FILES = 12_000
WORKER_SECONDS = 3.0


class Ill(Exception):
    """A finding with its cure."""

    def __init__(self, what: str, cure: str) -> None:
        self.cure = cure
        super().__init__(what)


def check_database() -> str:
    """Reachable, and migrated."""
    try:
        executor = MigrationExecutor(connection)
        open_migrations = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise Ill(f"PostgreSQL cannot be reached: {error}", "Check DATABASE_URL and that the server runs.") from error
    if open_migrations:
        raise Ill(f"{len(open_migrations)} migrations are open.", "Run `manage.py prepare`.")
    return f"PostgreSQL {connection.cursor().connection.info.server_version // 10_000}, migrated"


def check_search() -> str:
    """Messages are kept for the language that the environment names."""
    installed = installed_language()
    if installed != settings.SEARCH_LANGUAGE:
        kept = installed or "a language of their own"
        raise Ill(f"Messages are kept for {kept}, not {settings.SEARCH_LANGUAGE}.", "Run `manage.py search_language`.")
    return installed


def check_redis() -> str:
    """Reachable, and never dropping keys by itself."""
    try:
        redis = sync_redis()
        redis.ping()
        policy = dict(redis.config_get("maxmemory-policy")).get("maxmemory-policy")
    except RedisError as error:
        raise Ill(f"Redis cannot be reached: {error}", "Check REDIS_URL and that the server runs.") from error
    if policy not in {"noeviction", None}:
        raise Ill(f"Redis may drop keys ({policy}).", "Set `maxmemory-policy noeviction`: logs are kept by time.")
    return "reachable"


def check_engine() -> str:
    """At least one engine says that it is alive."""
    alive = engines_alive()
    if not alive:
        raise Ill("No engine is alive: messages wait.", "Start `manage.py runengine`.")
    return f"{alive} alive"


def check_celery() -> str:
    """At least one worker answers."""
    try:
        answers = current_app.control.ping(timeout=WORKER_SECONDS)
    except OperationalError as error:
        raise Ill(f"The broker cannot be reached: {error}", "Check REDIS_URL.") from error
    if not answers:
        raise Ill("No Celery worker answers.", "Start `celery -A chatbot.celery worker`.")
    return f"{len(answers)} workers"


def check_providers() -> str:
    """Every enabled provider says a word; at least one model can be chosen."""
    if not available_models().exists():
        raise Ill("There is no language model.", "Add a provider, its key and a model in the admin.")
    try:
        enabled = Provider.objects.filter(enabled=True)
        tests = [test for provider in enabled for test in test_connection(provider=provider)]
    except DecryptionFailed as error:
        cure = "Add the encryption key of that time to the end of ENCRYPTION_KEYS, or enter the provider key anew."
        raise Ill(f"A provider key cannot be read: {error}", cure) from error
    if failed := [test for test in tests if test.error]:
        texts = "; ".join(f"{test.target}: {test.error}" for test in failed)
        raise Ill(texts, "Check address, key and model in the admin, and the way out to the provider.")
    return ", ".join(f"{test.target} {test.first_token_ms} ms" for test in tests)


def check_configuration() -> str:
    """Django's checks for deployment and ours: secrets, hosts, origins."""
    found = checks.run_checks(include_deployment_checks=True)
    serious = [message for message in found if message.level >= checks.WARNING and not message.is_silenced()]
    if serious:
        raise Ill(
            "; ".join(f"{message.id}: {message.msg}" for message in serious),
            " ".join(str(message.hint) for message in serious if message.hint) or "See the texts above.",
        )
    return "secrets, hosts and origins are fine"


def check_storage() -> str:
    """A file can be written, read and deleted, in the archive as well where there is one."""
    aliases = sorted({"default", "archive"} & set(settings.STORAGES))
    for alias in aliases:
        try:
            saved = storages[alias].save(f"doctor-{uuid4()}", ContentFile(b"ok"))
            with storages[alias].open(saved) as file:
                file.read()
            storages[alias].delete(saved)
        except Exception as error:  # every storage has errors of its own
            cure = "Look at FILES_STORAGE and ARCHIVE_STORAGE, and let this account read and write there."
            raise Ill(f"Files cannot be stored ({alias}): {error}", cure) from error
    return ", ".join(f"{alias} writable" for alias in aliases)


def check_open_files() -> str:
    """`ulimit -n` caps the number of sockets."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < ENOUGH_FILES:
        raise Ill(
            f"{soft:,} open files allowed: about {soft - 500:,} sockets.", f"Raise `ulimit -n` to {ENOUGH_FILES:,}."
        )
    return f"{soft:,} open files"


CHECKS: dict[str, Callable[[], str]] = {
    "Configuration": check_configuration,
    "Database": check_database,
    "Search": check_search,
    "Redis": check_redis,
    "Engine": check_engine,
    "Celery": check_celery,
    "Provider": check_providers,
    "Storage": check_storage,
    "Open files": check_open_files,
}


class Command(BaseCommand):
    """Exits with 1 when something is wrong."""

    help = "Check a deployment and say how to mend what is wrong."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs every check, also after one has failed."""
        ill = 0
        for name, check in CHECKS.items():
            try:
                self.stdout.write(f"{self.style.SUCCESS('ok  ')} {name}: {check()}")
            except (Ill, DatabaseError, RedisError) as error:
                ill += 1
                self.stdout.write(f"{self.style.ERROR('ill ')} {name}: {error}")
                self.stdout.write(f"     → {error.cure if isinstance(error, Ill) else 'Mend what is above first.'}")
        if ill:
            raise CommandError(f"{ill} of {len(CHECKS)} checks found something.")
