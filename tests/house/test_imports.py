"""Imports run one way."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.sources import APPS, ROOT, tracked


def test_the_import_contracts_hold() -> None:
    # In a process of its own: what other tests have imported confuses the checker.
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_app_is_under_the_contracts() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert set(config["root_packages"]) == set(APPS)
    layers = config["contracts"][0]["layers"]
    assert layers[-5:] == ["streaming", "moderation", "conversations", "chatbot.accounts", "chatbot.lib"]


@pytest.mark.parametrize(
    "path", [path for path in tracked() if path.suffix == ".py" and path.parts[0] in APPS], ids=str
)
def test_no_import_hides_inside_of_a_function(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    hidden = [
        node for function in functions for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []
