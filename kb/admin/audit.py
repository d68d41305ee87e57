from typing import Any, override

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from kb.admin.readonly import ReadOnlyAdmin
from kb.models import AuditEntry


class ByPerson(admin.SimpleListFilter):
    title = "person"
    parameter_name = "who"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = AuditEntry.objects.exclude(who="").order_by("who").values_list("who", flat=True).distinct()
        return [(name, name) for name in names]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(who=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what, newest first. Nobody can add to it here, or change or delete a row."""

    list_display = ("at", "who", "action", "about", "detail", "address")
    list_filter = ("action", ByPerson)
    search_fields = ("who", "about", "detail", "address")
    date_hierarchy = "at"
    fields = ("at", "who", "action", "about", "detail", "address")
