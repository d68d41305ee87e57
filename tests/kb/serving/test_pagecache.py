"""The page cache: by itself around a small application, and around the whole site."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.edition import current
from kb.serving.pagecache import HEADERS_WEIGH, LONGEST_ADDRESS, PageCache, keep
from kb.serving.watch import stamp_of
from tests.factories import an_error, publish_document


@dataclass
class Answer:
    status: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Application:
    """An application that counts how often it is asked, and wishes its pages to be kept."""

    status: str = "200 OK"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/plain", "ETag": 'W/"1"'})
    body: bytes = b"page"
    edition: str | None = "1"
    reads_query: bool = True
    asked: int = 0
    closed: int = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.asked += 1
        if self.edition:
            keep(environ, edition=self.edition, reads_query=self.reads_query)
        start_response(self.status, list(self.headers.items()))
        return Body(self)


@dataclass
class Body:
    application: Application

    def __iter__(self) -> Any:
        yield self.application.body

    def close(self) -> None:
        self.application.closed += 1


def cache_of(application: Any, **options: Any) -> PageCache:
    return PageCache(application, **{"edition": lambda: "1", "session_cookie": "sessionid", **options})


def ask(cache: PageCache, path: str = "/a/", query: str = "", method: str = "GET", **headers: str) -> Answer:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_HOST": "testserver",
        **headers,
    }
    setup_testing_defaults(environ)
    said: list[Any] = []
    answer = cache(environ, lambda status, headers, *_: said.extend((status, dict(headers))))
    try:
        body = b"".join(answer)
    finally:
        if close := getattr(answer, "close", None):
            close()
    return Answer(said[0], said[1], body)


def test_a_page_is_made_once_and_its_making_is_closed() -> None:
    application = Application()
    cache = cache_of(application)

    answers = [ask(cache) for _ in range(3)]

    assert answers == [Answer("200 OK", application.headers, b"page")] * 3
    assert (application.asked, application.closed) == (1, 1)


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/b/"},
        {"query": "x=1"},
        {"HTTP_HOST": "elsewhere"},
        {"HTTP_ACCEPT_ENCODING": "br"},
        {"SCRIPT_NAME": "/below"},
        {"wsgi.url_scheme": "https"},
    ],
)
def test_a_page_is_for_its_address_and_encoding_only(other: dict[str, str]) -> None:
    application = Application()
    cache = cache_of(application)

    ask(cache)
    ask(cache, **other)

    assert application.asked == 2


def test_a_page_that_reads_no_query_is_the_same_page_with_any() -> None:
    application = Application(reads_query=False)
    cache = cache_of(application)

    for query in ("utm_source=mail", "", "a=1&b=2"):
        ask(cache, query=query)

    assert application.asked == 1


@pytest.mark.parametrize(
    "application",
    [
        Application(edition=None),
        Application(status="404 Not Found"),
        Application(status="410 Gone"),
        Application(status="500 Internal Server Error"),
        Application(headers={"set-cookie": "a=b"}),
    ],
    ids=["not allowed", "missing", "gone", "failed", "cookie"],
)
def test_what_is_not_everybodys_page_is_not_kept(application: Application) -> None:
    cache = cache_of(application)

    ask(cache)
    ask(cache)

    assert application.asked == 2
    assert cache.pages.weight == 0


def test_a_redirect_is_kept() -> None:
    application = Application(status="301 Moved Permanently", headers={"Location": "/b/"})
    cache = cache_of(application)

    assert ask(cache) == ask(cache)
    assert application.asked == 1


def test_who_may_be_signed_in_is_passed_through_and_leaves_nothing_behind() -> None:
    application = Application()
    cache = cache_of(application)

    ask(cache, HTTP_COOKIE="a=b; sessionid=x")
    ask(cache)
    ask(cache, HTTP_COOKIE="sessionid=x")

    assert application.asked == 3


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_only_reading_is_answered_from_memory(method: str) -> None:
    application = Application()
    cache = cache_of(application)

    ask(cache)
    ask(cache, method=method)

    assert application.asked == 2


def test_head_gets_the_headers_of_the_page_and_is_not_kept_itself() -> None:
    application = Application()
    cache = cache_of(application)

    ask(cache, method="HEAD")
    ask(cache)
    answer = ask(cache, method="HEAD")

    assert application.asked == 2
    assert answer == Answer("200 OK", application.headers, b"")


@pytest.mark.parametrize("tag", ['W/"1"', '"1"', '"0", W/"1"', "*", ' W/"1" '])
def test_who_has_the_page_is_told_so(tag: str) -> None:
    cache = cache_of(Application())
    ask(cache)

    answer = ask(cache, HTTP_IF_NONE_MATCH=tag)

    assert answer == Answer("304 Not Modified", {"ETag": 'W/"1"'}, b"")


@pytest.mark.parametrize("tag", ['W/"2"', "1", '"', ",", 'W/"1'])
def test_who_has_another_page_gets_this_one(tag: str) -> None:
    cache = cache_of(Application())
    ask(cache)

    assert ask(cache, HTTP_IF_NONE_MATCH=tag).body == b"page"


def test_pages_of_an_earlier_edition_are_made_anew() -> None:
    application, edition = Application(), ["1"]
    cache = cache_of(application, edition=lambda: edition[0])
    ask(cache)

    edition[0] = "2"
    stale = ask(cache)  # it was begun before the edition moved on
    application.edition, application.body = "2", b"new"

    assert stale.body == b"page"
    assert [ask(cache).body, ask(cache).body] == [b"new", b"new"]
    assert application.asked == 3


def test_the_pages_together_have_a_limit_and_the_longest_unread_goes_first() -> None:
    application = Application(body=b"x" * 7_000)
    cache = cache_of(application, most_bytes=100_000)
    for number in range(10):
        ask(cache, path=f"/{number}/")
    ask(cache, path="/0/")

    ask(cache, path="/10/")

    before = application.asked
    ask(cache, path="/0/")
    assert application.asked == before
    ask(cache, path="/1/")
    assert application.asked == before + 1
    assert cache.pages.weight == 10 * (7_000 + HEADERS_WEIGH)


def test_giants_are_not_kept() -> None:
    application = Application(body=b"x" * 20_000)
    cache = cache_of(application, most_bytes=100_000)

    ask(cache)
    ask(cache)
    ask(cache_of(Application()), query="x" * LONGEST_ADDRESS)

    assert application.asked == 2
    assert cache.pages.weight == 0


def test_a_forwarded_scheme_counts_only_where_it_is_believed() -> None:
    for header, times in (("HTTP_X_FORWARDED_PROTO", 2), (None, 1)):
        application = Application()
        cache = cache_of(application, scheme_header=header)

        ask(cache, HTTP_X_FORWARDED_PROTO="http")
        ask(cache, HTTP_X_FORWARDED_PROTO="https")

        assert application.asked == times


ADDRESSES = st.sampled_from(
    [
        *("/", "/errors/", "/errors/102/", "/errors/102", "/ERRORS/102/", "/errors/999/", "/errors/102.md"),
        *("/e/102", "/search/", "/compare/", "/compare/ask/", "/triage/", "/triage/102/", "/triage/102/map/"),
        *("/triage/102/notice/", "/api/articles/", "/api/search/", "/api/triage/102/", "/feed.xml", "/healthz"),
        *("/admin/", "/t/102-1-A", "/robots.txt", "/embed/triage/102/", "/guides/manual-import/"),
    ]
)
QUERIES = st.lists(
    st.sampled_from(
        [
            *("q=102", "q=bank", "bank-sign-in=yes", "bank-sign-in=no", "v=1", "as=text", "as=calendar", "page=1"),
            *("notice=no", "shown=102", "kind=error", "utm_source=x", "next=//evil.example", "format=json"),
        ]
    ),
    max_size=3,
).map("&".join)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_ORIGINAL_URL", "HTTP_X_REWRITE_URL"),
            *("HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE", "HTTP_USER_AGENT", "HTTP_REFERER", "HTTP_ORIGIN", "HTTP_RANGE"),
            *("HTTP_COOKIE", "HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "CONTENT_TYPE"),
        ]
    ),
    st.sampled_from(["evil.example", "https", "POST", "csrftoken=x", "/admin/", '"><script>', "en", "bytes=0-9", "é"]),
    max_size=4,
)


@pytest.fixture
def site(kept_connection) -> PageCache:
    """The whole site behind one cache, as in a server process."""
    return cache_of(get_wsgi_application(), edition=lambda: stamp_of(current()))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # one memory for all of them, as in a process
@given(st.data())
def test_no_header_and_no_neighbour_changes_what_an_address_answers(site: PageCache, data: st.DataObject) -> None:
    plain = cache_of(get_wsgi_application(), edition=lambda: None)
    path, query = data.draw(ADDRESSES), data.draw(QUERIES)
    encoding = data.draw(st.sampled_from(["", "br", "gzip", "gzip, br;q=0", "deflate"]))
    ask(site, path, query, HTTP_ACCEPT_ENCODING=encoding, **data.draw(HEADERS))

    kept = ask(site, path, query, HTTP_ACCEPT_ENCODING=encoding)
    fresh = ask(plain, path, query, HTTP_ACCEPT_ENCODING=encoding)

    assert (kept.status, kept.body) == (fresh.status, fresh.body)
    assert kept.headers == fresh.headers


def test_a_host_that_is_refused_is_refused_with_a_full_memory_too(site: PageCache) -> None:
    ask(site, "/errors/102/")

    assert ask(site, "/errors/102/", HTTP_HOST="evil.example").status == "400 Bad Request"


def test_publishing_shows_at_once_and_the_second_reader_asks_nothing_of_the_site(
    site: PageCache, django_assert_num_queries: Any
) -> None:
    publish_document(an_error("700", title="The first title"))
    ask(site, "/errors/700/")

    publish_document(an_error("700", title="The second title"))

    assert b"The second title" in ask(site, "/errors/700/").body
    edition = stamp_of(current())
    site._edition = lambda: edition
    with django_assert_num_queries(0):
        assert b"The second title" in ask(site, "/errors/700/").body


@pytest.mark.parametrize("path", ["/search/", "/search/suggestions/", "/search/completions/", "/api/search/"])
def test_searches_by_words_of_which_there_is_no_end_take_no_room(site: PageCache, path: str) -> None:
    ask(site, "/errors/102/")
    held = site.pages.weight

    for word in ("herons", "egrets", "storks"):
        assert ask(site, path, f"q={word}").status == "200 OK"

    assert site.pages.weight == held > 0


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/search/", "q=102"),
        ("/api/search/", "q=102"),
        ("/triage/102/notice/", "bank-sign-in=yes"),
        ("/triage/102/map/", ""),
        ("/compare/", "notice=no"),
        ("/errors/102/", ""),
    ],
)
def test_parameters_that_nobody_knows_take_no_room(site: PageCache, path: str, query: str) -> None:
    ask(site, path, query)
    held = site.pages.weight

    for odd in ("x=1", "x=2", "utm_source=feeds"):
        assert ask(site, path, f"{query}&{odd}").status[:3] in {"200", "302"}

    assert site.pages.weight == held > 0


def test_an_editors_session_is_never_in_a_kept_page(site: PageCache, admin_client: Client) -> None:
    cookie = f"sessionid={admin_client.cookies['sessionid'].value}"

    for path in ("/admin/", "/errors/102/", "/admin/"):
        ask(site, path, HTTP_COOKIE=cookie)

    assert ask(site, "/admin/").status == "302 Found"
