"""How the list of articles tells which of them need somebody."""

from datetime import timedelta
from typing import Any, override

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from kb.admin.todo import FEEDBACK_OF, piles, unresolved_links
from kb.edition import current
from kb.models import Article, Feedback

SOON = timedelta(days=30)
NOBODY = "-"


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Article.State.choices)

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() in Article.State.values else queryset


class ReviewFilter(admin.SimpleListFilter):
    title = "review"
    parameter_name = "review"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", "Overdue"), ("soon", f"Due within {SOON.days} days")]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.now().date()
        match self.value():
            case "overdue":
                return queryset.filter(desk__review_due_on__lte=today)
            case "soon":
                return queryset.filter(desk__review_due_on__gt=today, desk__review_due_on__lte=today + SOON)
            case _:
                return queryset


class NeedsFilter(admin.SimpleListFilter):
    title = "needs"
    parameter_name = "needs"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("links", "Unresolved links"), ("flow", "Flow with warnings")]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "links":
                return queryset.filter(pk__in=[article_id for article_id, _ in unresolved_links(current())])
            case "flow":
                return queryset.filter(desk__flow_warnings__gt=0)
            case _:
                return queryset


class OwnerFilter(admin.SimpleListFilter):
    title = "owner"
    parameter_name = "owner"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        owners = Article.objects.order_by("owner").values_list("owner", flat=True).distinct()
        return [(owner or NOBODY, owner or "Nobody") for owner in owners]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        owner = self.value()
        return queryset if owner is None else queryset.filter(owner="" if owner == NOBODY else owner)


class ArticleColumns(admin.ModelAdmin):
    """The columns of the list. Each row costs no query of its own."""

    list_display = ("name", "heading", "state", "review", "owner", "unresolved", "flow_warnings", "helpful")
    list_display_links = ("name", "heading")
    list_filter = (StateFilter, ReviewFilter, NeedsFilter, OwnerFilter, "kind")
    list_per_page = 100
    search_fields = ("code", "slug", "title", "aliases", "owner")

    @override
    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_safe(self.todo_view))
        return [path("todo/", page, name="kb_article_todo"), *super().get_urls()]

    def todo_view(self, request: HttpRequest) -> HttpResponse:
        """What waits for an editor."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "To do",
            "piles": piles(timezone.now(), with_searches=request.user.has_perm("kb.view_searchmiss")),
        }
        return TemplateResponse(request, "admin/kb/article/todo.html", context)

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        told = Feedback.objects.filter(
            article=OuterRef("pk"), part="", created_at__gte=timezone.now() - FEEDBACK_OF
        ).values("article")
        return (
            Article.objects.with_state()
            .select_related("entry__revision", "desk", "scheduled")
            .annotate(
                yes=Coalesce(Subquery(told.annotate(n=Count("pk", filter=Q(verdict="yes"))).values("n")), 0),
                told=Coalesce(
                    Subquery(told.annotate(n=Count("pk", filter=Q(verdict__in=("yes", "no")))).values("n")), 0
                ),
            )
            .order_by(*(self.get_ordering(request) or ("kind", "slug")))
        )

    @admin.display(description="code", ordering="code")
    def name(self, article: Article) -> str:
        return article.code or article.get_kind_display()

    @admin.display(description="title", ordering="title")
    def heading(self, article: Article) -> str:
        return article.title

    @admin.display(description="state", ordering="state")
    def state(self, article: Any) -> str:
        match article.state:
            case Article.State.SCHEDULED if article.scheduled.refusal:
                return "Scheduled, but refused when its time came"
            case Article.State.SCHEDULED:
                return f"Scheduled for {date_format(article.scheduled_at, 'M j, Y, H:i')} UTC"
            case Article.State.LIVE | Article.State.CHANGED:
                return f"{Article.State(article.state).label}, revision {article.entry.revision.number}"
            case _:
                return Article.State(article.state).label

    @admin.display(description="review due", ordering="desk__review_due_on")
    def review(self, article: Article) -> str:
        due = article.desk.review_due_on
        words = date_format(due, "M j, Y")
        if due > timezone.now().date():
            return words
        return format_html('<strong class="overdue">Overdue since {}</strong>', words)

    @override
    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        changelist = super().get_changelist_instance(request)
        missing = dict(unresolved_links(current()))
        for article in changelist.result_list:
            article.missing = missing.get(article.pk, [])  # asked once for all rows
        return changelist

    @admin.display(description="unresolved links")
    def unresolved(self, article: Any) -> str:
        return ", ".join(article.missing)

    @admin.display(description="flow warnings", ordering="desk__flow_warnings")
    def flow_warnings(self, article: Article) -> str:
        return str(article.desk.flow_warnings or "")

    @admin.display(description="helped")
    def helpful(self, article: Any) -> str:
        """Of those who said yes or no in the last 90 days."""
        return f"{article.yes} of {article.told}" if article.told else ""
