"""Finds or installs a Chromium for the browser tests: `python -m chatbot.dev.browser` prints its path."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APT_PACKAGES = ("chromium", "fonts-liberation")


class NoBrowser(Exception):
    """There is no Chromium and none can be installed; the message says what was tried."""


def find() -> str | None:
    """CHROMIUM, then what is on PATH, then playwright's own."""
    if given := os.environ.get("CHROMIUM"):
        if not shutil.which(given):
            raise NoBrowser(f"CHROMIUM names no program: {given}")
        return shutil.which(given)
    installed = (shutil.which(name) for name in NAMES)
    return next(filter(None, installed), None) or _playwrights_own()


def install() -> None:
    """With apt as root, else playwright's; raises NoBrowser with the output when that fails."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _run(["apt-get", "update", "-qq"], environment)
        _run(["apt-get", "install", "-qq", "-y", "--no-install-recommends", *APT_PACKAGES], environment)
    else:
        _run([sys.executable, "-m", "playwright", "install", "chromium"], dict(os.environ))


def _run(command: list[str], environment: dict[str, str]) -> None:
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise NoBrowser(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        raise NoBrowser(f"`{' '.join(command)}` failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _playwrights_own() -> str | None:
    default = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ms-playwright"
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", default))
    patterns = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
    found = [path for pattern in patterns for path in folder.glob(pattern) if os.access(path, os.X_OK)]
    return str(max(found)) if found else None


def main() -> None:
    """Prints the path; exits with 1 and the reason when there is none."""
    try:
        if find() is None:
            install()
        path = find()
    except NoBrowser as error:
        sys.exit(f"No Chromium for the browser tests. {error}\nInstall one and name it in CHROMIUM.")
    if path is None:
        sys.exit("No Chromium was found after installing it. Install one and name it in CHROMIUM.")
    print(path)


if __name__ == "__main__":
    main()
