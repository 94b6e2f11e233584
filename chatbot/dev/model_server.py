"""What the servers that can stand in for a provider share: an address, the product's settings, a process."""

import http.client
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from chatbot.dev.child import Child, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent


def answers(port: int, path: str) -> bool:
    """Whether a server on this machine answers `path` with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


@dataclass(frozen=True)
class ModelServer:
    """An OpenAI-compatible server on 127.0.0.1 that continues an answer which ends its prompt. Limits are in tokens."""

    port: int
    label: ClassVar[str]
    module: ClassVar[str]
    health: ClassVar[str]
    model: ClassVar[str]
    key: ClassVar[str]
    context_window: ClassVar[int]
    max_output_tokens: ClassVar[int]
    start_seconds: ClassVar[float]
    can_see: ClassVar[bool] = False

    @property
    def url(self) -> str:
        """The OPENAI_BASE_URL of this server."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def settings(self) -> dict[str, str]:
        """The values that make it the product's provider."""
        return {
            "OPENAI_BASE_URL": self.url,
            "OPENAI_API_KEY": self.key,
            "OPENAI_MODEL": self.model,
            "OPENAI_CONTEXT_WINDOW": str(self.context_window),
            "OPENAI_MAX_OUTPUT_TOKENS": str(self.max_output_tokens),
            "OPENAI_PREFILL": "1",
            "OPENAI_VISION": str(int(self.can_see)),
        }

    @property
    def options(self) -> list[str]:
        """What its command is told."""
        return ["--port", str(self.port)]

    def child(self, log: Path) -> Child:
        """The server process; it keeps nothing, so it needs no grace."""
        return Child(self.label.lower(), [sys.executable, "-m", self.module, *self.options], log, cwd=ROOT, grace=2.0)

    def wait_ready(self, child: Child) -> None:
        """Returns when it answers."""
        wait_until(lambda: answers(self.port, self.health), children=[child], seconds=self.start_seconds)
