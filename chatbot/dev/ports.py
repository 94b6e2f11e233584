"""Ports on 127.0.0.1 for the embedded servers: picked once, kept in a file, picked again when somebody took one."""

import json
import random
import socket
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

# Below the range from which systems take the ports of outgoing connections.
FIRST, LAST = 20_000, 32_000


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with closing(socket.socket(family, kind, protocol)) as probe:
            # Closed connections that linger do not hinder a server; a listener does.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError:
        return False
    return True


def read(path: Path) -> dict[str, int]:
    """The ports kept in `path`; none when there is no such file or it is damaged."""
    try:
        kept = json.loads(path.read_text(encoding="ascii"))
        return {str(name): int(port) for name, port in kept.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def keep(path: Path, names: Iterable[str]) -> dict[str, int]:
    """A free port for every name: the kept one where it is free, else a new one; writes `path` when one changed."""
    kept = read(path)
    ports: dict[str, int] = {}
    for name in names:
        port = kept.get(name, 0)
        while not port or port in ports.values() or not is_free(port):
            port = random.randrange(FIRST, LAST)  # noqa: S311
        ports[name] = port
    if ports != kept:
        path.write_text(json.dumps(ports, indent=1), encoding="ascii")
    return ports
