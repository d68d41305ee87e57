"""Rows that publishing writes and nobody edits."""

from typing import Any, override

from django.http import HttpRequest

from kb.admin.careful import CarefulAdmin


class ReadOnlyAdmin(CarefulAdmin):
    """Can be looked at; can't be added to, changed or deleted."""

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
