from collections.abc import Sequence
from typing import Any, override

from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm, InlineAdminFormSet
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from kb.admin.inlines import EDITOR, IN_READING_ORDER
from kb.admin.problems import Complaint, complaints, put_beside_fields
from kb.edition import current
from kb.models import Article
from kb.problems import errors
from kb.publishing import PublishRefused, check, publish


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    """The desk copy of an article with all its parts, and the way to publish it."""

    list_display = ("__str__", "kind", "state", "reviewed_on", "owner", "unresolved_links")
    list_filter = ("kind", "owner")
    search_fields = ("code", "slug", "title", "aliases")
    date_hierarchy = "reviewed_on"
    actions = ("publish_selected",)
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
    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        return super().get_queryset(request).select_related("entry__revision")

    @admin.display(description="state")
    def state(self, article: Article) -> str:
        entry = getattr(article, "entry", None)
        return f"live, revision {entry.revision.number}" if entry else "draft"

    @override
    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changelist = super().get_changelist_instance(request)
        published = current().entries.keys()
        for article in changelist.result_list:
            article.published = published  # asked once for all rows
        return changelist

    @admin.display(description="links to what is not published")
    def unresolved_links(self, article: Any) -> str:
        entry = getattr(article, "entry", None)
        return ", ".join(sorted(set(entry.links) - article.published)) if entry else ""

    @admin.action(description="Publish the selected articles together", permissions=["publish"])
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self._publish(request, list(queryset))

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Whether this person may put articles before readers."""
        return request.user.has_perm("kb.publish_article")

    @override
    def response_add(self, request: HttpRequest, obj: Article, post_url_continue: str | None = None) -> HttpResponse:
        return self._respond(request, obj) or super().response_add(request, obj, post_url_continue)

    @override
    def response_change(self, request: HttpRequest, obj: Article) -> HttpResponse:
        return self._respond(request, obj) or super().response_change(request, obj)

    def _respond(self, request: HttpRequest, article: Article) -> HttpResponse | None:
        """Answer “Save and check” and “Save and publish”. The desk copy is saved by now, so a refusal loses nothing."""
        if "_check" not in request.POST and "_publish" not in request.POST:
            return None
        page = reverse("admin:kb_article_change", args=[article.pk])
        if "_publish" in request.POST:
            if not self.has_publish_permission(request):
                raise PermissionDenied
            if self._publish(request, [article]):
                return HttpResponseRedirect(page)
        return HttpResponseRedirect(f"{page}?check=1")

    def _publish(self, request: HttpRequest, articles: Sequence[Article]) -> bool:
        try:
            revisions = publish(articles, by=request.user, now=timezone.now())  # type: ignore[arg-type]  # signed in, or there is no admin
        except PublishRefused as refused:
            for identity, found in refused.problems.items():
                count = len(found)
                messages.error(
                    request,
                    f"Saved, but not published: {identity} has {count} fault{'s' * (count != 1)}."
                    " Readers still see what they saw before."
                    + "".join(f" • {problem}" for problem in found if len(articles) > 1),
                )
            return False
        if revisions:
            names = ", ".join(str(revision) for revision in revisions)
            messages.success(request, f"Published: {names}. Readers see it now.")
        else:
            messages.info(request, "Nothing to publish: readers see exactly this already.")
        return True

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
        context["live_url"] = _live_url(obj)
        if obj is not None and "check" in request.GET and request.method == "GET":
            context |= _checked(obj, context["adminform"], context["inline_admin_formsets"])
        return super().render_change_form(request, context, add, change, form_url, obj)


def _live_url(article: Article | None) -> str:
    entry = current().entries.get(article.slug) if article else None
    return entry.url if entry else ""


def _checked(article: Article, form: AdminForm, formsets: Sequence[InlineAdminFormSet]) -> dict[str, Any]:
    """What the check found: everything as a list, and each fault beside its field."""
    problems = next(iter(check([article], now=timezone.now()).values()))
    put_beside_fields(errors(problems), form, formsets)
    found: list[Complaint] = complaints(article, problems, formsets)
    return {"was_checked": True, "complaints": found, "fault_count": len(errors(problems))}
