"""Fields of the REST doors."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty


class FlagField(serializers.BooleanField):
    """True or false. DRF would also take words and numbers for it."""

    def to_internal_value(self, data: Any) -> bool:
        """The flag; raises ValidationError for anything else."""
        if data is not True and data is not False:
            self.fail("invalid", input=data)
        return bool(data)


class SlugField(serializers.SlugField):
    """The short name of something. DRF would also take a number for it."""

    def to_internal_value(self, data: Any) -> str:
        """The name; raises ValidationError for what is no text."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class WholeField(serializers.IntegerField):
    """A whole number, and no text that reads like one."""

    def to_internal_value(self, data: Any) -> int:
        """The number; raises ValidationError for anything else."""
        if not _is_number(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class DecimalField(serializers.FloatField):
    """A number, and no text that reads like one."""

    def to_internal_value(self, data: Any) -> float:
        """The number; raises ValidationError for anything else."""
        if not _is_number(data):
            self.fail("invalid")
        return super().to_internal_value(data)


def _is_number(data: Any) -> bool:
    return isinstance(data, int | float) and not isinstance(data, bool)


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
