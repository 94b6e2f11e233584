"""Files are small, say their duty first, and leave nothing for later."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.sources import APPS, ROOT, text_of, tracked

LONGEST_FILE = 250
LONGEST_STYLESHEET = 300  # rules of one kind stand one after the other
LONGEST_FUNCTION = 45
VAGUE = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"}
WRITTEN = {".py", ".js", ".mjs", ".css", ".html"}

FILES = tracked()
SOURCES = [
    path
    for path in FILES
    if path.suffix in WRITTEN and path.parts[0] != "tests" and not {"migrations", "dist"} & set(path.parts)
]
MODULES = [path for path in SOURCES if path.suffix == ".py" and path.parts[0] in APPS]

# Spelt apart, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
HOSTS = re.compile(r"https?://[^\s\"'<>)]*(?:py" + r"pi|pythonhosted|np" + r"mjs|artifactory|nexus|mirror)[^\s\"'<>)]*")


def test_there_are_sources() -> None:
    assert len(MODULES) > 80
    assert len(SOURCES) > 120


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_a_file_has_one_duty_and_few_lines(path: Path) -> None:
    lines = len((ROOT / path).read_text().splitlines())
    longest = LONGEST_STYLESHEET if path.suffix == ".css" else LONGEST_FILE
    assert lines <= longest, f"{lines} lines: look for the second duty that moved in"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_says_its_duty_in_its_first_line(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text())
    if tree.body:
        duty = ast.get_docstring(tree)
        assert duty
        assert duty.splitlines()[0].strip()


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_functions_are_short_and_public_ones_say_what_they_give(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text())
    public: list[ast.Module | ast.ClassDef] = [tree]
    public += [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    for owner in public:
        for node in owner.body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, f"{node.name} is long"
            if not node.name.startswith("_") and len(node.body) > 1 and node.name != "main":
                assert ast.get_docstring(node), f"{node.name} does not say what it gives"


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_name_says_what_a_file_is(path: Path) -> None:
    assert not VAGUE & {part.lower() for part in (*path.parent.parts, path.stem)}


def test_nothing_is_left_for_later() -> None:
    found = [str(path) for path in FILES if path.suffix != ".lock" and UNFINISHED.search(text_of(path) or "")]
    assert found == []


def test_lock_files_pin_by_hash_and_name_no_host() -> None:
    locks = [path for path in FILES if path.suffix == ".lock"]
    assert len(locks) >= 3
    for path in locks:
        text = text_of(path) or ""
        assert "--index-url" not in text
        assert "://" not in text
        pins = re.findall(r"^[A-Za-z0-9].*==", text, re.MULTILINE)
        hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}", text)
        assert 0 < len(pins) <= len(hashes), path


def test_the_front_end_lock_names_no_host_but_the_public_registry() -> None:
    text = text_of(Path("static/package-lock.json")) or ""
    hosts = set(re.findall(r'"resolved": "https?://([^/"]+)', text))
    assert hosts <= {"registry.npm" + "js.org"}
    assert text.count('"integrity": "sha512-') >= text.count('"resolved"')


def test_no_source_names_a_package_host() -> None:
    found = {str(path): HOSTS.findall(text_of(path) or "") for path in FILES if path.name != "package-lock.json"}
    assert {path: hosts for path, hosts in found.items() if hosts} == {}
