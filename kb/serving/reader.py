"""What every reader's page has in common: a function of edition and address, public, compressed, with an ETag."""

import gzip
from collections.abc import Callable
from functools import update_wrapper, wraps
from typing import Concatenate

import brotli
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from kb.edition import CurrentEdition, Withdrawn
from kb.entry import Entry
from kb.serving.away import stays_up
from kb.serving.build import build
from kb.serving.encodings import PLAIN, preferred_encoding
from kb.serving.lru import LRUCache
from kb.serving.pagecache import HEADERS_WEIGH, keep
from kb.serving.watch import edition_for, stamp_of

CACHE_CONTROL = "public, max-age=0, must-revalidate"
SMALLEST = 500  # bytes; below this a compressed answer is no smaller
# The best brotli makes an article fit the first round trip, and takes 70 ms where level 5 takes 2. It is kept for
# addresses without a query: they are few, and pages are kept once they are made. A list of ten thousand articles would
# take it seconds.
BEST, QUICK = 11, 5
LARGEST_FOR_BEST = 250_000  # bytes
COMPRESSED_ALREADY = {"image/png"}

type ReaderView[**P] = Callable[Concatenate[HttpRequest, CurrentEdition, P], HttpResponse]
type ReaderPage[**P] = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
type Ingredients[**P] = Callable[Concatenate[CurrentEdition, P], str]


def reader_page[**P](view: ReaderView[P]) -> ReaderPage[P]:
    """Give `view` the current edition; make its answer cacheable, compressed and conditional.

    The view must not read cookies, the clock or anything else that is neither in the edition nor in the address; an
    answer that has to may say `no-store`, and is only compressed. It is shown no query, so that an address with a
    tracker's parameters is the same page: a view that reads one is a `queried_page`.
    """
    return _page(view, reads_query=False)


def queried_page[**P](view: ReaderView[P]) -> ReaderPage[P]:
    """A `reader_page` whose view reads the query."""
    return _page(view, reads_query=True)


def lasting_page[**P](ingredients: Ingredients[P]) -> Callable[[ReaderView[P]], ReaderPage[P]]:
    """A `reader_page` that is made when its ingredients change, and not with each edition.

    `ingredients` gets what the view gets, and names all that the page shows of the edition: wherever the name is the
    same, the page has to be the same. It is empty where there is no such page.
    """

    def decorate(view: ReaderView[P]) -> ReaderPage[P]:
        page = reader_page(_made_once(view, ingredients))
        vars(page)[_VIEW] = view  # to be shown other editions: drafts are not kept
        return page

    return decorate


_VIEW = "reader_view"
_made: LRUCache[tuple[str, str, str], HttpResponse] = LRUCache(
    settings.PAGE_CACHE_BYTES, lambda response: len(response.content) + HEADERS_WEIGH
)


def _made_once[**P](view: ReaderView[P], ingredients: Ingredients[P]) -> ReaderView[P]:
    @wraps(view)
    def made(request: HttpRequest, edition: CurrentEdition, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        name = ingredients(edition, *args, **kwargs)
        if not name or settings.DEBUG:  # where templates change meanwhile
            return view(request, edition, *args, **kwargs)
        key = (request.path, preferred_encoding(request.headers.get("Accept-Encoding", "")), name)
        response = _made.get(key)
        if response is None:
            response = view(request, edition, *args, **kwargs)
            if response.status_code == 200:
                _compress(request, response)
                _made.put(key, response)
        return HttpResponse(response.content, status=response.status_code, headers=response.headers)

    return made


def _page[**P](view: ReaderView[P], *, reads_query: bool) -> ReaderPage[P]:
    @csrf_exempt  # for the 405 of require_safe, which says more than “403, no token”: no POST reaches the view
    @require_safe
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        forget_cookies(request)
        if not reads_query:
            request.META["QUERY_STRING"] = ""
        edition = edition_for(request)
        etag = f'W/"{edition.number}-{edition.stamp}-{build()}"'
        if request.headers.get("If-None-Match", "*") != "*":  # which asks if there is a page, and only the view knows
            unchanged = get_conditional_response(request, etag=etag)
            if unchanged is not None and unchanged.status_code == 304:
                return _cacheable(HttpResponse(status=304), etag)
        try:
            response = view(request, edition, *args, **kwargs)
        except Gone as gone:
            response = gone_page(request, edition, gone.article)
        if response.headers.get("Cache-Control") == "no-store":
            _compress(request, response)
            patch_vary_headers(response, ["Accept-Encoding"])
            return response
        if response.status_code == 200:
            _compress(request, response)
            _cacheable(response, etag)
        elif response.status_code in {301, 302, 410}:
            response.headers["Cache-Control"] = CACHE_CONTROL
        if response.status_code == 200 or not reads_query:  # there is no end of queries that lead to another
            keep(request.META, edition=stamp_of(edition), reads_query=reads_query)
        return response

    update_wrapper(page, view)
    vars(page)[_VIEW] = view
    return stays_up(page)


def view_of(page: Callable[..., object]) -> ReaderView[...] | None:
    """The view behind a reader's page, to be shown another edition; None for what is no reader's page."""
    return getattr(page, _VIEW, None)


class Gone(Exception):
    """The article that was asked for was taken from readers."""

    def __init__(self, article: Withdrawn) -> None:
        self.article = article
        super().__init__(article.name)


def published(edition: CurrentEdition, name: str) -> Entry:
    """The published article of a name, in any capitals. Raises Http404, or Gone for one that was taken back."""
    entry = edition.find(name)
    if entry is not None:
        return entry
    if (withdrawn := edition.withdrawn(name)) is not None:
        raise Gone(withdrawn)
    raise Http404


def gone_page(request: HttpRequest, edition: CurrentEdition, article: Withdrawn) -> HttpResponse:
    """Say that an article was taken back, and which may help instead."""
    instead = [entry for name in article.instead if (entry := edition.find(name)) is not None]
    return render(request, "kb/gone.html", {"article": article, "instead": instead}, status=410)


def forget_cookies(request: HttpRequest) -> None:
    """Keep Django's middleware from answering a nonsense cookie with a new one, and so from varying on cookies."""
    vars(request).pop("session", None)
    request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)


def _cacheable(response: HttpResponse, etag: str) -> HttpResponse:
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["ETag"] = etag
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _compress(request: HttpRequest, response: HttpResponse) -> None:
    """Compress an answer that holds no secret (so that its length can tell none)."""
    if "Content-Encoding" in response.headers:
        return
    body = response.content
    encoding = preferred_encoding(request.headers.get("Accept-Encoding", ""))
    if encoding == PLAIN or len(body) < SMALLEST or response.headers["Content-Type"] in COMPRESSED_ALREADY:
        return
    is_quick = request.META.get("QUERY_STRING") or len(body) > LARGEST_FOR_BEST
    response.content = _compressed(body, encoding, QUICK if is_quick else BEST)
    response.headers["Content-Encoding"] = encoding


def _compressed(body: bytes, encoding: str, quality: int) -> bytes:
    if encoding == "br":
        compressed: bytes = brotli.compress(body, quality=quality)
        return compressed
    return gzip.compress(body, compresslevel=min(quality, 9), mtime=0)
