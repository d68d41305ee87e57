"""Whole pages kept in memory, in front of everything else: a WSGI application around the site's own.

A reader's page is a function of the edition and its address, so it is made once. What may be kept, the page itself says
by `keep`; all other answers pass through untouched. A page is found by host, scheme, path, query and encoding, and by
nothing else a request holds. The application has checked the host when it made the page: to a host that it refuses
there is no page. Whoever may be signed in is asked for nothing here: requests with a session go through.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from kb.serving.encodings import preferred_encoding
from kb.serving.lru import LRUCache

LONGEST_ADDRESS = 500  # characters; longer ones are nobody's bookmark
HEADERS_WEIGH = 3_000  # bytes, about, for the headers of a page, its key and the bookkeeping
ROUTE, CACHE = "feeds.route", "feeds.cache"
"""Notes in the environment of a request: the name of the view that made the page, and “hit” for a kept one."""
_KEPT = "kb.kept_page"
_STATUSES = ("200 ", "301 ", "302 ")
_OF_BODY = {"content-type", "content-length", "content-encoding", "content-disposition"}
_encoding = lru_cache(256)(preferred_encoding)

type Headers = list[tuple[str, str]]
type Key = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Wish:
    """What a page says of itself: the edition it was made of, and whether its query plays a part."""

    edition: str
    reads_query: bool


@dataclass(frozen=True)
class KeptPage:
    """An answer as it was sent."""

    wish: Wish
    status: str
    headers: Headers
    body: bytes
    etag: str
    route: str

    @property
    def weight(self) -> int:
        return len(self.body) + HEADERS_WEIGH

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[ROUTE], environ[CACHE] = self.route, "hit"
        asked = environ.get("HTTP_IF_NONE_MATCH")
        if asked and self.etag and _matches(asked, self.etag):
            start_response("304 Not Modified", [pair for pair in self.headers if pair[0].lower() not in _OF_BODY])
            return []
        start_response(self.status, list(self.headers))
        return [self.body] if environ["REQUEST_METHOD"] == "GET" else []


def keep(environ: WSGIEnvironment, *, edition: str, reads_query: bool) -> None:
    """Allow the answer to this request to be kept until the edition moves on."""
    environ[_KEPT] = Wish(edition, reads_query)


class PageCache:
    """The pages of one process. What was asked for longest ago goes first when they weigh more than `most_bytes`.

    `edition` names the edition that the process knows of, None while there is none. Where the site believes a proxy on
    it, `scheme_header` is the header that tells the scheme.
    """

    def __init__(
        self,
        application: WSGIApplication,
        *,
        edition: Callable[[], str | None],
        session_cookie: str,
        scheme_header: str | None = None,
        most_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self._application = application
        self._edition = edition
        self._session_cookie = f"{session_cookie}="
        self._scheme_header = scheme_header or "wsgi.url_scheme"
        self.pages: LRUCache[Key, KeptPage] = LRUCache(most_bytes, lambda page: page.weight)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or self._session_cookie in environ.get("HTTP_COOKIE", ""):
            return self._application(environ, start_response)
        key = self._key(environ)
        page = self._find(key)
        if page is None:
            return self._ask(key, environ, start_response)
        return page.answer(environ, start_response)

    def _key(self, environ: WSGIEnvironment) -> Key:
        host = environ.get("HTTP_HOST") or f"{environ.get('SERVER_NAME')}:{environ.get('SERVER_PORT')}"
        return (
            host,
            environ.get(self._scheme_header, ""),
            environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""),
            environ.get("QUERY_STRING", ""),
            _encoding(environ.get("HTTP_ACCEPT_ENCODING", "")),
        )

    def _find(self, key: Key) -> KeptPage | None:
        edition = self._edition()
        for candidate in (key, _without_query(key)):
            page = self.pages.get(candidate)
            if page is None or (candidate is not key and page.wish.reads_query):
                continue
            if page.wish.edition == edition:
                return page
            self.pages.drop(candidate)
        return None

    def _ask(self, key: Key, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        said: tuple[str, Headers] = "", []

        def note(status: str, headers: Headers, exc_info: Any = None, /) -> Callable[[bytes], object]:
            nonlocal said
            said = status, headers
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        environ.pop(_KEPT, None)
        answer = self._application(environ, note)
        wish, (status, headers) = environ.get(_KEPT), said
        is_public = status.startswith(_STATUSES) and all(name.lower() != "set-cookie" for name, _ in headers)
        if not (isinstance(wish, Wish) and is_public and environ["REQUEST_METHOD"] == "GET"):
            return answer
        try:
            body = b"".join(answer)
        finally:
            if close := getattr(answer, "close", None):
                close()
        etag = next((value for name, value in headers if name.lower() == "etag"), "")
        self._put(key, KeptPage(wish, status, list(headers), body, etag, environ.get(ROUTE, "")))
        return [body]

    def _put(self, key: Key, page: KeptPage) -> None:
        if sum(map(len, key)) <= LONGEST_ADDRESS:
            self.pages.put(key if page.wish.reads_query else _without_query(key), page)


def _without_query(key: Key) -> Key:
    host, scheme, path, _, encoding = key
    return host, scheme, path, "", encoding


def _matches(asked: str, etag: str) -> bool:
    """Compare as RFC 9110, section 13.1.2 has it for If-None-Match: weakly, any of a list."""
    bare = etag.removeprefix("W/")
    return asked.strip() == "*" or any(one.strip().removeprefix("W/") == bare for one in asked.split(","))
