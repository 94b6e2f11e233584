"""What processes have used, read from /proc: seconds of processor time and megabytes of memory."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def seconds_of(pid: int) -> float:
    """Processor time of a process so far, its threads included, its children not."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def seconds_by_name(pids: Mapping[str, Iterable[int]]) -> dict[str, float]:
    """Processor time so far of the processes under each name; one that has ended meanwhile counts nothing."""
    return {name: sum(_seconds_if_alive(pid) for pid in members) for name, members in pids.items()}


def machine_seconds() -> float:
    """Processor time of the whole machine since its start, idle time left out."""
    user, nice, system, _idle, _waiting, *interrupts = _machine()
    return (user + nice + system + sum(interrupts[:2])) / TICKS


def megabytes_of(pid: int) -> float:
    """Memory that a process holds now."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def family_of(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *map(int, children)]


def _seconds_if_alive(pid: int) -> float:
    try:
        return seconds_of(pid)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def _machine() -> list[int]:
    first = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
    return [int(field) for field in first.split()[1:]]
