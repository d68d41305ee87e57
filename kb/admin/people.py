"""Accounts. Who manages them must not be able to give themselves more than they have."""

from typing import Any, override

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest

admin.site.unregister(User)


@admin.register(User)
class PeopleAdmin(UserAdmin):
    """Administrators give people a role; only a superuser touches superusers and single permissions."""

    list_display = ("username", "first_name", "last_name", "roles", "is_staff", "is_active", "last_login")
    list_filter = ("is_active", "groups")

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        return "Superuser" if user.is_superuser else ", ".join(group.name for group in user.groups.all())

    @override
    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        readonly = super().get_readonly_fields(request, obj)
        return readonly if request.user.is_superuser else (*readonly, "is_superuser", "user_permissions")

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _is_no_higher(request, obj)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_no_higher(request, obj)

    @override
    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Also keep superusers out of “delete selected”, which asks for no single row's permission."""
        deleted, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        if any(not _is_no_higher(request, user) for user in objs):
            perms_needed.add("superuser")
        return deleted, counts, perms_needed, protected


def _is_no_higher(request: HttpRequest, user: User | None) -> bool:
    """Whether this person may manage that account: a superuser's is for superusers only."""
    return user is None or not user.is_superuser or request.user.is_superuser
