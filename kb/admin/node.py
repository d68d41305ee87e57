from collections.abc import Callable
from typing import Any, override

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from kb.admin.careful import CarefulAdmin
from kb.models import Node


@admin.register(Node)
class NodeAdmin(CarefulAdmin):
    """The stops of all flows, to search in. Each is changed, and more are added, on the page of its flow."""

    list_display = ("__str__", "kind", "key", "flow")
    list_filter = ("kind",)
    list_select_related = ("flow__article",)
    actions = None  # what leads to a stop has to be looked at before it is taken out
    search_fields = ("key", "text", "options__label", "flow__article__slug")

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._lead(request, object_id, "admin:kb_flow_change", self.has_view_or_change_permission)

    @override
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._lead(request, object_id, "admin:kb_flow_take_out", self.has_delete_permission)

    def _lead(
        self, request: HttpRequest, object_id: str, page: str, is_allowed: Callable[[HttpRequest, Any], bool]
    ) -> HttpResponse:
        """Lead to a page of the stop's flow."""
        node = self.get_object(request, unquote(object_id))
        if not is_allowed(request, node):
            raise PermissionDenied
        if node is None:
            raise Http404("There is no such stop.")
        return HttpResponseRedirect(f"{reverse(page, args=[node.flow_id])}?{urlencode({'node': node.key})}#stop")
