"""Lets the chat page, which belongs to a lower layer, show the models."""

from django import template

from streaming.catalogue import available_models
from streaming.models import LanguageModel

register = template.Library()


@register.simple_tag
def language_models() -> list[LanguageModel]:
    """The models that may be chosen, the default first."""
    return list(available_models())
