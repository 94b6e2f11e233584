"""The secrets of one machine: made once, kept in files that only their owner can read."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


KINDS: dict[str, Callable[[], str]] = {
    "secret_key": lambda: secrets.token_urlsafe(50),
    "encryption_keys": _fernet_key,
    "postgres_password": lambda: secrets.token_urlsafe(24),
    "valkey_password": lambda: secrets.token_urlsafe(24),
}


def read(folder: Path) -> dict[str, str]:
    """The secrets in `folder`, by name; only those that are there."""
    return {name: path.read_text(encoding="ascii") for name in KINDS if (path := folder / name).exists()}


def keep(folder: Path) -> dict[str, str]:
    """All secrets, those that are missing made and written first."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    for name, make in KINDS.items():
        if not (folder / name).exists():
            _write(folder / name, make())
    return read(folder)


def _write(path: Path, value: str) -> None:
    """Whole or not at all: a secret cut short by a crash would lock its owner out."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(value)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
