"""Fields as wide as what they hold: a sentence is not written through a slot for a code."""

from typing import Any, override

from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db import models
from django.forms import Field
from django.http import HttpRequest

from kb.models.fields import WordsField

_LONG = 60  # characters


class RoomForWords(BaseModelAdmin):
    """Fields of more than a few words get the width of the page, and lists of words are one line."""

    @override
    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Field | None:
        if isinstance(db_field, WordsField):
            return db_field.formfield(widget=AdminTextInputWidget(attrs={"class": "vTextField wide"}))
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        is_long = isinstance(db_field, models.CharField) and (db_field.max_length or 0) > _LONG
        if field is not None and is_long and isinstance(field.widget, AdminTextInputWidget):
            field.widget.attrs["class"] += " wide"
        return field
