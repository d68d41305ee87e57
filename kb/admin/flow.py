from django.contrib import admin

from kb.models import Flow, Node


class NodeInline(admin.TabularInline):
    """The nodes in order; each has a page of its own for the rest."""

    model = Node
    fields = ("position", "kind", "key", "text", "step", "to")
    extra = 0
    show_change_link = True


@admin.register(Flow)
class FlowAdmin(admin.ModelAdmin):
    list_display = ("article", "start")
    list_select_related = ("article",)
    inlines = (NodeInline,)
