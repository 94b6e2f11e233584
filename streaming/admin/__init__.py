"""Staff pages of providers, models, generations and completions."""

from streaming.admin import completions, generations, providers

__all__ = ["completions", "generations", "providers"]
