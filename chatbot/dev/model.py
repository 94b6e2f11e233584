"""The local model as its users see it (see localmodel for the inside)."""

from dataclasses import dataclass

from chatbot.dev.model_server import ROOT, ModelServer

__all__ = ["CONTEXT_WINDOW", "MAX_OUTPUT_TOKENS", "MODEL", "ROOT", "LocalModel"]

MODEL = "smollm2-135m-instruct"
# Tokens of one conversation, and of one answer.
CONTEXT_WINDOW = 4096
MAX_OUTPUT_TOKENS = 1024


@dataclass(frozen=True)
class LocalModel(ModelServer):
    """One server of the model; ready when the weights are loaded."""

    label = "Local model"
    module = "chatbot.dev.localmodel"
    health = "/health"
    model = MODEL
    key = "local"
    context_window = CONTEXT_WINDOW
    max_output_tokens = MAX_OUTPUT_TOKENS
    start_seconds = 120.0
