"""Articles as files, from the list of articles: one as a document, several or all as a zip."""

from collections.abc import Sequence
from typing import Any, override

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from kb import exporting
from kb.models import Article


class Export(admin.ModelAdmin):
    """The actions that export, and “Export everything”."""

    actions: tuple[str, ...] = ("export_live", "export_desk")

    @override
    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_safe(self.export_view))
        return [path("export/", page, name="kb_article_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Everything that readers see, in one zip."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return _as_zip(list(exporting.live()))

    @admin.action(description="Export as documents: what readers see", permissions=["view"])
    def export_live(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        articles = Article.objects.filter(pk__in=[article.pk for article in queryset])
        exports = list(exporting.live(articles))
        if len(exports) < len(articles):
            count = len(articles) - len(exports)
            messages.warning(request, f"Left out because never published, or taken back: {count} of {len(articles)}.")
        return _as_file(exports) if exports else None

    @admin.action(description="Export as documents: the desk copies", permissions=["view"])
    def export_desk(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return _as_file(list(exporting.on_the_desk(queryset)))


def _as_file(exports: Sequence[exporting.Export]) -> HttpResponse:
    """One document by itself, several in a zip."""
    if len(exports) > 1:
        return _as_zip(exports)
    return _download(exports[0].content, "text/markdown; charset=utf-8", exports[0].name)


def _as_zip(exports: Sequence[exporting.Export]) -> HttpResponse:
    return _download(exporting.zipped(exports), "application/zip", f"articles-{timezone.now():%Y-%m-%d}.zip")


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition})
