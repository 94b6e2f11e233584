"""Lets the pages of conversations, which belong to a lower layer, show the models."""

from collections.abc import Iterable

from django import template

from streaming.catalogue import available_models
from streaming.models import LanguageModel

register = template.Library()


@register.simple_tag
def language_models() -> list[LanguageModel]:
    """The models that may be chosen, the default first."""
    return list(available_models())


@register.filter
def has_model(models: Iterable[LanguageModel], slug: str) -> bool:
    """Whether one of the models is called so."""
    return any(model.slug == slug for model in models)
