"""Staff pages of providers, models and generations."""

from streaming.admin import generations, providers

__all__ = ["generations", "providers"]
