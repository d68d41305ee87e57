"""The other forms of an article: text, JSON, the picture that goes with a link, and linked data."""

import json
from datetime import date
from io import BytesIO

import pytest
from django.conf import settings as site
from django.test import Client
from PIL import Image

from kb.document import Document, Kind, as_json, dump, parse
from kb.edition import current
from kb.faces import Standing, as_text, do_first
from tests.factories import a_flow, a_guide, an_error, publish_document
from tests.markup import Element, tree

DOCUMENTS = [
    document
    for path in sorted((site.BASE_DIR / "fixtures").glob("*.md"))
    for document in [parse(path.read_text())]
    if document.kind is not Kind.CHOOSER
]


def address_of(document: Document) -> str:
    return {Kind.ERROR: "/errors", Kind.GUIDE: "/guides"}[document.kind] + f"/{document.identity}/"


def page_of(client: Client, address: str) -> Element:
    return tree(client.get(address).content.decode())


@pytest.mark.django_db
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.identity)
def test_the_text_is_the_document_and_says_where_it_was_taken_from(client: Client, document: Document) -> None:
    response = client.get(f"{address_of(document)[:-1]}.md")

    text = response.content.decode()
    comments = [line for line in text.splitlines() if line.startswith("# ")][:2]
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert parse(text) == document
    assert [line for line in text.splitlines() if line not in comments] == dump(document).splitlines()
    assert comments[0] == f"# http://testserver{address_of(document)}"
    assert comments[1].startswith("# Revision ")


@pytest.mark.django_db
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.identity)
def test_the_json_holds_the_document_and_where_it_stands(client: Client, document: Document) -> None:
    response = client.get(f"{address_of(document)[:-1]}.json")

    data, entry = response.json(), current().entries[document.identity]
    assert response["Content-Type"] == "application/json"
    assert as_json(document).items() <= data.items()
    assert data["url"] == f"http://testserver{address_of(document)}"
    assert data["triage_url"] == f"http://testserver/triage/{document.identity}/"
    assert (data["revision"], data["published_on"]) == (entry.revision, entry.published_on)
    assert data["next_review_on"] == document.next_review_on.isoformat()
    assert data["do_first"]["time"]
    assert "[[" not in data["do_first"]["text"]
    assert set(data["sections"][0]) == {"key", "title", "body"}


def test_an_error_says_first_what_its_fast_fix_says() -> None:
    first = do_first(an_error("700"))

    assert first == {"title": "Heading of fast-fix", "time": "45 seconds", "text": "Prose of fast-fix."}


def test_a_guide_says_first_what_its_first_step_says() -> None:
    first = do_first(a_guide(steps=an_error("700").steps))

    assert first == {"title": "Ask once", "time": "5 minutes", "text": "1. Press Update."}


def test_a_guide_without_steps_says_nothing_first() -> None:
    assert do_first(a_guide()) is None


def test_the_comments_of_the_text_hold_even_an_odd_address() -> None:
    standing = Standing("http://[::1]:8000/errors/700/", "", 3, "2026-11-22")

    assert parse(as_text(an_error("700", flow=a_flow()), standing)) == an_error("700", flow=a_flow())


@pytest.mark.django_db
def test_a_guide_without_a_flow_names_no_triage(client: Client) -> None:
    publish_document(a_guide())

    assert client.get("/guides/a-guide.json").json()["triage_url"] == ""


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/errors/102.png", "/guides/manual-import.png"])
def test_an_article_has_a_picture_for_shared_links(client: Client, address: str) -> None:
    response = client.get(address, headers={"Accept-Encoding": "br, gzip"})

    assert response["Content-Type"] == "image/png"
    assert "Content-Encoding" not in response
    assert Image.open(BytesIO(response.content)).size == (1200, 630)


@pytest.mark.django_db
def test_the_picture_follows_the_edition(client: Client) -> None:
    publish_document(an_error("700", title="One title"))
    first = client.get("/errors/700.png")
    again = client.get("/errors/700.png")

    publish_document(an_error("700", title="Another title"))
    changed = client.get("/errors/700.png")

    assert again.content == first.content
    assert changed.content != first.content


@pytest.mark.django_db
@pytest.mark.parametrize("suffix", ["md", "json", "png"])
def test_other_names_lead_to_the_same_form_of_the_article(client: Client, suffix: str) -> None:
    publish_document(an_error("OL-301", aliases=("the-desktop-one",)))
    publish_document(a_guide(aliases=("how-to",)))
    asked = {
        f"/errors/OL-301.{suffix}": f"/errors/ol-301.{suffix}",
        f"/errors/the-desktop-one.{suffix}": f"/errors/ol-301.{suffix}",
        f"/guides/how-to.{suffix}": f"/guides/a-guide.{suffix}",
    }

    answers = {address: client.get(address) for address in asked}

    assert {address: answer.get("Location") for address, answer in answers.items()} == asked
    assert {answer.status_code for answer in answers.values()} == {301}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ["errors/999.json", "errors/manual-import.png", "errors/which-error.md", "errors/102.json.md"],
)
def test_there_is_no_form_of_what_is_no_such_article(client: Client, name: str) -> None:
    assert client.get(f"/{name}").status_code == 404


@pytest.mark.django_db
def test_other_sites_may_read_the_forms_and_are_told_which_page_they_are_of(client: Client) -> None:
    for suffix in ("md", "json", "png"):
        response = client.get(f"/errors/102.{suffix}")

        assert response["Access-Control-Allow-Origin"] == "*"
        assert response["Link"] == '<http://testserver/errors/102/>; rel="canonical"'


# What the page says of itself


@pytest.mark.django_db
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.identity)
def test_the_page_names_its_other_forms_and_its_one_address(client: Client, document: Document) -> None:
    address = address_of(document)

    page = page_of(client, address)

    forms = {link["type"]: link["href"] for link in page.all("link") if link["rel"] == "alternate"}
    assert forms == {"text/markdown": f"{address[:-1]}.md", "application/json": f"{address[:-1]}.json"}
    assert page.one("link", rel="canonical")["href"] == f"http://testserver{address}"


@pytest.mark.django_db
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.identity)
def test_the_page_tells_other_sites_how_to_show_a_link_to_it(client: Client, document: Document) -> None:
    address = address_of(document)

    page = page_of(client, address)

    shown = {meta["property"]: meta["content"] for meta in page.all("meta") if meta["property"].startswith("og:")}
    assert shown == {
        "og:title": current().entries[document.identity].link_title,
        "og:type": "article",
        "og:url": f"http://testserver{address}",
        "og:image": f"http://testserver{address[:-1]}.png",
    }
    assert page.one("meta", name="twitter:card")["content"] == "summary_large_image"


def linked_data(page: Element) -> list[dict]:
    data = json.loads(page.one("script", type="application/ld+json").raw_text)
    assert data["@context"] == "https://schema.org"
    graph: list[dict] = data["@graph"]
    return graph


@pytest.mark.django_db
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.identity)
def test_the_linked_data_is_an_article_and_its_breadcrumbs(client: Client, document: Document) -> None:
    address = address_of(document)
    page = page_of(client, address)

    article, crumbs = linked_data(page)

    assert article["@type"] == "TechArticle"
    assert article["url"] == f"http://testserver{address}"
    assert article["headline"] == current().entries[document.identity].link_title
    assert article["description"] == document.description == page.one("meta", name="description")["content"]
    assert article["image"] == f"http://testserver{address[:-1]}.png"
    assert date.fromisoformat(article["dateModified"])
    assert article["publisher"]["@type"] == "Organization"
    assert crumbs["@type"] == "BreadcrumbList"
    items = crumbs["itemListElement"]
    shown = [link["href"] for link in page.one("nav", aria_label="Breadcrumb").all("a")]
    assert [item["@type"] for item in items] == ["ListItem"] * 3
    assert [item["position"] for item in items] == [1, 2, 3]
    assert [item["item"] for item in items] == [f"http://testserver{path}" for path in (*shown, address)]
    assert [item["name"] for item in items][-1] == document.name


@pytest.mark.django_db
def test_the_pictures_and_pages_that_the_linked_data_names_are_there(client: Client) -> None:
    article, crumbs = linked_data(page_of(client, "/errors/102/"))

    named = [article["url"], article["image"], *(item["item"] for item in crumbs["itemListElement"])]

    assert {client.get(address.removeprefix("http://testserver")).status_code for address in named} == {200}
