"""What runs on this machine, read from /proc."""

from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether the process exists and is more than an unburied dead one."""
    return _state_and_parent(pid)[0] not in "ZX"


def descendants(pid: int) -> set[int]:
    """The processes that `pid` started, theirs included."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    children = {child for child in pids if _state_and_parent(child)[1] == pid}
    return children.union(*(descendants(child) for child in children))


def _state_and_parent(pid: int) -> tuple[str, int]:
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return "X", 0
    return state, int(parent)
