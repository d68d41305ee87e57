"""`/sitemap.xml`: every page that search engines should know, with the day of its last change.

Django's own framework is not used: it takes the site's name from the request, where ours stands in a setting, and it
keeps an index apart from the only sitemap that most sites need.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import batched, chain
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from kb.addresses import pair_address
from kb.document import Kind
from kb.edition import CurrentEdition
from kb.entry import Entry
from kb.serving.reader import reader_page

PER_FILE = 10_000
_XML = "application/xml; charset=utf-8"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


@dataclass(frozen=True)
class Page:
    """How to get the path of a page, and the day of its last change; no day where only the site's code changes it.

    The path is made when it is written: among a hundred thousand that takes seconds, and a file has a tenth of them.
    """

    path: Callable[[], str]
    changed_on: str = ""


@reader_page
def sitemap(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """All pages, or an index of the files that list them when there are too many for one."""
    pages = list(pages_of(edition))
    if len(pages) <= PER_FILE:
        return HttpResponse(_listing("urlset", "url", pages), content_type=_XML)
    files = [
        Page(partial(reverse, "kb:sitemap-part", args=[number]), max(page.changed_on for page in part))
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
    for name in ("kb:home", "kb:errors", "kb:guides", "triage:compare"):
        yield Page(partial(reverse, name), newest)
    chooser = edition.chooser
    yield Page(partial(reverse, "triage:choose"), chooser.published_on if chooser else newest)
    for entry in chain(errors, guides):
        yield Page(partial(getattr, entry, "url"), entry.published_on)
        if entry.has_flow:
            yield Page(partial(getattr, entry, "triage_url"), entry.published_on)
    for one, other in _look_alikes(edition, errors):
        yield Page(partial(pair_address, one.identity, other.identity), max(one.published_on, other.published_on))
    for name in ("about", "accessibility", "privacy"):
        yield Page(partial(reverse, f"kb:{name}"))


def _look_alikes(edition: CurrentEdition, errors: list[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """The pairs that somebody looks for: errors of which one names the other. Each pair once."""
    seen = set()
    for entry in errors:
        for name in entry.lookalikes:
            other = edition.find(name)
            if other is None or other.kind is not Kind.ERROR or other.identity == entry.identity:
                continue
            pair = frozenset((entry.identity, other.identity))
            if pair not in seen:
                seen.add(pair)
                yield entry, other


def _listing(root: str, item: str, pages: list[Page]) -> str:
    rows = [
        f"<{item}><loc>{escape(settings.SITE_URL + page.path())}</loc>"
        + (f"<lastmod>{page.changed_on}</lastmod>" if page.changed_on else "")
        + f"</{item}>\n"
        for page in pages
    ]
    return f'{_HEAD}<{root} xmlns="{_NAMESPACE}">\n{"".join(rows)}</{root}>\n'
