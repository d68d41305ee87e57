"""Home, the error and guide pages, and the pages about the site."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import is_valid_path, reverse
from django.utils.encoding import escape_uri_path

from kb.addresses import step_address
from kb.document import Document, Kind
from kb.drawing import diagram
from kb.edition import CurrentEdition
from kb.entry import Entry
from kb.flow import Option
from kb.jsonld import article_graph
from kb.markdown import Renderer
from kb.presentation import addresses_of, drawing_of, outline_of
from kb.serving.reader import CACHE_CONTROL, forget_cookies, lasting_page, published, reader_page


@reader_page
def home(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    chooser = edition.chooser
    document = edition.document(chooser.identity) if chooser else None
    context = {
        "errors": edition.of_kind(Kind.ERROR),
        "guides": edition.of_kind(Kind.GUIDE),
        "doors": _doors(document) if document else [],
    }
    return render(request, "kb/home.html", context)


def _doors(chooser: Document) -> list[tuple[Option, str]]:
    """The first answers of the chooser, each with the address it leads to."""
    flow = chooser.flow
    if flow is None or flow.start not in flow.by_key:
        return []
    return [
        (
            option,
            step_address(chooser.identity, flow, option.to, ((flow.start, option.key),), is_chooser=True),
        )
        for option in flow.by_key[flow.start].options
    ]


@reader_page
def errors(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    return render(request, "kb/errors.html", {"errors": edition.of_kind(Kind.ERROR), "current": "errors"})


@reader_page
def guides(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    return render(request, "kb/guides.html", {"guides": edition.of_kind(Kind.GUIDE), "current": "guides"})


@lasting_page(lambda edition, kind, identity: edition.ingredients(identity))
def article(request: HttpRequest, edition: CurrentEdition, kind: Kind, identity: str) -> HttpResponse:
    """An error article or a guide; an alias or other capitals redirect to its one address."""
    entry = published(edition, identity)
    if entry.kind is not kind:
        raise Http404
    if entry.identity != identity:
        return HttpResponsePermanentRedirect(entry.url)
    document = edition.document(identity)
    if document is None:
        raise Http404
    return render(request, f"kb/{kind}.html", article_context(document, entry, edition))


def article_context(document: Document, entry: Entry, edition: CurrentEdition) -> dict[str, Any]:
    """What the article templates show, from one document and the lists of its edition."""
    return {
        "document": document,
        "parts": {section.key.replace("-", "_"): section for section in document.sections},
        "entry": entry,
        "current": f"{document.kind}s",
        "prose": Renderer(edition.resolve(document), document.source_numbers),
        **flow_context(document, edition),
        **_diagram_context(document),
        "lookalikes": [(row, edition.entries.get(row.error.lower())) for row in document.lookalikes],
        "related": [(row, edition.entries.get(row.target.lower())) for row in document.related],
        "backlinks": edition.backlinks(document.identity),
        "files": {suffix: entry.file(suffix) for suffix in ("md", "json", "png")},
        "linked_data": linked_data(document, entry),
    }


def flow_context(document: Document, edition: CurrentEdition) -> dict[str, Any]:
    """The article's flow, drawn and as a list, each node linked into the triage."""
    if document.flow is None:
        return {}
    addresses = addresses_of(document, document.flow, edition)
    return {
        "drawing": drawing_of(document, document.flow, edition, addresses=addresses),
        "outline": outline_of(document, document.flow, edition, addresses=addresses),
    }


def _diagram_context(document: Document) -> dict[str, Any]:
    if not document.diagram:
        return {}
    stations = diagram.parse(document.diagram)
    return {"diagram": diagram.drawn(stations), "diagram_in_words": diagram.in_words(stations)}


def linked_data(document: Document, entry: Entry) -> dict[str, Any]:
    """What the article's page tells search engines."""
    site = settings.SITE_URL
    index = "Guides" if document.kind is Kind.GUIDE else "Errors"
    return article_graph(
        document,
        headline=entry.link_title,
        url=f"{site}{entry.url}",
        image=f"{site}{entry.file('png')}",
        published_on=entry.published_on,
        site=(settings.SITE_NAME, site),
        crumbs=[
            ("Home", f"{site}/"),
            (index, f"{site}{reverse(f'kb:{document.kind}s')}"),
            (document.name, f"{site}{entry.url}"),
        ],
    )


@reader_page
def short(request: HttpRequest, edition: CurrentEdition, name: str) -> HttpResponse:
    """`/e/102`, and every alias, leads to its article for good."""
    return HttpResponsePermanentRedirect(published(edition, name).url)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for an address that leads nowhere; like all readers' pages it sets no cookie.

    An address that only has capitals, or a slash too many or too few, leads to the right one for good.
    """
    forget_cookies(request)
    if request.resolver_match is None and (path := _put_right(request.path)):
        query = request.META.get("QUERY_STRING", "")
        response = HttpResponsePermanentRedirect(escape_uri_path(path) + (f"?{query}" if query else ""))
        response.headers["Cache-Control"] = CACHE_CONTROL
        return response
    return render(request, "404.html", status=404)


def _put_right(path: str) -> str:
    """The path that was meant, or nothing."""
    small = path.lower()
    meant = (path.rstrip("/"), small, f"{small}/", small.rstrip("/"))
    return next((other for other in meant if other.startswith("/") and other != path and is_valid_path(other)), "")


@reader_page
def about(request: HttpRequest, edition: CurrentEdition, name: str) -> HttpResponse:
    return render(request, f"kb/{name}.html", {"edition": edition})
