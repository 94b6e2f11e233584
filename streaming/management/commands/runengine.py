"""`manage.py runengine`: the process that writes answers."""

import asyncio
from typing import Any

import uvloop
from django.conf import settings
from django.core.management.base import BaseCommand
from prometheus_client import start_http_server

from streaming.engine.worker import run_engine


class Command(BaseCommand):
    """Runs until SIGTERM, then drains for up to ENGINE_DRAIN_SECONDS."""

    help = "Run an engine: claims queued generations and streams their answers."

    def handle(self, *args: Any, **options: Any) -> None:
        """Serves metrics when ENGINE_METRICS_PORT is set, and works."""
        if settings.ENGINE_METRICS_PORT:
            start_http_server(settings.ENGINE_METRICS_PORT)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run_engine())
