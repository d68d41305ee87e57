"""Pages that are made once for many editions: they have to be what they would be if they were made now."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import timezone

from kb.desk import read_document, write_document
from kb.document import Document, Kind
from kb.edition import current
from kb.models import Article
from kb.publishing import publish
from kb.serving.reader import view_of
from kb.withdrawing import unpublish
from tests.factories import a_guide, publish_document

pytestmark = pytest.mark.django_db


def addresses() -> list[str]:
    return [entry.url for entry in current().entries.values() if entry.kind is not Kind.CHOOSER]


def made_now(address: str) -> bytes:
    page = resolve(address)
    view = view_of(page.func)
    assert view is not None
    return view(RequestFactory().get(address), current(), *page.args, **page.kwargs).content


def change(edit: Callable[[Document], Document], *identities: str) -> None:
    articles = Article.objects.filter(slug__in=identities)
    for article in articles:
        write_document(edit(read_document(article)))
    publish(articles.all(), by=None, now=timezone.now())


def there_and_back() -> None:
    before = read_document(Article.objects.get(slug="102"))
    change(lambda document: replace(document, summary="Other words."), "102")
    change(lambda document: before, "102")


def with_another_start(document: Document) -> Document:
    """The flow begins under another key, so that jumps into it have another address."""
    assert document.flow is not None
    old, nodes = document.flow.start, document.flow.nodes
    renamed = tuple(replace(node, key="renamed") if node.key == old else node for node in nodes)
    return replace(document, flow=replace(document.flow, start="renamed", nodes=renamed))


CHANGES: dict[str, Callable[[], object]] = {
    "nothing": lambda: None,
    "its own words": lambda: change(lambda document: replace(document, summary="Other words."), "102"),
    "the title of an article it links to": lambda: change(lambda document: replace(document, title="Other"), "103"),
    "the address of an article it links to": lambda: change(
        lambda document: replace(document, slug="moved", aliases=()), "manual-import"
    ),
    "an alias of an article it links to": lambda: change(lambda document: replace(document, aliases=("777",)), "103"),
    "the flow of an article it jumps to": lambda: change(with_another_start, "105"),
    "an article that it links to is gone": lambda: unpublish(
        Article.objects.get(slug="going"), by=None, now=timezone.now()
    ),
    "a new article links to it": lambda: publish_document(a_guide("new-one", summary="See [[102]].")),
    "an article comes under a name that was linked to": lambda: publish_document(a_guide("new-two")),
    "an article links to it no more": lambda: change(
        lambda document: replace(document, summary="Nothing.", related=()), "linking"
    ),
    "its own words and back, under another number": there_and_back,
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_article_is_what_it_would_be_if_it_were_made_now(client: Client, name: str) -> None:
    publish_document(a_guide("going"))
    publish_document(a_guide("linking", summary="See [[new-two]], [[going]], [[103]] and [[102]]."))
    for address in addresses():
        client.get(address)

    CHANGES[name]()

    for address in addresses():
        assert client.get(address).content == made_now(address), address


def test_an_edition_that_changes_another_article_makes_no_page_anew(client: Client) -> None:
    client.get("/errors/102/")
    before = client.get("/errors/102/")

    publish_document(a_guide("apart"))
    after = client.get("/errors/102/")

    assert after.content == before.content
    assert after["ETag"] != before["ETag"]
    assert not after.templates


def test_a_page_for_one_encoding_is_not_sent_in_another(client: Client) -> None:
    sent = [client.get("/errors/102/", headers={"Accept-Encoding": wanted}) for wanted in ("br", "gzip", "", "br")]

    assert [response.get("Content-Encoding", "") for response in sent] == ["br", "gzip", "", "br"]


def test_an_article_that_nobody_has_read_yet_costs_two_queries(client: Client) -> None:
    change(lambda document: replace(document, summary="Other words."), *current().entries)
    current()

    with CaptureQueriesContext(connection) as queries:
        assert client.get("/errors/102/").templates

    assert len(queries) == 2
