from datetime import UTC, date, datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.test import Client

from kb import sitemaps
from kb.desk import write_document
from kb.document import Lookalike
from kb.publishing import publish
from tests.factories import a_guide, an_error, publish_document

NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def entries_of(client: Client, address: str, root: str = "urlset") -> dict[str, str]:
    """The full addresses that a sitemap lists, each with its day."""
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    found = ElementTree.fromstring(response.content)  # noqa: S314  # our own answer
    assert found.tag == f"{NAMESPACE}{root}"
    rows = [(row.findtext(f"{NAMESPACE}loc"), row.findtext(f"{NAMESPACE}lastmod", "")) for row in found]
    assert len(dict(rows)) == len(rows)
    return dict(rows)


@pytest.mark.django_db
def test_the_sitemap_lists_every_article_with_the_day_of_its_revision(client: Client, empty_site: None) -> None:
    day = datetime(2026, 11, 5, 12, tzinfo=UTC)
    publish([write_document(an_error("700"))], by=None, now=day)
    publish([write_document(a_guide())], by=None, now=day.replace(day=7))

    entries = entries_of(client, "/sitemap.xml")

    assert entries == {
        "http://testserver/": "2026-11-07",
        "http://testserver/errors/": "2026-11-07",
        "http://testserver/guides/": "2026-11-07",
        "http://testserver/compare/": "2026-11-07",
        "http://testserver/triage/": "2026-11-07",
        "http://testserver/errors/700/": "2026-11-05",
        "http://testserver/triage/700/": "2026-11-05",
        "http://testserver/guides/a-guide/": "2026-11-07",
        "http://testserver/about/": "",
        "http://testserver/accessibility/": "",
        "http://testserver/privacy/": "",
    }


@pytest.mark.django_db
def test_look_alikes_are_listed_side_by_side_once(client: Client, empty_site: None) -> None:
    publish_document(an_error("700", aliases=("seven-hundred",), lookalikes=(Lookalike("702", "x", "y"),)))
    publish_document(
        an_error(
            "702",
            lookalikes=(
                Lookalike("seven-hundred", "x", "y"),
                Lookalike("999", "x", "y"),
                Lookalike("a-guide", "x", "y"),
            ),
        )
    )
    publish_document(an_error("703", lookalikes=(Lookalike("999", "x", "y"),)))
    publish_document(a_guide())

    pairs = [address for address in entries_of(client, "/sitemap.xml") if "-vs-" in address]

    assert pairs == ["http://testserver/compare/700-vs-702/"]


@pytest.mark.django_db
def test_every_listed_address_is_a_page_that_asks_to_be_found(client: Client) -> None:
    for address, day in entries_of(client, "/sitemap.xml").items():
        response = client.get(urlsplit(address).path)

        assert response.status_code == 200, address
        assert b'name="robots"' not in response.content, address
        assert not day or date.fromisoformat(day) <= date.today()


@pytest.mark.django_db
def test_a_site_without_articles_has_a_sitemap(client: Client, empty_site: None) -> None:
    entries = entries_of(client, "/sitemap.xml")

    assert "http://testserver/" in entries
    assert set(entries.values()) == {""}


@pytest.mark.django_db
def test_too_many_addresses_are_split_into_files_that_an_index_names(client: Client, monkeypatch) -> None:
    whole = entries_of(client, "/sitemap.xml")
    monkeypatch.setattr(sitemaps, "PER_FILE", len(whole) // 2 + 2)
    publish_document(an_error("700"))

    index = entries_of(client, "/sitemap.xml", root="sitemapindex")
    parts = [entries_of(client, urlsplit(address).path) for address in index]

    assert list(index) == ["http://testserver/sitemap-1.xml", "http://testserver/sitemap-2.xml"]
    assert all(date.fromisoformat(day) for day in index.values())
    assert len(parts[0]) == len(whole) // 2 + 2
    assert {**parts[0], **parts[1]}.keys() == {
        *whole,
        "http://testserver/errors/700/",
        "http://testserver/triage/700/",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["0", "1", "2", "99999999999999999999"])
def test_there_is_no_part_of_a_sitemap_that_is_whole(client: Client, number: str) -> None:
    assert client.get(f"/sitemap-{number}.xml").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("beyond", [1, 10**20])
def test_there_is_no_part_beyond_the_last(client: Client, monkeypatch, beyond: int) -> None:
    monkeypatch.setattr(sitemaps, "PER_FILE", 20)
    count = len(entries_of(client, "/sitemap.xml", root="sitemapindex"))

    assert client.get(f"/sitemap-{count}.xml").status_code == 200
    assert client.get(f"/sitemap-{count + beyond}.xml").status_code == 404
    assert client.get("/sitemap-0.xml").status_code == 404
