"""Imports run one way."""

import ast
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.house.sources import APPS, ROOT, tracked


def test_the_import_contracts_hold(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert code == 0, capsys.readouterr().out


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
