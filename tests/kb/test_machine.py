import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from tests.factories import a_guide, an_error, publish_document
from tests.markup import tree

# robots.txt


@pytest.mark.django_db
def test_crawlers_may_read_all_but_the_desk_and_are_shown_the_sitemap(client: Client) -> None:
    response = client.get("/robots.txt")

    lines = response.content.decode().splitlines()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert lines[0] == "User-agent: *"
    assert [line for line in lines if line.startswith("Disallow")] == ["Disallow: /admin/", "Disallow: /embed/"]
    assert lines[-1] == "Sitemap: http://testserver/sitemap.xml"


# llms.txt


@pytest.mark.django_db
def test_language_models_are_told_of_every_document_once(client: Client, empty_site: None) -> None:
    publish_document(an_error("700"))
    publish_document(an_error("OL-301", title="A title [with brackets](x)"))
    publish_document(a_guide())

    response = client.get("/llms.txt")

    text = response.content.decode()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert text.startswith("# Bank Feed Clinic\n\n> ")
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## Errors", "## Guides", "## More"]
    assert "\n- [Error 700: Title of 700](http://testserver/errors/700.md): About 700.\n" in text
    assert "\n- [Error OL-301: A title (with brackets)(x)](http://testserver/errors/ol-301.md): About OL-301.\n" in text
    assert "\n- [Title of a-guide](http://testserver/guides/a-guide.md): About a-guide.\n" in text


@pytest.mark.django_db
def test_every_link_for_language_models_leads_somewhere(client: Client) -> None:
    links = re.findall(r"\]\(http://testserver([^)]+)\)", client.get("/llms.txt").content.decode())

    assert len(links) == 7 + 1 + 3
    assert {client.get(link).status_code for link in links} == {200}


# Search from the address bar


@pytest.mark.django_db
def test_browsers_are_told_how_to_search_here(client: Client, settings) -> None:
    settings.SITE_NAME = "Bank & Feed Clinic of <Somewhere>, a very long name indeed"

    response = client.get("/opensearch.xml")

    root = ElementTree.fromstring(response.content)  # noqa: S314  # our own answer
    space = {"os": "http://a9.com/-/spec/opensearch/1.1/"}
    assert response["Content-Type"] == "application/opensearchdescription+xml"
    assert root.findtext("os:ShortName", namespaces=space) == "Bank & Feed Clin"
    assert root.findtext("os:LongName", namespaces=space) == "Bank & Feed Clinic of <Somewhere>, a very long n"
    templates = {url.get("type"): url.get("template") for url in root.findall("os:Url", space)}
    assert templates == {
        "text/html": "http://testserver/search/?q={searchTerms}",
        "application/x-suggestions+json": "http://testserver/search/completions/?q={searchTerms}",
        "application/opensearchdescription+xml": "http://testserver/opensearch.xml",
    }
    image = root.findtext("os:Image", namespaces=space)
    assert image == "http://testserver/static/img/icon.svg"


@pytest.mark.django_db
def test_home_names_what_browsers_and_feed_readers_look_for(client: Client) -> None:
    page = tree(client.get("/").content.decode())

    named = {link["rel"]: link["href"] for link in page.all("link")}
    assert named["alternate"] == "/feed.xml"
    assert named["search"] == "/opensearch.xml"
    assert named["manifest"] == "/site.webmanifest"
    assert named["canonical"] == "http://testserver/"
    assert page.one("link", rel="search")["title"] == "Bank Feed Clinic"


# Icons


@pytest.mark.django_db
def test_the_manifest_names_the_site_and_icons_that_are_there(client: Client) -> None:
    response = client.get("/site.webmanifest")

    about = response.json()
    assert response["Content-Type"] == "application/manifest+json"
    assert about["name"] == "Bank Feed Clinic"
    assert client.get(about["start_url"]).status_code == 200
    assert {icon["sizes"] for icon in about["icons"]} == {"any", "192x192", "512x512"}
    assert all(finders.find(urlsplit(icon["src"]).path.removeprefix("/static/")) for icon in about["icons"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "kinds"),
    [("/favicon.ico", {"image/x-icon", "image/vnd.microsoft.icon"}), ("/apple-touch-icon.png", {"image/png"})],
)
def test_icons_stand_where_browsers_look_for_them_unasked(client: Client, address: str, kinds: set[str]) -> None:
    response = client.get(address)

    assert response.status_code == 200
    assert response["Content-Type"] in kinds
    assert not response.cookies
    response.close()


# security.txt


@pytest.mark.django_db
def test_whom_to_tell_of_a_hole_is_said_with_a_date_in_the_months_ahead(client: Client, settings) -> None:
    settings.SECURITY_CONTACT = "mailto:security@feeds.example"

    response = client.get("/.well-known/security.txt")

    fields = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Cache-Control"] == "no-store"
    assert fields["Contact"] == "mailto:security@feeds.example"
    assert fields["Canonical"] == "http://testserver/.well-known/security.txt"
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=90) < expires - timezone.now() < timedelta(days=365)


@pytest.mark.django_db
def test_without_a_contact_there_is_no_such_file(client: Client) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
