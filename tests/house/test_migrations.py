"""Migrations follow the models, are named, and can be undone."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython, RunSQL

from tests.house.sources import APPS, tracked

OURS = ("accounts", "conversations", "moderation", "streaming")


@pytest.mark.django_db
def test_no_model_changed_without_its_migration() -> None:
    out = StringIO()
    try:
        call_command("makemigrations", check_changes=True, dry_run=True, stdout=out, stderr=out)
    except (SystemExit, CommandError):
        pytest.fail(out.getvalue())


def test_a_migration_says_what_it_does_in_its_name() -> None:
    names = [path.stem for path in tracked() if "migrations" in path.parts and path.parts[0] in APPS]
    assert names
    for name in names:
        assert name == "__init__" or re.fullmatch(r"\d{4}_[a-z][a-z0-9_]*", name)
        assert "_auto_" not in name


def test_each_app_has_one_line_of_migrations() -> None:
    loader = MigrationLoader(None)
    assert loader.detect_conflicts() == {}
    assert set(OURS) <= {app for app, _ in loader.disk_migrations}


def test_what_migrations_do_beside_the_models_can_be_undone() -> None:
    found = 0
    for (app, name), migration in MigrationLoader(None).disk_migrations.items():
        if app not in OURS:
            continue
        operations = list(migration.operations)
        for operation in operations:
            operations += getattr(operation, "database_operations", [])
            if isinstance(operation, RunSQL | RunPython):
                found += 1
                assert operation.reversible, f"{app}.{name}"
    assert found


@pytest.mark.django_db(transaction=True)
def test_the_whole_schema_can_be_taken_down_and_built_again() -> None:
    def tables() -> set[str]:
        return set(connection.introspection.table_names())

    before = tables()
    try:
        for app in ("streaming", "moderation", "conversations"):
            call_command("migrate", app, "zero", verbosity=0, interactive=False)
        assert not {"messages", "conversations", "moderation_auditentry", "generations"} & tables()
    finally:
        call_command("migrate", verbosity=0, interactive=False)
    assert tables() == before
