"""The API for articles and search. It is only read; `openapi.yaml` beside this package's modules describes it."""

import sys
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from django.urls import resolve, reverse
from django.views import defaults

from kb.api import Refused, api_page, data, problem
from kb.document import Kind
from kb.edition import CurrentEdition
from kb.entry import Entry
from kb.faces import as_data
from kb.finding.search import find
from kb.numbers import positive
from kb.serving.away import is_away, put_off
from kb.serving.reader import published
from kb.views.files import standing_of

PER_PAGE = 100
LONGEST_NUMBER = 6  # digits of a page's number
KINDS = (Kind.ERROR, Kind.GUIDE)
ROOT = "/api/"


@api_page
def start(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    return HttpResponseRedirect(reverse("kb:api-description"))


@api_page
def description(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """The OpenAPI document, with this site's name and address in it."""
    document = _description()
    info = {**document["info"], "title": f"{settings.SITE_NAME} API"}
    return data({**document, "info": info, "servers": [{"url": settings.SITE_URL}]})


@cache
def _description() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((Path(__file__).parents[1] / "openapi.yaml").read_text())
    return read


@api_page
def articles(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """Errors by number, then guides by title, a hundred at a time."""
    kinds = _kinds_in(request)
    found = [entry for kind in kinds for entry in edition.of_kind(kind)]
    number, last = _page_in(request), max(1, -(-len(found) // PER_PAGE))
    if number > last:
        raise Refused(HTTPStatus.NOT_FOUND, f"The last page is {last}.")
    query = {"kind": kinds[0].value} if len(kinds) == 1 else {}
    return data(
        {
            "count": len(found),
            "next": _page_address(query, number + 1) if number < last else None,
            "previous": _page_address(query, number - 1) if number > 1 else None,
            "results": [listed(entry) for entry in found[(number - 1) * PER_PAGE : number * PER_PAGE]],
        }
    )


def _kinds_in(request: HttpRequest) -> tuple[Kind, ...]:
    asked = request.GET.get("kind")
    if asked is None:
        return KINDS
    if asked not in KINDS:
        raise Refused(HTTPStatus.BAD_REQUEST, f"kind is one of: {', '.join(KINDS)}.")
    return (Kind(asked),)


def _page_in(request: HttpRequest) -> int:
    number = positive(request.GET.get("page", "1"), digits=LONGEST_NUMBER)
    if number is None:
        raise Refused(HTTPStatus.BAD_REQUEST, "page is a whole number from 1.")
    return number


def _page_address(query: dict[str, str], number: int) -> str:
    return f"{settings.SITE_URL}{reverse('kb:api-articles')}?{urlencode({**query, 'page': number})}"


@api_page
def article(request: HttpRequest, edition: CurrentEdition, identity: str) -> HttpResponse:
    """One article whole; other names lead to the one that it has."""
    entry = published(edition, identity)
    document = edition.document(entry.identity)
    if document is None or entry.kind not in KINDS:
        raise Http404
    if entry.identity != identity:
        return HttpResponsePermanentRedirect(reverse("kb:api-article", args=[entry.identity]))
    return data(as_data(document, standing_of(entry)))


@api_page
def search(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """Articles by code, exactly; then by words. Codes without an article are said to have none.

    Kept as the page of the search is: only answers to known codes.
    """
    if "q" not in request.GET:
        raise Refused(HTTPStatus.BAD_REQUEST, "Say what to search for: q is missing.")
    found = find(request.GET["q"], edition)
    results = [
        *({"matched": "code", **listed(answer.entry)} for answer in found.by_code),
        *({"matched": "words", **listed(result.entry)} for result in found.by_words),
    ]
    unknown = [unknown.code for unknown in found.unknown]
    response = data({"query": found.query.text, "unknown_codes": unknown, "results": results})
    if request.GET.keys() - {"q"} or not found.is_about_known_codes:
        response.headers["Cache-Control"] = "no-store"
    return response


def listed(entry: Entry) -> dict[str, Any]:
    """What a list says of an article, and where the rest of it is."""
    site = settings.SITE_URL
    return {
        "identity": entry.identity,
        "kind": entry.kind,
        "code": entry.code,
        "name": entry.name,
        "title": entry.title,
        "description": entry.description,
        "data_risk": entry.data_risk or None,
        "reviewed_on": entry.reviewed_on,
        "revision": entry.revision,
        "published_on": entry.published_on,
        "url": f"{site}{entry.url}",
        "article": f"{site}{reverse('kb:api-article', args=[entry.identity])}",
        "triage": f"{site}{reverse('triage:api-walk', args=[entry.identity])}" if entry.has_flow else None,
    }


@api_page
def elsewhere(request: HttpRequest, edition: CurrentEdition, rest: str) -> HttpResponse:
    """Any other address below the API's root: the one that was meant, or nothing."""
    meant = f"{request.path.lower().rstrip('/')}/"
    if meant != request.path and resolve(meant).url_name != "api-elsewhere":
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(meant + (f"?{query}" if query else ""))
    raise Http404


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer when we are at fault: a page, but JSON where nothing else is spoken."""
    if is_away(sys.exc_info()[1]):
        return put_off(request)
    if request.path.startswith(ROOT):
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "The fault is on our side. Try again in a minute.")
    return defaults.server_error(request)
