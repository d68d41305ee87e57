from typing import Any, override

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from kb.models import Synonym
from kb.publishing import move_on, take_turns


@admin.register(Synonym)
class SynonymAdmin(admin.ModelAdmin):
    """Groups of synonyms. Readers' searches use a change at once, as a new edition."""

    list_display = ("words",)
    search_fields = ("words",)

    @override
    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        if db_field.name == "words":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 4, "cols": 80})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @override
    def save_model(self, request: HttpRequest, obj: Synonym, form: Any, change: bool) -> None:
        if form.has_changed():
            take_turns()
            super().save_model(request, obj, form, change)
            move_on(timezone.now())

    @override
    def delete_model(self, request: HttpRequest, obj: Synonym) -> None:
        take_turns()
        super().delete_model(request, obj)
        move_on(timezone.now())

    @override
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Synonym]) -> None:
        take_turns()
        super().delete_queryset(request, queryset)
        move_on(timezone.now())
