from typing import override

from django.contrib import admin

from kb.admin.desk import DeskAdmin
from kb.admin.rows import KeepsGoneRows
from kb.models import Article, Flow, Node


class NodeInline(admin.TabularInline):
    """The nodes in order; each has a page of its own for the rest."""

    model = Node
    formset = KeepsGoneRows
    fields = ("position", "kind", "key", "text", "step", "to")
    extra = 0
    show_change_link = True


@admin.register(Flow)
class FlowAdmin(DeskAdmin):
    list_display = ("article", "start")
    list_select_related = ("article",)
    inlines = (NodeInline,)

    @override
    def article_of(self, row: Flow) -> Article:
        return row.article
