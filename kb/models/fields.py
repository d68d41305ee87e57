"""Columns for the figures and lists that documents are made of."""

from typing import Any, override

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from kb.figures import Duration


class DurationField(models.CharField):
    """A `kb.figures.Duration`, kept as its text (“12-24 h”); an empty text is None."""

    description = "A time or a range of times"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        kwargs.setdefault("help_text", "Such as 45 s, 5 min, 12-24 h or 3 d.")
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Duration | None:
        return Duration.parse(value) if value else None

    @override
    def to_python(self, value: object) -> Duration | None:
        if value in (None, ""):
            return None
        if isinstance(value, Duration):
            return value
        try:
            return Duration.parse(str(value))
        except ValueError as error:
            raise ValidationError(str(error)) from None

    @override
    def get_prep_value(self, value: object) -> str:
        duration = self.to_python(value)
        return "" if duration is None else str(duration)

    @override
    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))

    @override
    def run_validators(self, value: object) -> None:
        super().run_validators(self.get_prep_value(value))

    @override
    def formfield(self, **kwargs: Any) -> forms.Field | None:  # a form shows the text, not the object
        return super().formfield(**{"form_class": _DurationFormField, **kwargs})


class _DurationFormField(forms.CharField):
    @override
    def prepare_value(self, value: object) -> object:
        return str(value) if isinstance(value, Duration) else value


class WordsField(models.TextField):
    """A tuple of words without blanks (keys, aliases), kept as one line with blanks between them."""

    description = "Words"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", ())
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: str | None, expression: object, connection: object) -> tuple[str, ...]:
        return tuple((value or "").split())

    @override
    def to_python(self, value: object) -> tuple[str, ...]:
        if isinstance(value, list | tuple):
            return tuple(str(word) for word in value)
        return tuple(str(value or "").split())

    @override
    def get_prep_value(self, value: object) -> str:
        return " ".join(self.to_python(value))

    @override
    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))

    @override
    def formfield(self, **kwargs: Any) -> forms.Field | None:  # a form shows the words in one line
        return super().formfield(**{"form_class": _WordsFormField, "widget": forms.TextInput, **kwargs})


class _WordsFormField(forms.CharField):
    @override
    def prepare_value(self, value: object) -> object:
        return " ".join(map(str, value)) if isinstance(value, list | tuple) else value


class ProseField(models.TextField):
    """Markdown. Its form field is the Markdown editor with a live preview."""

    description = "Markdown"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    @override
    def formfield(self, **kwargs: Any) -> forms.Field | None:  # markdownx brings its own form field
        from markdownx.fields import MarkdownxFormField

        return super().formfield(**{"form_class": MarkdownxFormField, **kwargs})
