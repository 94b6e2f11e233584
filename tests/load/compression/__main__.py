"""`make bench-compression`: what a message costs in the database, in the archive and on the wire.

From the environment: DATA, a file or folder of text (without it, this project's own); MESSAGES, how many are cut from
it; DATABASE_URL, a server on which a database is made for the time of the bench. The PostgreSQL that `make run` brings
along has no lz4: to compare both methods name a server that has it.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
from django.core.management import call_command

from chatbot.dev import ports, secret
from chatbot.dev.postgres import Postgres
from tests.load.compression.texts import messages, read_text

DATABASE = "chatbot_bench_compression"


def say(line: str) -> None:
    """A line of the report."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """The address of an empty database, which is dropped in the end."""
    child = None
    if not (url := os.environ.get("DATABASE_URL", "")):
        kept = secret.keep(folder / "secrets")
        port = ports.keep(folder / "ports.json", ("postgres",))["postgres"]
        server = Postgres.within(folder, port=port, password=kept["postgres_password"], durable=False)
        child = server.child(folder / "postgres.log")
        child.start()
        server.wait_ready(child)
        url = server.url()
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}".encode())
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())
            yield urlunsplit(urlsplit(url)._replace(path=f"/{DATABASE}"))
            connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)".encode())
    finally:
        if child:
            child.stop()


def configure(url: str, folder: Path) -> None:
    """Lets Django know the database; nothing else is asked for."""
    kept = secret.keep(folder / "secrets")
    os.environ |= {"DATABASE_URL": url, "REDIS_URL": "redis://127.0.0.1:9/0", "VAR_DIR": str(folder)}
    os.environ |= {"SECRET_KEY": kept["secret_key"], "ENCRYPTION_KEYS": kept["encryption_keys"]}
    os.environ |= {"DJANGO_SETTINGS_MODULE": "chatbot.settings", "LOG_LEVEL": "ERROR"}
    django.setup()
    call_command("migrate", verbosity=0)


def main() -> None:
    """Measures and prints."""
    data = os.environ.get("DATA")
    texts = messages(read_text(Path(data) if data else None), int(os.environ.get("MESSAGES", "4000")))
    raw = sum(len(text.encode()) for text in texts)
    long = sum(len(text.encode()) for text in texts if len(text.encode()) > 2_000)
    say(f"{len(texts):,} messages of {raw / 1e6:.1f} MB; {long / raw:.0%} of it in messages above 2 kB")
    with tempfile.TemporaryDirectory(prefix="chatbot-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with database(folder) as url:
            configure(url, folder)
            from tests.load.compression.report import report  # noqa: PLC0415 - needs Django

            report(texts, say)


if __name__ == "__main__":
    main()
