"""The scripted provider in place of a model, for `make run FAKE=1`."""

from dataclasses import dataclass

from chatbot.dev.model_server import ModelServer


@dataclass(frozen=True)
class ScriptedProvider(ModelServer):
    """One server of scripted answers, at `rate` tokens per second."""

    rate: float = 20.0
    label = "Scripted provider"
    module = "chatbot.dev.fakellm"
    health = "/counts"
    model = "fake-1"
    key = "fake"
    context_window = 32_768
    max_output_tokens = 8_192
    start_seconds = 30.0
    can_see = True

    @property
    def options(self) -> list[str]:
        """Its speed as well."""
        return [*super().options, "--rate", str(self.rate)]
