"""Every task that is called by name exists under that name."""

import ast
from collections.abc import Iterator

from django.conf import settings

from chatbot.celery import app
from tests.house.sources import APPS, ROOT, tracked

SENDERS = {"enqueue_on_commit", "send_task"}


def registered() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a sender in our code, with its file."""
    for path in tracked():
        if path.suffix == ".py" and path.parts[0] in APPS:
            for node in ast.walk(ast.parse((ROOT / path).read_text())):
                if isinstance(node, ast.Call):
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    if name in SENDERS:
                        yield str(path), node


def test_every_task_that_code_enqueues_is_registered() -> None:
    names = set()
    for path, call in calls():
        first = call.args[0]
        if path == "chatbot/lib/tasks.py":
            continue  # hands on the name it is given
        assert isinstance(first, ast.Constant), f"{path}:{call.lineno}: name the task in the call"
        names.add(first.value)
    assert names
    assert names <= registered()


def test_every_task_of_the_schedule_is_registered() -> None:
    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert names
    assert names <= registered()


def test_a_task_is_named_after_its_app() -> None:
    assert registered()
    for name in registered():
        assert app.tasks[name].__module__ == f"{name.rpartition('.')[0]}.tasks"


def test_a_task_that_is_lost_with_its_worker_is_delivered_again() -> None:
    for name in registered():
        task = app.tasks[name]
        assert task.acks_late
        assert task.reject_on_worker_lost
        assert task.ignore_result
