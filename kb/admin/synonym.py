from typing import Any, override

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from kb.admin.live_rows import LiveRows
from kb.models import Synonym


@admin.register(Synonym)
class SynonymAdmin(LiveRows[Synonym]):
    """Groups of synonyms, for readers' searches."""

    list_display = ("words",)
    search_fields = ("words",)

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        if db_field.name == "words":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 4, "cols": 80})
        return super().formfield_for_dbfield(db_field, request, **kwargs)
