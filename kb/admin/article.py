from collections.abc import Sequence
from typing import Any, override

from django.contrib import admin
from django.contrib.admin.helpers import AdminForm, InlineAdminFormSet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from kb.admin.article_list import ArticleColumns
from kb.admin.desk import DeskAdmin
from kb.admin.export import Export
from kb.admin.going_live import GoingLive, publish_form
from kb.admin.history import History
from kb.admin.inlines import EDITOR, IN_READING_ORDER
from kb.admin.linking import Links
from kb.admin.live_check import LiveCheck
from kb.admin.problems import Complaint, complaints, put_beside_fields
from kb.admin.upload import Upload
from kb.draft import preview_address
from kb.edition import current
from kb.models import Article, DeskEntry, PreviewLink, Scheduled
from kb.problems import errors
from kb.publishing import check

_GO_ALONG = (DeskEntry, PreviewLink, Scheduled)
"""Tables that nobody changes by hand. An article that was ever published is kept by its revisions."""


@admin.register(Article)
class ArticleAdmin(GoingLive, History, Export, Upload, LiveCheck, ArticleColumns, DeskAdmin):
    """The desk copy of an article with all its parts, and the way to readers."""

    actions = (*GoingLive.actions, *Export.actions)
    inlines = IN_READING_ORDER
    formfield_overrides = EDITOR
    save_on_top = True
    fieldsets = (
        (None, {"fields": ("kind", ("code", "slug"), "aliases", "title", "description", "summary")}),
        ("Review", {"fields": (("reviewed_on", "review_every"), "owner")}),
        ("Fast fix", {"fields": (("fast_fix_time", "fast_fix_source"),)}),
        (
            "At a glance",
            {"fields": ("data_risk", "data_risk_text", "reach", "reach_text", "trigger", "trigger_text")},
        ),
        ("Diagram", {"fields": ("diagram", "diagram_caption")}),
        ("Cost of delay", {"fields": ("delay_today", "delay_week")}),
        ("This error’s own row among look-alikes", {"fields": ("fault", "sign")}),
    )

    @override
    def get_urls(self) -> list[URLPattern]:
        return [path("links/", Links.as_view(), name="kb_article_links"), *super().get_urls()]

    @override
    def article_of(self, row: Article) -> Article:
        return row

    @override
    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What only tells where a draft stands goes with it, and needs no permission of its own."""
        deleted, counts, missing, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, missing - {model._meta.verbose_name for model in _GO_ALONG}, protected

    @override
    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Article | None = None,
    ) -> HttpResponse:
        context["has_publish_permission"] = self.has_publish_permission(request)
        context["publish_form"] = publish_form(request)
        if obj is not None:
            context |= _surroundings(obj)
        if obj is not None and "check" in request.GET and request.method == "GET":
            context |= _checked(obj, context["adminform"], context["inline_admin_formsets"])
        return super().render_change_form(request, context, add, change, form_url, obj)


def _surroundings(article: Article) -> dict[str, Any]:
    """Where the article stands: live, scheduled, withdrawn, and who may preview it."""
    entry = next((entry for entry in current().entries.values() if entry.article_id == article.pk), None)
    links = PreviewLink.objects.open(timezone.now()).filter(article=article).select_related("made_by", "article")
    return {
        "live_url": entry.url if entry else "",
        "scheduled": getattr(article, "scheduled", None),
        "withdrawal": getattr(article, "withdrawal", None),
        "preview_links": [(link, preview_address(link)) for link in links],
    }


def _checked(article: Article, form: AdminForm, formsets: Sequence[InlineAdminFormSet]) -> dict[str, Any]:
    """What the check found: everything as a list, and each fault beside its field."""
    problems = next(iter(check([article], now=timezone.now()).values()))
    put_beside_fields(errors(problems), form, formsets)
    found: list[Complaint] = complaints(article, problems, formsets)
    return {"was_checked": True, "complaints": found, "fault_count": len(errors(problems))}
