"""Tells Docker whether this container's process is well, by exit status. It imports no project code, to stay cheap.

healthcheck.py http PORT PATH        the path answers 200
healthcheck.py fresh PREFIX SECONDS  a file whose path begins so was written within so many seconds
"""

import glob
import http.client
import os
import sys
import time
from pathlib import Path


def answers(port: int, path: str) -> bool:
    """Whether this machine answers 200. The request names an allowed host, else Django refuses it."""
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".*") or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def is_fresh(prefix: str, seconds: float) -> bool:
    """Whether one of the files was written lately; a database of Python's shelve may add an ending to its name."""
    path = Path(prefix)
    written = [file.stat().st_mtime for file in path.parent.glob(f"{glob.escape(path.name)}*")]
    return bool(written) and time.time() - max(written) <= seconds


def main(arguments: list[str]) -> int:
    match arguments:
        case ["http", port, path]:
            return 0 if answers(int(port), path) else 1
        case ["fresh", prefix, seconds]:
            return 0 if is_fresh(prefix, float(seconds)) else 1
    sys.stderr.write(__doc__ or "")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
