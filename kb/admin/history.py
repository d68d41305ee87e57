"""What was published of an article, by whom and why; and what differs between any two versions."""

from typing import Any, override

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from kb.desk import read_document
from kb.differences import differences
from kb.document import Document
from kb.models import Article, EditionEntry, Revision
from kb.numbers import positive

DESK = "desk"
REVISIONS_SHOWN = 200


class History(admin.ModelAdmin):
    """The pages “History” and “Compare”."""

    @override
    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_safe(self.compare_view))
        return [path("<int:pk>/compare/", page, name="kb_article_compare"), *super().get_urls()]

    @override
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        number = positive(unquote(object_id))
        revisions = (
            Revision.objects.filter(article_id=number)
            .select_related("published_by", "article")
            .defer("text")[:REVISIONS_SHOWN]
            if number
            else ()
        )
        live = EditionEntry.objects.filter(article_id__in={revision.article_id for revision in revisions}).first()
        context = {"revisions": revisions, "live_id": live.revision_id if live else None}
        return super().history_view(request, object_id, (extra_context or {}) | context)

    def compare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Two versions side by side: revisions by their numbers, or the desk copy. As a rule live against desk."""
        article = get_object_or_404(Article.objects.select_related("entry__revision"), pk=pk)
        if not self.has_view_permission(request, article):
            raise PermissionDenied
        entry = getattr(article, "entry", None)
        left, left_name = _version(
            article, request.GET.get("from", "") or (str(entry.revision.number) if entry else DESK)
        )
        right, right_name = _version(article, request.GET.get("to", "") or DESK)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"What changed: {article}",
            "original": article,
            "is_draft": entry is None and "from" not in request.GET,
            "differences": differences(left, right),
            "left_name": left_name,
            "right_name": right_name,
        }
        return TemplateResponse(request, "admin/kb/article/compare.html", context)


def _version(article: Article, name: str) -> tuple[Document, str]:
    """A version by its name in the address, and its name in words. Raises Http404."""
    if name == DESK:
        return read_document(article), "Desk copy"
    revision = get_object_or_404(Revision, article=article, number=positive(name))
    return revision.document, f"Revision {revision.number}"
