"""Fields of the REST doors."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty


class WrittenField(serializers.CharField):
    """Text that is kept as it was written, with its spaces. Where it may not be blank, something must show in it.

    DRF would cut off spaces, and take a number for its digits: 1e400 for the word "inf".
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def run_validation(self, data: Any = empty) -> str | None:
        """The text; raises ValidationError."""
        if isinstance(data, str) and not self.allow_blank and not data.strip():
            self.fail("blank")
        text: str | None = super().run_validation(data)
        return text

    def to_internal_value(self, data: Any) -> str:
        """The text; raises ValidationError for what is none."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)
