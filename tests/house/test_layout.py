"""The rooms of the house, and nothing beside them."""

import re

from tests.house.sources import APPS, ROOT, text_of, tracked

FOLDERS = {".ci", "chatbot", "conversations", "moderation", "streaming", "templates", "static", "docker", "tests"}
FILES = {"manage.py", "pyproject.toml", "Makefile", "README.md"}


def test_the_top_level_holds_only_what_it_may() -> None:
    for path in tracked():
        if len(path.parts) > 1:
            assert path.parts[0] in FOLDERS, path
        else:
            name = path.name
            allowed = name in FILES or name.startswith(".") or re.fullmatch(r"requirements[\w-]*\.lock", name)
            assert allowed, name


def test_every_room_is_there() -> None:
    present = {path.parts[0] for path in tracked()}
    assert present >= (FOLDERS | FILES)


def test_every_folder_of_an_app_is_a_package() -> None:
    folders = {path.parent for path in tracked() if path.suffix == ".py" and path.parts[0] in APPS}
    assert [folder for folder in folders if not (ROOT / folder / "__init__.py").exists()] == []


def test_tests_mirror_the_code() -> None:
    rooms = {
        path.parts[2]
        for path in tracked()
        if path.parts[0] == "tests" and path.parts[1] in {"unit", "integration"} and len(path.parts) > 3
    }
    assert rooms <= {"lib", "accounts", "dev", "conversations", "moderation", "streaming", "project"}


def test_nothing_speaks_of_the_place_it_was_made_in() -> None:
    # Spelt apart, so that this file does not find itself.
    local = re.compile("|".join([r"/wo" + r"rk/", r"/ro" + r"ot/\.", r"/ho" + r"me/\w"]))
    found = {}
    for path in tracked():
        if lines := [line for line in (text_of(path) or "").splitlines() if local.search(line)]:
            found[str(path)] = lines[:3]
    assert found == {}
