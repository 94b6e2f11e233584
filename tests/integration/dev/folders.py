"""Folders for tests that start real services."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chatbot.dev.reachable import fallback_for


@contextmanager
def reachable_folder(prefix: str) -> Iterator[Path]:
    """A VAR_DIR that an unprivileged server can reach (pytest's own temporary folders are closed to others).

    It is removed afterwards, with the data that had to be kept elsewhere.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        folder.chmod(0o711)
        yield folder
    finally:
        if (folder / "postgres").is_symlink():
            shutil.rmtree(fallback_for(folder))
        shutil.rmtree(folder)
