import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kb.pagestore import LONGEST_ADDRESS, KeptPage, PageStore

PAGE = KeptPage(b"body", (("Content-Type", "text/html"),))


def test_a_page_is_kept_by_address_and_encoding() -> None:
    store = PageStore()

    store.put("/errors/102/", "br", PAGE)

    assert store.get("/errors/102/", "br") == PAGE
    assert store.get("/errors/102/", "gzip") is None
    assert store.get("/errors/103/", "br") is None


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    store = PageStore(most=2)
    store.put("/a/", "br", PAGE)
    store.put("/b/", "br", PAGE)

    store.get("/a/", "br")
    store.put("/c/", "br", PAGE)

    assert len(store) == 2
    assert store.get("/b/", "br") is None
    assert store.get("/a/", "br") == PAGE


def test_addresses_that_nobody_bookmarks_are_not_kept() -> None:
    store = PageStore()

    store.put("/search/?q=" + "x" * LONGEST_ADDRESS, "br", PAGE)

    assert len(store) == 0


@pytest.mark.django_db
def test_a_page_that_was_made_costs_one_query_and_is_the_same(client: Client) -> None:
    first = client.get("/triage/102/notice/?bank-sign-in=yes")

    with CaptureQueriesContext(connection) as queries:
        second = client.get("/triage/102/notice/?bank-sign-in=yes")

    assert len(queries) == 1
    assert second.content == first.content
    assert dict(second.items()) == dict(first.items())
