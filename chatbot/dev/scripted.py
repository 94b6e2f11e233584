"""The scripted provider in place of a model, for `make run FAKE=1`: its address, its limits, its process."""

import http.client
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from chatbot.dev.child import Child, wait_until
from chatbot.dev.model import ROOT

START_SECONDS = 30.0


@dataclass(frozen=True)
class ScriptedProvider:
    """One server of scripted answers on 127.0.0.1, at `rate` tokens per second."""

    port: int
    rate: float = 20.0
    label: ClassVar[str] = "Scripted provider"

    @property
    def url(self) -> str:
        """The OPENAI_BASE_URL of this server."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def settings(self) -> dict[str, str]:
        """The values that make it the product's provider."""
        return {
            "OPENAI_BASE_URL": self.url,
            "OPENAI_API_KEY": "fake",
            "OPENAI_MODEL": "fake-1",
            "OPENAI_CONTEXT_WINDOW": "32768",
            "OPENAI_MAX_OUTPUT_TOKENS": "8192",
            "OPENAI_PREFILL": "1",
        }

    def child(self, log: Path) -> Child:
        """The server process; it keeps nothing, so it needs no grace."""
        options = ["--port", str(self.port), "--rate", str(self.rate)]
        return Child(
            "scripted provider", [sys.executable, "-m", "chatbot.dev.fakellm", *options], log, cwd=ROOT, grace=2.0
        )

    def wait_ready(self, child: Child) -> None:
        """Returns when it answers."""
        wait_until(self._answers, children=[child], seconds=START_SECONDS)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/counts")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()
