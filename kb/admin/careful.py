"""Takes from addresses and forms what the pages of the desk send, and nothing else."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, override

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import ActionLocation
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

_KEY = re.compile(r"[0-9]{1,18}", re.ASCII)
_FIGURES = re.compile(r"[0-9]{1,4}", re.ASCII)
_LAST_YEAR = 9998  # the list of a year asks for the begin of the next one, and Python's calendar ends with 9999


class _Choice(AutocompleteSelect):
    """Shows nothing for a choice that can't be; Django would look it up."""

    @override
    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> Any:
        return super().optgroups(name, [key for key in value if _KEY.fullmatch(key)], attr)


class CarefulAdmin(admin.ModelAdmin):
    """Pages of one table that can't be asked for what they don't offer.

    By itself, Django lets an address look into any column of a list's table, also into those that no page shows, and
    fails where a database can't do that with what is given.
    """

    @override
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Whether it is one of the list's own filters, and the value is one that can be looked up."""
        field, _, how = lookup.partition("__")
        if field == self.date_hierarchy and how in {"year", "month", "day"}:
            return bool(_FIGURES.fullmatch(value)) and int(value) <= _LAST_YEAR
        return lookup in self._offered(request) and "\x00" not in value

    def _offered(self, request: HttpRequest) -> Iterator[str]:
        """The parameters of the list's own filters."""
        for one in self.get_list_filter(request):
            if name := getattr(one, "parameter_name", ""):
                yield name
            else:
                field = one[0] if isinstance(one, tuple | list) else str(one)
                is_relation = self.model._meta.get_field(field).is_relation
                lookups = ("isnull", "isempty", "id__exact" if is_relation else "exact")
                yield from (f"{field}__{lookup}" for lookup in lookups)

    @override
    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", _Choice(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @override
    def response_action(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> HttpResponse | None:
        if not all(map(_KEY.fullmatch, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            raise BadRequest("A list knows its rows by figures.")
        return super().response_action(request, queryset, action_location)

    @override
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """An empty name of a field, as an address may hold it, is none."""
        return super().get_object(request, object_id, from_field or None)
