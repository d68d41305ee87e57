"""The parts of an article, as they are edited on its page."""

from typing import Any, override

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse_lazy

from kb import models
from kb.admin.editor import ProseEditor
from kb.admin.room import RoomForWords
from kb.admin.rows import KeepsGoneRows
from kb.models.fields import ProseField

_LINKS = {"data-links": reverse_lazy("admin:kb_article_links")}
"""Where static/js/prose-link.js asks."""

EDITOR: dict[Any, dict[str, Any]] = {ProseField: {"widget": ProseEditor(attrs=_LINKS)}}
"""The Markdown editor with its live preview, for longer prose."""

PLAIN: dict[Any, dict[str, Any]] = {
    ProseField: {"form_class": forms.CharField, "widget": forms.Textarea(attrs={"rows": 2, "cols": 60, **_LINKS})}
}
"""A small box, for a sentence or two: a page full of live previews would be slow."""


class PartInline(RoomForWords, admin.StackedInline):
    formset = KeepsGoneRows
    extra = 0
    formfield_overrides = PLAIN
    classes = ("collapse",)


class SectionInline(PartInline):
    model = models.Section
    formfield_overrides = EDITOR


class FixTimeInline(PartInline):
    model = models.FixTime


class CauseInline(PartInline):
    model = models.Cause


class RiskFactorInline(PartInline):
    model = models.RiskFactor


class LookalikeInline(PartInline):
    model = models.Lookalike


class SignInline(admin.TabularInline):
    """Many short rows: a line each."""

    model = models.Sign
    extra = 0
    classes = ("collapse",)


class ObservationInline(PartInline):
    model = models.Observation


class RepairStepInline(PartInline):
    model = models.RepairStep
    formfield_overrides = EDITOR


class CostEstimateInline(PartInline):
    model = models.CostEstimate


class RelatedInline(PartInline):
    model = models.Related


class SourceInline(PartInline):
    model = models.Source


class FlowInline(admin.StackedInline):
    """The flow is drawn on a page of its own; here is the way there."""

    model = models.Flow
    formset = KeepsGoneRows
    template = "admin/kb/flow/way.html"
    fields = ("start",)
    readonly_fields = ("start",)
    can_delete = False
    extra = 0

    @override
    def has_add_permission(self, request: HttpRequest, obj: models.Article | None = None) -> bool:
        return False  # it begins on its own page


IN_READING_ORDER = (
    SectionInline,
    FixTimeInline,
    FlowInline,
    CauseInline,
    RiskFactorInline,
    LookalikeInline,
    SignInline,
    ObservationInline,
    RepairStepInline,
    CostEstimateInline,
    RelatedInline,
    SourceInline,
)
