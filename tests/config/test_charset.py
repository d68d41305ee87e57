"""A request can claim any charset. It must change nothing for itself or for others, and break nothing."""

from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import Client

from config.charset import in_utf_8
from kb.edition import current
from kb.serving.pagecache import PageCache
from kb.serving.watch import stamp_of
from tests.kb.serving.test_pagecache import Answer, ask, cache_of

ADDRESSES = [("/search/", "q=102"), ("/triage/102/notice/", "bank-sign-in=yes"), ("/api/articles/", "kind=guide")]
# Figures and letters stand elsewhere in the first; the others are no charset of text, or nobody's.
CLAIMED = ["cp037", "base64", "idna", "undefined", "no-such", "utf-16", "utf-8"]
TYPES = ["text/plain; charset={}", 'a/b;CHARSET = "{}"', "a/b; x=y; charset*=utf-8''{}", 'a/b;x="1;charset={}"']


@pytest.fixture
def site(kept_connection: None) -> PageCache:
    return cache_of(in_utf_8(get_wsgi_application()), edition=lambda: stamp_of(current()))


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("charset", CLAIMED)
@pytest.mark.parametrize(("path", "query"), ADDRESSES)
def test_claimed_charset_is_answered_as_anybody_else_and_leaves_nothing_behind(
    site: PageCache, path: str, query: str, charset: str, kind: str
) -> None:
    claiming = ask(site, path, query, CONTENT_TYPE=kind.format(charset))
    after = ask(site, path, query)

    fresh = ask(cache_of(get_wsgi_application(), edition=lambda: None), path, query)
    assert fresh.status == "200 OK"
    assert _said(claiming) == _said(after) == _said(fresh)


def _said(answer: Answer) -> tuple[Any, ...]:
    return answer.status, answer.body, answer.headers


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/admin/login/", "/admin/kb/article/add/"])
def test_form_in_a_charset_that_is_none_of_text_is_refused(address: str) -> None:
    """Also where nothing stands before Django: whoever has the cookie of a form gets so far that it is read."""
    client = Client(enforce_csrf_checks=True)
    client.get("/admin/login/")
    body = b"--x\r\nContent-Disposition: form-data; name=word\r\n\r\nyes\r\n--x--\r\n"

    answer = client.generic("POST", address, body, "multipart/form-data; boundary=x; charset=base64")

    assert answer.status_code == 400


def test_nothing_but_the_charset_is_left_out() -> None:
    seen: list[str] = []

    def application(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(environ["CONTENT_TYPE"])
        return []

    for kind in ("multipart/form-data; boundary=xY1", "multipart/form-data; charset=utf-16; boundary=xY1", "", "a/b"):
        in_utf_8(application)({"CONTENT_TYPE": kind}, lambda *_: lambda _: None)

    assert seen == ["multipart/form-data; boundary=xY1", "multipart/form-data; boundary=xY1", "", "a/b"]
