from typing import Any, override

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from kb.admin.desk import DeskAdmin
from kb.admin.inlines import EDITOR
from kb.admin.rows import KeepsGoneRows
from kb.models import Article, Flow, Node, Option


class OptionInline(admin.TabularInline):
    model = Option
    formset = KeepsGoneRows
    extra = 0


@admin.register(Node)
class NodeAdmin(DeskAdmin):
    """One node of a flow with its answers. The fields of the other kinds are folded away."""

    list_display = ("__str__", "kind", "key", "flow")
    list_filter = ("kind",)
    list_select_related = ("flow__article",)
    search_fields = ("key", "text", "flow__article__slug")
    inlines = (OptionInline,)
    formfield_overrides = EDITOR
    fieldsets = (
        (None, {"fields": ("flow", ("kind", "position"), "key", "text", "short")}),
        ("Question", {"fields": ("help", "why", "where", "guards", "observes"), "classes": ("collapse",)}),
        ("Repair step", {"fields": ("step", ("fixed", "not_fixed", "could_not")), "classes": ("collapse",)}),
        (
            "Outcome",
            {
                "fields": (
                    "disposition", "lead", "do_now", ("who", "who_text"), ("time", "time_source"), "time_text",
                    ("data_risk", "data_risk_text"), "costs", "steps", "causes", "error", "hard_stop", "if_it_fails",
                ),
                "classes": ("collapse",),
            },
        ),
        ("Jump", {"fields": ("to", "answers"), "classes": ("collapse",)}),
    )  # fmt: skip

    @override
    def article_of(self, row: Node) -> Article:
        return row.flow.article

    @override
    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField | None:
        if db_field.name == "flow":
            kwargs["queryset"] = Flow.objects.select_related("article")  # each choice is named after its article
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
