"""`/sitemap.xml`: every page that search engines should know, with the day of its last change.

Django's own framework is not used: it takes the site's name from the request, where ours stands in a setting, and it
keeps an index apart from the only sitemap that most sites need.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import batched, chain
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from kb.document import Kind
from kb.edition import CurrentEdition
from kb.reader import reader_page
from kb.views.compare import pair_address

PER_FILE = 10_000
_XML = "application/xml; charset=utf-8"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


@dataclass(frozen=True)
class Page:
    """A path, and the day of its last change; no day for pages that change with the site's code only."""

    path: str
    changed_on: str = ""


@reader_page
def sitemap(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """All pages, or an index of the files that list them when there are too many for one."""
    pages = list(pages_of(edition))
    if len(pages) <= PER_FILE:
        return HttpResponse(_listing("urlset", "url", pages), content_type=_XML)
    files = [
        Page(reverse("kb:sitemap-part", args=[number]), max(page.changed_on for page in part))
        for number, part in enumerate(batched(pages, PER_FILE), start=1)
    ]
    return HttpResponse(_listing("sitemapindex", "sitemap", files), content_type=_XML)


@reader_page
def sitemap_part(request: HttpRequest, edition: CurrentEdition, number: int) -> HttpResponse:
    """One of the files that the index names."""
    pages = list(pages_of(edition))
    part = pages[(number - 1) * PER_FILE : number * PER_FILE] if number > 0 else []
    if not part or len(pages) <= PER_FILE:
        raise Http404
    return HttpResponse(_listing("urlset", "url", part), content_type=_XML)


def pages_of(edition: CurrentEdition) -> Iterator[Page]:
    """Indexes, articles with their triage, look-alikes side by side, and the pages about the site."""
    errors, guides = edition.of_kind(Kind.ERROR), edition.of_kind(Kind.GUIDE)
    newest = max((entry.published_on for entry in edition.entries.values()), default="")
    for name in ("home", "errors", "guides", "compare"):
        yield Page(reverse(f"kb:{name}"), newest)
    chooser = edition.chooser
    yield Page(reverse("triage:choose"), chooser.published_on if chooser else newest)
    for entry in chain(errors, guides):
        yield Page(entry.url, entry.published_on)
        if entry.has_flow:
            yield Page(entry.triage_url, entry.published_on)
    yield from _pairs(edition)
    for name in ("about", "accessibility", "privacy"):
        yield Page(reverse(f"kb:{name}"))


def _pairs(edition: CurrentEdition) -> Iterator[Page]:
    """The comparisons that somebody looks for: of errors of which one names the other."""
    pairs = {
        pair_address(entry, other): max(entry.published_on, other.published_on)
        for entry in edition.of_kind(Kind.ERROR)
        for name in entry.lookalikes
        if (other := edition.find(name)) is not None and other.kind is Kind.ERROR and other != entry
    }
    yield from (Page(path, changed_on) for path, changed_on in pairs.items())


def _listing(root: str, item: str, pages: list[Page]) -> str:
    rows = [
        f"<{item}><loc>{escape(settings.SITE_URL + page.path)}</loc>"
        + (f"<lastmod>{page.changed_on}</lastmod>" if page.changed_on else "")
        + f"</{item}>\n"
        for page in pages
    ]
    return f'{_HEAD}<{root} xmlns="{_NAMESPACE}">\n{"".join(rows)}</{root}>\n'
