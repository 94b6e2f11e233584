"""Storages of a test's own."""

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.integration.moderation.archives import archive_in


@pytest.fixture
def files(settings: Settings, tmp_path: Path) -> Path:
    """Where the files of users lie."""
    folder = tmp_path / "files"
    settings.STORAGES = {**settings.STORAGES, "default": archive_in(folder)}
    return folder


@pytest.fixture
def archive(settings: Settings, files: Path, tmp_path: Path) -> Path:
    """Where archives lie."""
    folder = tmp_path / "archive"
    settings.STORAGES = {**settings.STORAGES, "archive": archive_in(folder)}
    return folder
