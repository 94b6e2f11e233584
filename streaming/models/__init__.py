"""Who answers, and the making of answers."""

from streaming.models.completion import Completion
from streaming.models.generation import ATTEMPTS, Generation
from streaming.models.provider import LanguageModel, Provider, ProviderKey, check_base_url

__all__ = ["ATTEMPTS", "Completion", "Generation", "LanguageModel", "Provider", "ProviderKey", "check_base_url"]
