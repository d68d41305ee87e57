"""Accounts and roles. Who manages them can give nobody, themselves included, more than they have."""

from collections.abc import Iterable, Iterator
from typing import Any, override

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, ManyToManyField, OuterRef, Q, QuerySet
from django.forms import BaseFormSet, ModelForm, ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django_otp.plugins.otp_totp.admin import TOTPDevice

from kb.admin.careful import CarefulAdmin
from kb.audit import Action, record
from kb.signin import factor

# What decides over what a person may do. Names and addresses of people are no matter of the audit log.
RIGHTS = {"username", "is_active", "is_staff", "is_superuser", "groups", "user_permissions", "permissions", "name"}

# Importing them registers them. The page of a second factor shows its secret, so nobody gets to see it.
admin.site.unregister([Group, User, TOTPDevice])

_HAS_FACTOR = Exists(TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True))


class Recorded(CarefulAdmin):
    """Rows that give rights: what is done to them stands in the audit log."""

    added: Action
    changed: Action
    deleted: Action

    @override
    def save_related(
        self, request: HttpRequest, form: ModelForm, formsets: Iterable[BaseFormSet], change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        detail = "; ".join(_changed_rights(form))
        if detail or not change:
            record(self.changed if change else self.added, by=request.user, about=form.instance, detail=detail)

    @override
    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for row in queryset:
            record(self.deleted, by=request.user, about=row)
        return super().log_deletions(request, queryset)


def _changed_rights(form: ModelForm) -> Iterator[str]:
    for name in form.changed_data:
        if name in RIGHTS:
            yield f"{form.fields[name].label}: {_said(form.initial.get(name))} → {_said(form.cleaned_data[name])}"


def _said(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case _:
            return ", ".join(map(str, value or ())) or "none"


class NoHigher(admin.ModelAdmin):
    """Rows that hold rights: nobody touches one that holds more than they do, or puts more into it."""

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _is_no_higher(request, obj)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _is_no_higher(request, obj)

    @override
    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Also keep what is higher out of “delete selected”, which asks for no single row's permission."""
        deleted, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        if any(not _is_no_higher(request, row) for row in objs):
            perms_needed.add("accounts or roles with more rights than yours")
        return deleted, counts, perms_needed, protected

    @override
    def formfield_for_manytomany(
        self, db_field: ManyToManyField, request: Any = None, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        """Offer no role and no permission beyond what this person holds."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None and field.queryset is not None and not request.user.is_superuser:
            beyond = Permission.objects.exclude(pk__in=_rights_of(request.user))
            is_of_groups = db_field.related_model is Group
            field.queryset = field.queryset.exclude(**{"permissions__in" if is_of_groups else "pk__in": beyond})
        return field


@admin.register(Group)
class RoleAdmin(NoHigher, Recorded, GroupAdmin):
    """What each role may do; for superusers."""

    added = changed = deleted = Action.ROLE_CHANGED


@admin.register(User)
class PeopleAdmin(NoHigher, Recorded, UserAdmin):
    """Administrators give people a role; only a superuser touches superusers and single permissions."""

    list_display = ("username", "first_name", "last_name", "roles", "second_factor", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    added, changed, deleted = Action.PERSON_ADDED, Action.PERSON_CHANGED, Action.PERSON_DELETED

    @override
    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.remove_factor_view)
        return [path("<int:pk>/second-factor/", page, name="auth_user_remove_factor"), *super().get_urls()]

    @admin.display(description="second factor", boolean=True)
    def second_factor(self, user: Any) -> bool:
        return bool(user.has_factor)

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        return "Superuser" if user.is_superuser else ", ".join(group.name for group in user.groups.all())

    @override
    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups").annotate(has_factor=_HAS_FACTOR)

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        readonly = super().get_readonly_fields(request, obj)
        return readonly if request.user.is_superuser else (*readonly, "is_superuser", "user_permissions")

    @override
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        before = self.get_object(request, unquote(id))
        response = super().user_change_password(request, id, form_url)
        after = self.get_object(request, unquote(id))
        if before and after and before.password != after.password:
            record(Action.PASSWORD_CHANGED, by=request.user, about=after)
        return response

    def remove_factor_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask once more, and let somebody who lost the phone sign in with the password alone."""
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if request.method == "POST":
            if factor.remove(user):
                record(Action.FACTOR_REMOVED, by=request.user, about=user)
            messages.success(request, f"{user} has no second factor any more, and is signed out everywhere.")
            return HttpResponseRedirect(reverse("admin:auth_user_change", args=[pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": user,
            "title": f"Remove the second factor of {user}",
            "is_required": factor.is_required(user),
        }
        return TemplateResponse(request, "admin/auth/user/remove_factor.html", context)


def _is_no_higher(request: HttpRequest, row: User | Group | None) -> bool:
    """Whether that account or role holds nothing that this person does not; a superuser's is for superusers only."""
    if row is None or request.user.is_superuser:
        return True
    if isinstance(row, User) and row.is_superuser:
        return False
    return not _rights_of(row).exclude(pk__in=_rights_of(request.user)).exists()


def _rights_of(row: Any) -> QuerySet[Permission]:
    """What an account or a role is allowed; an account also while it is closed, since it can be opened again."""
    if isinstance(row, Group):
        return row.permissions.all()
    return Permission.objects.filter(Q(group__user=row) | Q(user=row))
