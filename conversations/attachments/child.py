"""The process that opens what strangers made: `python -m conversations.attachments.child image|pdf PATH`.

It reads one file, writes what it found to standard output and ends. It has no secrets, little memory and little time,
so the worst that a hostile file can do is not to be read.
"""

import resource
import sys
from importlib import import_module
from pathlib import Path

import msgspec

from conversations.attachments.contents import CannotRead, Found, Refused

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 25
# Module, function, and how the user calls it. Only the one that is needed is imported: that is half of the time.
READERS = {"image": ("images", "read_image", "image"), "pdf": ("pdf", "read_pdf", "PDF")}


def main() -> None:
    """One file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    kind, path = sys.argv[1:]
    sys.stdout.buffer.write(msgspec.msgpack.encode(_read(kind, Path(path))))


def _read(kind: str, path: Path) -> Found | Refused:
    module, function, spoken = READERS[kind]
    try:
        found: Found = getattr(import_module(f"conversations.attachments.{module}"), function)(path)
        return found
    except CannotRead as error:
        return Refused(str(error))
    except MemoryError:
        return Refused(f"The {spoken} takes too much memory to be read.")
    except Exception:  # libraries raise anything for a broken file
        return Refused(f"The {spoken} is damaged and cannot be read.")


if __name__ == "__main__":
    main()
