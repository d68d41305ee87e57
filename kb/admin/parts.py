"""The parts of articles by themselves, to search across all articles. They are edited on the article's page."""

from typing import override

from django.contrib import admin
from django.http import HttpRequest

from kb import models
from kb.admin.desk import DeskAdmin
from kb.admin.inlines import EDITOR
from kb.models.article import Part


@admin.register(
    models.Section,
    models.FixTime,
    models.Cause,
    models.RiskFactor,
    models.Lookalike,
    models.Sign,
    models.Observation,
    models.RepairStep,
    models.CostEstimate,
    models.Related,
    models.Source,
)
class PartAdmin(DeskAdmin):
    list_display = ("__str__", "article")
    list_select_related = ("article",)
    search_fields = ("article__slug", "article__title")
    formfield_overrides = EDITOR

    @override
    def article_of(self, row: Part) -> models.Article:
        return row.article

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # a part is added on its article's page, where its neighbors can be seen
