"""The forms about a conversation."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from conversations.measures import (
    FOLDER_LENGTH,
    MODEL_LENGTH,
    MOST_TOKENS,
    SYSTEM_PROMPT_LENGTH,
    TEMPERATURES,
    TITLE_LENGTH,
)
from conversations.models import Conversation, Preset
from conversations.models.preset import NAME_LENGTH, TEXT_LENGTH

ABOUT = ("title", "folder")
MODEL_CONFIG = ("model", "system_prompt", "temperature", "max_tokens")


class WrittenTextField(forms.CharField):
    """A text of several lines, kept as it was written. Browsers send its line breaks as CR LF."""

    widget = forms.Textarea

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, **options)

    def to_python(self, value: Any) -> str:
        """The text, counted as it is kept."""
        return str(super().to_python(value) or "").replace("\r\n", "\n")


class ModelForm(forms.Form):
    """How answers are made. What is left out is as the service has it. The page itself offers the models."""

    model = forms.SlugField(label=_("Model"), max_length=MODEL_LENGTH, required=False)
    system_prompt = WrittenTextField(
        label=_("System prompt"),
        max_length=SYSTEM_PROMPT_LENGTH,
        required=False,
        help_text=_("What the model is told before everything else, in every answer."),
    )
    temperature = forms.FloatField(
        label=_("Temperature"),
        min_value=TEMPERATURES[0],
        max_value=TEMPERATURES[1],
        required=False,
        help_text=_("From 0, always nearly the same, to 2, full of surprises."),
    )
    max_tokens = forms.IntegerField(
        label=_("Longest answer, in tokens"),
        min_value=1,
        max_value=MOST_TOKENS,
        required=False,
        help_text=_("A token is about three quarters of a word."),
    )

    def model_config(self) -> dict[str, Any]:
        """The entries, None for those that are left out."""
        return {name: self.cleaned_data[name] or None for name in MODEL_CONFIG if name != "temperature"} | {
            "temperature": self.cleaned_data["temperature"]
        }


class ConversationForm(ModelForm):
    """All that can be said of a conversation."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_LENGTH, required=False)
    folder = forms.CharField(label=_("Folder"), max_length=FOLDER_LENGTH, required=False)

    field_order = [*ABOUT, *MODEL_CONFIG]

    @staticmethod
    def values_of(conversation: Conversation) -> dict[str, Any]:
        """What the form begins with."""
        config = conversation.model_config
        about = {name: getattr(conversation, name) for name in ABOUT}
        return about | {name: config.get(name) for name in MODEL_CONFIG}

    def changes(self) -> dict[str, Any]:
        """The `changes` of `update_conversation`."""
        return {name: self.cleaned_data[name] for name in ABOUT} | {"model_config": self.model_config()}


class BeginningForm(ModelForm):
    """How a new conversation begins. What is left empty is the preset's, or as the service has it."""

    preset = forms.ChoiceField(label=_("Begin with"), required=False)
    temporary = forms.BooleanField(label=_("Temporary chat, deleted after a day"), required=False)

    field_order = ["preset", *MODEL_CONFIG, "temporary"]

    def __init__(self, *args: Any, presets: Sequence[Preset], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(preset.pk), preset.name) for preset in presets]
        self.fields["preset"].choices = [("", _("Nothing in particular")), *choices]  # type: ignore[attr-defined]

    def beginning(self) -> dict[str, Any]:
        """The arguments of `begin_conversation`."""
        preset = self.cleaned_data["preset"]
        config = {name: value for name, value in self.model_config().items() if value is not None}
        return {
            "preset_id": UUID(preset) if preset else None,
            "model_config": config,
            "temporary": self.cleaned_data["temporary"],
        }


class PresetForm(forms.Form):
    """A prompt preset of one's own."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
    text = WrittenTextField(
        label=_("Text"),
        max_length=TEXT_LENGTH,
        help_text=_("The system prompt of conversations that begin with it."),
    )
    model = forms.SlugField(label=_("Model"), max_length=MODEL_LENGTH, required=False)


class MarkForm(forms.Form):
    """One mark of a conversation, put on or taken off."""

    MARKS = ("pinned", "archived")

    mark = forms.ChoiceField(choices=[(name, name) for name in MARKS])
    on = forms.BooleanField(required=False)
