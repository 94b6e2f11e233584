"""Runs a command that cannot outlive its parent: `python -I -S tether.py --parent PID --signal N [--user U] -- CMD…`.

CMD begins with the path of a program. The process drops to the user U, asks the kernel to send it signal N when its
parent dies, and becomes CMD. Where the kernel cannot promise that (anything but Linux), CMD runs untied. The parent is
the *thread* that started it, so start tethered commands from the main thread only.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def drop_to(user: str) -> None:
    """Becomes `user` for good, with that user's groups only."""
    entry = pwd.getpwnam(user)
    os.setgroups([entry.pw_gid])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def tie_to(parent: int, signal: int) -> None:
    """Dies with `parent`; leaves at once when it is gone already."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        sys.exit(1)


def main(arguments: list[str]) -> None:
    """Parses the arguments and becomes the command."""
    split = arguments.index("--")
    options = dict(zip(arguments[:split:2], arguments[1:split:2], strict=True))
    command = arguments[split + 1 :]
    # A change of user clears the death signal, so it comes first.
    if user := options.get("--user"):
        drop_to(user)
    tie_to(int(options["--parent"]), int(options["--signal"]))
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
