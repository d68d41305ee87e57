"""What editors see of the walks through their flows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, override

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from kb.admin.readonly import ReadOnlyAdmin
from kb.document import Document
from kb.drawing.flowchart import Chart, draw
from kb.edition import CurrentEdition, current
from kb.flow import Flow, Node, Outcome, Repair, title_of
from kb.models import Article, Revision
from kb.presentation import addresses_of, labels_of
from triage.fingerprint import content_hash
from triage.intervals import Tally
from triage.models import OutcomeReport, WalkCount
from triage.reports import NOTHING, Action, tallied
from triage.statistics import Path, Traffic, most_walked, traffic

REVISIONS_SHOWN = 30


@admin.register(WalkCount)
class WalkCountAdmin(ReadOnlyAdmin):
    """The counts day by day; and for each revision of a flow, a page that draws them on its map."""

    list_display = ("day", "article", "revision", "letters", "views", "on_the_map")
    list_display_links = None
    list_select_related = ("article",)
    list_filter = (("article", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("article__slug", "article__title")
    date_hierarchy = "day"

    @admin.display(description="walks")
    def on_the_map(self, count: WalkCount) -> str:
        address = reverse("admin:triage_walkcount_revision", args=[count.article_id, count.revision])
        return format_html('<a href="{}">All walks of revision {}</a>', address, count.revision)

    @override
    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_safe(self.walks))
        return [
            path("article/<int:article_id>/", page, name="triage_walkcount_article"),
            path("article/<int:article_id>/<int:number>/", page, name="triage_walkcount_revision"),
            *super().get_urls(),
        ]

    def walks(self, request: HttpRequest, article_id: int, number: int | None = None) -> HttpResponse:
        """The walks of one revision, the live one unless another is named."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        article = get_object_or_404(Article.objects.select_related("entry__revision"), pk=article_id)
        entry = getattr(article, "entry", None)
        live = entry.revision.number if entry else 0
        revision = get_object_or_404(Revision, article=article, number=live if number is None else number)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Walks: {article}",
            "subtitle": f"Revision {revision.number}",
            "article": article,
            "number": revision.number,
            "revisions": _revisions(article, live),
            **_walks_of(revision.document, article, revision.number),
        }
        return TemplateResponse(request, "admin/triage/walkcount/walks.html", context)


@admin.register(OutcomeReport)
class OutcomeReportAdmin(ReadOnlyAdmin):
    """What visitors reported, newest first. Who they are is not known, and not shown."""

    list_display = ("created_at", "article", "revision", "node", "verdict")
    list_filter = ("verdict", ("article", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("article",)
    date_hierarchy = "created_at"
    fields = ("created_at", "article", "revision", "node", "verdict", "replaced_at")


@dataclass(frozen=True)
class Choice:
    """A revision to choose."""

    number: int
    published_on: str
    begun: int
    is_live: bool


@dataclass(frozen=True)
class Row:
    """One node in the table."""

    title: str
    node: Node
    href: str
    traffic: Traffic
    reports: Tally | None


@dataclass(frozen=True)
class Told:
    """A path in words: each question with its answer, and the place where it ended."""

    walks: int
    answers: tuple[tuple[str, str], ...]
    end: str
    is_finished: bool


def _revisions(article: Article, live: int) -> list[Choice]:
    begun = WalkCount.objects.walks_begun(article.pk)
    newest = Revision.objects.filter(article=article).order_by("-number").values_list("number", "published_at")
    return [
        Choice(number, published_at.date().isoformat(), begun.get(number, 0), is_live=number == live)
        for number, published_at in newest[:REVISIONS_SHOWN]
    ]


def _walks_of(document: Document, article: Article, number: int) -> dict[str, Any]:
    """What the page shows of a revision's walks; nothing for one without a flow."""
    flow = document.flow
    if flow is None:
        return {"has_flow": False}
    edition = current()
    views = WalkCount.objects.views(article.pk, number)
    seen = traffic(flow, views)
    addresses = _addresses(document, flow, edition, article, number)
    chart = _chart(document, flow, edition, seen)
    titles = {step.key: step.title for step in document.steps}
    tallies = tallied(OutcomeReport.objects.standing().filter(article=article))
    return {
        "has_flow": True,
        "begun": views.get("", 0),
        "drawing": chart.linked(addresses),
        "rows": [
            Row(
                title_of(node, titles),
                node,
                addresses.get(node.key, ""),
                seen[node.key],
                _tally(tallies, article, document, node),
            )
            for node in (flow.by_key[box.key] for box in chart.boxes)  # in the order of the drawing
        ],
        "paths": [_in_words(found, titles) for found in most_walked(flow, views)],
    }


def _addresses(
    document: Document, flow: Flow, edition: CurrentEdition, article: Article, number: int
) -> Mapping[str, str]:
    """Where each node can be seen, on this revision. A revision of an earlier name of the article has no addresses."""
    entry = edition.entries.get(document.identity)
    if entry is None or entry.article_id != article.pk:
        return {}
    return addresses_of(document, flow, edition, revision=number)


def _chart(document: Document, flow: Flow, edition: CurrentEdition, seen: Mapping[str, Traffic]) -> Chart:
    labels = {
        key: replace(label, note=_note(flow.by_key[key], seen[key]))
        for key, label in labels_of(document, edition).items()
    }
    return draw(flow, labels=labels)


def _note(node: Node, seen: Traffic) -> str:
    return f"Reached {seen.reached:,}, stopped {seen.ended:,}" if node.options else f"Reached {seen.reached:,}"


def _tally(tallies: Mapping[Action, Tally], article: Article, document: Document, node: Node) -> Tally | None:
    """What was reported of this node in revisions that say the same there, up to now; None where nobody is asked."""
    if not isinstance(node, Repair | Outcome):
        return None
    return tallies.get((article.pk, node.key, content_hash(document, node)), NOTHING)


def _in_words(found: Path, titles: Mapping[str, str]) -> Told:
    answers = tuple((title_of(step.node, titles), step.option.label) for step in found.walk.taken)
    return Told(found.walks, answers, title_of(found.walk.end, titles), found.is_finished)
