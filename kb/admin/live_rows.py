from typing import Any, override

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from kb.admin.careful import CarefulAdmin
from kb.publishing import move_on, take_turns


class LiveRows[M: Model](CarefulAdmin):
    """Rows that have no draft: whoever saves or deletes one changes what readers see, as a new edition."""

    @override
    def save_model(self, request: HttpRequest, obj: M, form: Any, change: bool) -> None:
        if form.has_changed():
            take_turns()
            super().save_model(request, obj, form, change)
            move_on(timezone.now())

    @override
    def delete_model(self, request: HttpRequest, obj: M) -> None:
        take_turns()
        super().delete_model(request, obj)
        move_on(timezone.now())

    @override
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        take_turns()
        super().delete_queryset(request, queryset)
        move_on(timezone.now())
