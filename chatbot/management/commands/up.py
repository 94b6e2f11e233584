"""`manage.py up`: everything on this machine in the foreground, embedded services included. `make run` ends here."""

import secrets
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from chatbot import env
from chatbot.dev import environment, processes
from chatbot.dev.child import StartFailed
from chatbot.dev.environment import Machine
from chatbot.dev.supervisor import StopRequested, Supervisor
from chatbot.dev.terminal import Terminal
from chatbot.management.prepare import ADMIN, prepare


class Command(BaseCommand):
    help = __doc__
    # The database is not there yet.
    requires_system_checks = []

    def handle(self, *_: Any, **__: Any) -> None:
        """Starts all, watches all, stops all. Exits with 1 and a reason when a part does not start."""
        machine = environment.create()
        terminal = Terminal()
        try:
            with Supervisor(terminal) as supervisor:
                try:
                    start(machine, supervisor, terminal)
                    supervisor.watch()
                except StopRequested:
                    terminal.say("\n  Stopping; Ctrl-C again does it at once.")
        except StartFailed as error:
            terminal.fail(f"\n{error}")
            sys.exit(1)
        terminal.say("  Stopped.")


def start(machine: Machine, supervisor: Supervisor, terminal: Terminal) -> None:
    """Services first, then the database's content, then the processes of the application."""
    wait_for_model = start_services(machine, supervisor, terminal)
    given = env.text("ADMIN_PASSWORD", "")
    password = given or secrets.token_urlsafe(12)
    with terminal.step("Database") as step:
        result = prepare(admin_password=password)
        step.result = "migrated"
    try:
        start_application(machine, supervisor, terminal)
        wait_for_model()
        terminal.say(f"\n  {terminal.paint(processes.address(machine), '1;36')}")
    finally:
        # Whatever went wrong after it: this password is shown now or never.
        if result.admin_created:
            tell_login(terminal, "the one in ADMIN_PASSWORD" if given else terminal.paint(password, "1"))
    terminal.say(f"  Logs are in {machine.log_dir}. Ctrl-C stops everything.")


def tell_login(terminal: Terminal, password: str) -> None:
    """Shows the login of the first administrator."""
    terminal.say(f"  Log in as {terminal.paint(ADMIN, '1')}, password: {password} (said only this once)")


def start_application(machine: Machine, supervisor: Supervisor, terminal: Terminal) -> None:
    """Collects the static files where they are old, then starts web, engine, worker and beat."""
    if static_is_stale():
        with terminal.step("Static files") as step:
            call_command("collectstatic", interactive=False, verbosity=0)
            step.result = "collected"
    # This process only watches from now on: it keeps no connection.
    connections.close_all()
    if isinstance(default := connections["default"], DatabaseWrapper):
        default.close_pool()
    foreground = processes.foreground(machine)
    with terminal.step("Chat"):
        supervisor.start(*foreground)
        processes.wait_ready(machine, foreground)
    # On two cores the first answer comes sooner when these start afterwards; they stop together with the others.
    supervisor.start(*processes.background(machine), join=True)


def start_services(machine: Machine, supervisor: Supervisor, terminal: Terminal) -> Callable[[], None]:
    """Starts the embedded services, returns when PostgreSQL and Valkey answer. The result waits for the model."""
    if machine.postgres and not machine.postgres.has_data:
        with terminal.step("New database") as step:
            machine.postgres.create_data()
            step.result = "created"
    waits: dict[str, Callable[[], None]] = {}
    model = machine.model.label if machine.model else ""
    parts = {"PostgreSQL 18": machine.postgres, "Valkey 9": machine.valkey, model: machine.model}
    for label, part in parts.items():
        if part:
            child = part.child(machine.log_dir / f"{label.split()[0].lower()}.log")
            supervisor.start(child)
            waits[label] = partial(show, terminal, label, partial(part.wait_ready, child))
    wait_for_model = waits.pop(model, lambda: None)
    for wait in waits.values():
        wait()
    return wait_for_model


def show(terminal: Terminal, label: str, wait: Callable[[], None]) -> None:
    """Waits as a step on the terminal."""
    with terminal.step(label):
        wait()


def static_is_stale() -> bool:
    """Whether the front end was built, or a package changed, after the static files were collected."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if not manifest.exists():
        return True
    collected = manifest.stat().st_mtime
    sources = [settings.BASE_DIR / "requirements.lock"]
    for folder in settings.STATICFILES_DIRS:
        sources += Path(folder).rglob("*")
    return any(path.exists() and path.stat().st_mtime > collected for path in sources)
