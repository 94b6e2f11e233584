"""The local model as its users see it: its address, its limits, its process (see localmodel for the inside)."""

import http.client
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from chatbot.dev.child import Child, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
MODEL = "smollm2-135m-instruct"
# Tokens of one conversation, and of one answer.
CONTEXT_WINDOW = 4096
MAX_OUTPUT_TOKENS = 1024
START_SECONDS = 120.0


@dataclass(frozen=True)
class LocalModel:
    """One server of the model on 127.0.0.1."""

    port: int
    label: ClassVar[str] = "Local model"

    @property
    def url(self) -> str:
        """The OPENAI_BASE_URL of this server."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def settings(self) -> dict[str, str]:
        """The values that make it the product's provider."""
        return {
            "OPENAI_BASE_URL": self.url,
            "OPENAI_API_KEY": "local",
            "OPENAI_MODEL": MODEL,
            "OPENAI_CONTEXT_WINDOW": str(CONTEXT_WINDOW),
            "OPENAI_MAX_OUTPUT_TOKENS": str(MAX_OUTPUT_TOKENS),
            "OPENAI_PREFILL": "1",
        }

    def child(self, log: Path) -> Child:
        """The server process; it keeps nothing, so it needs no grace."""
        command = [sys.executable, "-m", "chatbot.dev.localmodel", "--port", str(self.port)]
        return Child("local model", command, log, cwd=ROOT, grace=2.0)

    def wait_ready(self, child: Child) -> None:
        """Returns when the weights are loaded."""
        wait_until(self._answers, children=[child], seconds=START_SECONDS)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()
