"""Every way to write a reader's address leads to the one that it has."""

import pytest
from django.test import Client
from django.utils import timezone

from kb.models import Article
from kb.publishing import publish
from tests.factories import an_error, publish_document

RIGHT = {
    # Capitals
    "/ERRORS/102/": "/errors/102/",
    "/Errors/": "/errors/",
    "/ERRORS/OL-301/": "/errors/ol-301/",
    "/Guides/Manual-Import/": "/guides/manual-import/",
    "/Compare/102-VS-103/": "/compare/102-vs-103/",
    "/compare/103-VS-102/": "/compare/102-vs-103/",
    "/compare/OL-301-vs-102/": "/compare/102-vs-ol-301/",
    "/TRIAGE/OL-301/": "/triage/ol-301/",
    "/TRIAGE/OL-301/MAP/": "/triage/ol-301/map/",
    "/triage/OL-301/map.mmd": "/triage/ol-301/map.mmd",
    "/Triage/OL-301/Map.DOT": "/triage/ol-301/map.dot",
    "/E/OL-301": "/errors/ol-301/",
    "/T/OL-301-1-A": "/triage/ol-301/try/?site=yes&v=1",
    "/SEARCH/?q=OL-301&page=2": "/search/?q=OL-301&page=2",
    "/ABOUT/": "/about/",
    # A slash too many or too few
    "/errors": "/errors/",
    "/ERRORS/102": "/errors/102/",
    "/triage/ol-301/try?site=yes": "/triage/ol-301/try/?site=yes",
    "/TRIAGE/ol-301/try?site=yes": "/triage/ol-301/try/?site=yes",
    "/triage/ol-301/map": "/triage/ol-301/map/",
    "/compare/102-vs-103": "/compare/102-vs-103/",
    "/e/ol-301/": "/errors/ol-301/",
    "/e/ol-301//": "/errors/ol-301/",
    "/t/ol-301-1-a/": "/triage/ol-301/try/?site=yes&v=1",
    # Other names, and look-alikes of a name
    "/e/the-desktop-one": "/errors/ol-301/",
    "/errors/the-desktop-one/": "/errors/ol-301/",
    "/compare/the-desktop-one-vs-102/": "/compare/102-vs-ol-301/",
    "/triage/the-desktop-one/": "/triage/ol-301/",
    "/triage/the-desktop-one/try/?site=yes": "/triage/ol-301/try/?site=yes",
    "/triage/the-desktop-one/map/?site=no&v=1": "/triage/ol-301/map/?site=no&v=1",
    "/triage/the-desktop-one/map.dot": "/triage/ol-301/map.dot",
    "/t/the-desktop-one-1-B": "/triage/ol-301/wait/?site=no&v=1",
    "/t/OL-3O1-1-B": "/triage/ol-301/wait/?site=no&v=1",
}


@pytest.fixture
def desktop_error(db) -> None:
    publish_document(an_error("OL-301", aliases=("the-desktop-one",)))


@pytest.mark.django_db
@pytest.mark.parametrize("asked", RIGHT)
def test_another_way_to_write_an_address_leads_to_it(client: Client, desktop_error: None, asked: str) -> None:
    response = client.get(asked, follow=True)

    assert response.status_code == 200
    assert response.redirect_chain[-1][0] == RIGHT[asked]
    assert len(response.redirect_chain) <= 2
    assert not response.cookies


@pytest.mark.django_db
def test_what_an_article_was_called_before_leads_to_it_everywhere(client: Client) -> None:
    publish_document(an_error("700"))
    article = Article.objects.get(code="700")
    article.code = "OL-700"
    article.save()
    publish([article], by=None, now=timezone.now())
    renamed = {
        "/errors/700/": "/errors/ol-700/",
        "/e/700": "/errors/ol-700/",
        "/compare/102-vs-700/": "/compare/102-vs-ol-700/",
        "/triage/700/": "/triage/ol-700/",
        "/triage/700/wait/?site=no": "/triage/ol-700/wait/?site=no",
        "/triage/700/wait/?site=no&v=1": "/triage/ol-700/wait/?site=no&v=1",
        "/triage/700/map/": "/triage/ol-700/map/",
        "/triage/700/map.mmd": "/triage/ol-700/map.mmd",
        "/t/700-1-B": "/triage/ol-700/wait/?site=no&v=1",
        "/t/7OO-1-B": "/triage/ol-700/wait/?site=no&v=1",
    }

    answers = {asked: client.get(asked) for asked in renamed}

    assert {asked: answer.get("Location") for asked, answer in answers.items()} == renamed
    assert {client.get(address).status_code for address in renamed.values()} == {200}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked",
    [
        "/NOWHERE/",
        "/errors/NOTHING/",
        "/E/NOTHING/",
        "/%5CEVIL.example/errors/",
        "/e//evil.example/",
        "/ERRORS/%00/",
        "/İ/",
    ],
)
def test_what_leads_nowhere_leads_to_no_other_site_either(client: Client, asked: str) -> None:
    response = client.get(asked, follow=True)

    assert response.status_code == 404
    assert all(address.startswith("/") and address[1:2] != "/" for address, _ in response.redirect_chain)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["//evil.example/ERRORS/102", "//EVIL.example/errors/", "///errors", "/\\\\EVIL.example/e/102"]
)
def test_what_could_be_read_as_another_site_is_no_address_of_ours(client: Client, path: str) -> None:
    response = client.get("/", PATH_INFO=path)

    assert response.status_code == 404


@pytest.mark.django_db
def test_odd_signs_stay_in_the_path_that_they_stand_in(client: Client) -> None:
    response = client.get("/E/10%3F2%23x%0D%0A")

    assert response["Location"] == "/e/10%3F2%23x%0D%0A"
