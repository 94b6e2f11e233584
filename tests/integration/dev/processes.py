"""What runs on this machine, read from /proc."""

from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether the process exists and is more than an unburied dead one."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def with_environment(name: str, value: str) -> list[int]:
    """The processes that run with this environment variable."""
    wanted = f"{name}={value}".encode()
    return [pid for pid in _all() if wanted in _read(pid, "environ").split(b"\0") and is_alive(pid)]


def _all() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
