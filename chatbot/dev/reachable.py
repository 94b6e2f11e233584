"""Finds places that the unprivileged user of a server can reach when we are root (a checkout under /root is not one).

PostgreSQL refuses to run as root, so as root it runs as `nobody`, who must be able to read its programs and own its
data.
"""

import hashlib
import os
import shutil
import stat
from pathlib import Path

UNPRIVILEGED_USER = "nobody"
FALLBACK_ROOT = Path("/var/lib/chatbot")


def server_user() -> str | None:
    """The user to run a server as: nobody when we are root, else None (ourselves)."""
    return UNPRIVILEGED_USER if os.geteuid() == 0 else None


def is_open(path: Path) -> bool:
    """Whether everybody may enter every folder from / to `path` and, for a file, read it."""
    real = path.resolve()
    mode = real.stat().st_mode
    own = stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH
    return bool(mode & own) and all(parent.stat().st_mode & stat.S_IXOTH for parent in real.parents)


def fallback_for(origin: Path) -> Path:
    """A folder that stands in for `origin`, created; `origin` has it to itself."""
    digest = hashlib.sha256(str(origin.resolve()).encode()).hexdigest()[:12]
    folder = FALLBACK_ROOT / digest
    for part in (FALLBACK_ROOT, folder):
        part.mkdir(parents=True, exist_ok=True)
        part.chmod(0o755)
    return folder


def data_folder(var_dir: Path, name: str) -> Path:
    """Where the data of server `name` lies: in `var_dir`, or behind a link there when the server cannot reach that."""
    place = var_dir / name
    if server_user() is None or is_open(var_dir) or (place.is_dir() and not place.is_symlink()):
        return place
    target = fallback_for(var_dir) / name
    if not place.is_symlink():
        place.symlink_to(target)
    return target


def program_folder(installed: Path, parts: list[str], name: str) -> Path:
    """`installed` (a package folder), or a copy of its `parts` under the name `name` that the server can read."""
    probe = next(path for path in (installed / parts[0]).rglob("*") if path.is_file())
    if server_user() is None or is_open(probe):
        return installed
    copy = fallback_for(installed) / name
    if not copy.exists():
        unfinished = copy.with_name(f"{name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in parts:
            shutil.copytree(installed / part, unfinished / part)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644))
        unfinished.rename(copy)
    return copy
