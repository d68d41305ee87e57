from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client

from kb import contents
from kb.desk import write_document
from kb.document import Document
from kb.models import Article, EditionEntry
from kb.publishing import publish
from tests.factories import an_error

ATOM = "{http://www.w3.org/2005/Atom}"
DAY = datetime(2026, 11, 5, 12, 30, tzinfo=UTC)


def feed_of(client: Client) -> ElementTree.Element:
    response = client.get("/feed.xml")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(response.content)  # noqa: S314  # our own answer
    assert feed.tag == f"{ATOM}feed"
    return feed


def said(element: ElementTree.Element, name: str) -> str:
    """The text of the one child of this name."""
    found = element.findall(f"{ATOM}{name}")
    assert len(found) == 1, f"{len(found)} of {name}"
    return found[0].text or ""


def publish_at(document: Document, now: datetime, note: str = "") -> None:
    publish([write_document(document)], by=None, now=now, note=note)


@pytest.mark.django_db
def test_the_feed_has_all_that_atom_asks_for(client: Client) -> None:
    feed = feed_of(client)

    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert said(feed, "title") == "Bank Feed Clinic: changes"
    assert links == {"alternate": "http://testserver/", "self": "http://testserver/feed.xml"}
    assert said(feed, "id").startswith("http://testserver/")
    assert datetime.fromisoformat(said(feed, "updated")).tzinfo
    author = feed.find(f"{ATOM}author")
    assert author is not None
    assert said(author, "name") == "Bank Feed Clinic"
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 9
    assert len({said(entry, "id") for entry in entries}) == 9
    for entry in entries:
        assert said(entry, "title")
        assert said(entry, "summary")
        assert datetime.fromisoformat(said(entry, "updated")).tzinfo
        (link,) = entry.findall(f"{ATOM}link")
        assert client.get(str(link.get("href")).removeprefix("http://testserver")).status_code == 200


@pytest.mark.django_db
def test_each_revision_is_an_entry_with_its_note_newest_first(client: Client, empty_site: None) -> None:
    publish_at(an_error("700"), DAY, "First words")
    publish_at(an_error("700", title="The bank sleeps"), DAY + timedelta(hours=1), "Prices & <b>times</b> checked")
    publish_at(an_error("700", title="The bank rests"), DAY + timedelta(hours=2))

    feed = feed_of(client)

    told = [(said(entry, "title"), said(entry, "summary")) for entry in feed.findall(f"{ATOM}entry")]
    assert told == [
        ("Error 700: The bank rests (revision 3)", "Revised."),
        ("Error 700: The bank rests (revision 2)", "Prices &amp; &lt;b&gt;times&lt;/b&gt; checked"),
        ("New: Error 700: The bank rests", "About 700."),
    ]
    times = [said(entry, "updated") for entry in feed.findall(f"{ATOM}entry")]
    assert times == ["2026-11-05T14:30:00+00:00", "2026-11-05T13:30:00+00:00", "2026-11-05T12:30:00+00:00"]
    assert said(feed, "updated") == times[0]


@pytest.mark.django_db
def test_an_entry_keeps_its_name_when_its_article_is_renamed(client: Client, empty_site: None) -> None:
    publish_at(an_error("700"), DAY)
    before = [said(entry, "id") for entry in feed_of(client).findall(f"{ATOM}entry")]
    article = Article.objects.get(code="700")
    article.code = "OL-700"
    article.save()
    publish([article], by=None, now=DAY + timedelta(days=40))

    after = [said(entry, "id") for entry in feed_of(client).findall(f"{ATOM}entry")]

    assert after[1:] == before
    assert before[0].startswith("tag:testserver,2026-11-05:")


@pytest.mark.django_db
def test_what_is_live_no_more_is_not_told(client: Client, empty_site: None) -> None:
    publish_at(an_error("700"), DAY)
    publish_at(an_error("710"), DAY)
    EditionEntry.objects.get(identity="710").delete()
    publish_at(an_error("720"), DAY)

    titles = [said(entry, "title") for entry in feed_of(client).findall(f"{ATOM}entry")]

    assert titles == ["New: Error 720: Title of 720", "New: Error 700: Title of 700"]


@pytest.mark.django_db
def test_only_the_newest_changes_are_told(client: Client, empty_site: None, monkeypatch) -> None:
    monkeypatch.setattr(contents, "CHANGES_KEPT", 2)
    for hour in range(3):
        publish_at(an_error("700", title=f"Title {hour}"), DAY + timedelta(hours=hour))

    assert len(feed_of(client).findall(f"{ATOM}entry")) == 2


@pytest.mark.django_db
def test_controls_in_a_note_do_not_break_the_feed(client: Client, empty_site: None) -> None:
    publish_at(an_error("700"), DAY)
    publish_at(an_error("700", title="Other"), DAY, "Mended\x0b the\x1f step]]>")

    entry = feed_of(client).findall(f"{ATOM}entry")[0]

    assert said(entry, "summary") == "Mended the step]]&gt;"


@pytest.mark.django_db
def test_a_site_without_articles_has_a_feed_that_does_not_change(client: Client, empty_site: None) -> None:
    feed = feed_of(client)

    assert feed.findall(f"{ATOM}entry") == []
    assert said(feed, "updated") == "1970-01-01T00:00:00+00:00"
