"""The triage in a page of another site: the walk as it is outside, and nothing in it that leads out of the frame."""

import pytest
from django.test import Client

from kb.edition import current
from kb.flow import Jump
from tests.factories import a_flow, an_error, publish_document
from tests.markup import Element, tree

HELP = "https://help.example"
FLOWS = ["101", "102", "103", "105", "108", "185", "350", "manual-import", "which-error"]


@pytest.fixture(autouse=True)
def embedding_is_on(db, settings) -> None:
    settings.EMBED_ORIGINS = [HELP, "https://*.help.example"]


def page_of(client: Client, address: str) -> Element:
    response = client.get(address)
    assert response.status_code == 200, f"{address}: {response.status_code} {response.get('Location')}"
    return tree(response.content.decode())


def links_inside(page: Element) -> list[str]:
    return [link["href"] for link in page.all("a") if link["target"] == "_self"]


def links_outside(page: Element) -> list[str]:
    return [link["href"] for link in page.all("a") if link["href"] and link["target"] != "_self"]


def stops_in(client: Client, identity: str) -> dict[str, Element]:
    """The page of each stop of a flow, found by the links that stay inside the frame."""
    own = f"/embed/triage/{identity}/"
    pages: dict[str, Element] = {}
    waiting = ["/embed/triage/" if identity == "which-error" else own]
    while waiting:
        address = waiting.pop()
        stop = address.partition("?")[0]
        if stop not in pages:
            pages[stop] = page_of(client, address)
            waiting += [href for href in links_inside(pages[stop]) if href.startswith(own)]
    return pages


@pytest.mark.parametrize("identity", FLOWS)
def test_every_stop_of_a_flow_is_reached_without_leaving_the_frame(client: Client, identity: str) -> None:
    pages = stops_in(client, identity)

    document = current().document(identity)
    assert document is not None
    assert document.flow is not None
    nodes = [node for node in document.flow.nodes if not isinstance(node, Jump) and node.key != document.flow.start]
    assert {f"/embed/triage/{identity}/{node.key}/" for node in nodes} <= pages.keys()
    for page in pages.values():
        assert all(href.startswith("/embed/triage/") for href in links_inside(page))
        assert not [href for href in links_outside(page) if href.startswith("/embed/")]
        assert page.one("base")["target"] == "_blank"
        assert not list(page.all("form", "iframe", "style"))


@pytest.mark.parametrize("path", ["/triage/102/", "/triage/102/notice/?bank-sign-in=yes", "/triage/"])
def test_a_stop_says_in_a_frame_what_it_says_outside(client: Client, path: str) -> None:
    inside, outside = page_of(client, f"/embed{path}"), page_of(client, path)

    assert inside.one("h1").text == outside.one("h1").text
    assert inside.one("title").text == outside.one("head").one("title").text
    answers = [list(page.one("ul", class_="answers").all("a")) for page in (inside, outside)]
    assert [link["href"] for link in answers[0]] == [f"/embed{link['href']}" for link in answers[1]]
    assert [link.text for link in answers[0]] == [link.text for link in answers[1]]
    assert path in links_outside(inside)
    assert inside.one("main")["data-walk"] == outside.one("main")["data-walk"]


def test_an_outcome_is_whole_in_a_frame(client: Client) -> None:
    publish_document(an_error("700", flow=a_flow()))
    path = "/triage/700/ask/?site=yes&try=could-not"

    inside, outside = page_of(client, f"/embed{path}"), page_of(client, path)

    assert inside.one("pre", class_="handoff").raw_text == outside.one("pre", class_="handoff").raw_text
    assert inside.one("dl", class_="snapshot").text == outside.one("dl", class_="snapshot").text
    assert inside.by_id("fails").text == "If that fails"
    trail = inside.one("ol", class_="trail")
    assert trail.text == outside.one("ol", class_="trail").text
    assert trail.hrefs == [f"/embed{href}" for href in outside.one("ol", class_="trail").hrefs]
    assert "Finding ask" in trail.text


def test_a_walk_on_an_older_revision_says_so_and_carries_on_inside(client: Client) -> None:
    publish_document(an_error("700", flow=a_flow()))
    publish_document(an_error("700", title="Another", flow=a_flow()))

    page = page_of(client, "/embed/triage/700/try/?site=yes&v=1")

    assert "This is revision 1 of this triage" in page.one("div", class_="caution").text
    assert "/embed/triage/700/try/?site=yes" in links_inside(page)


# Addresses

WAYS_TO_WRITE = {
    "/embed/triage/102": "/embed/triage/102/",
    "/embed/triage/102/notice/": "/embed/triage/102/",
    "/embed/triage/102/?bank-sign-in=yes": "/embed/triage/102/notice/?bank-sign-in=yes",
    "/embed/triage/102/notice/?bank-sign-in=yes&as=text": "/embed/triage/102/notice/?bank-sign-in=yes",
    "/embed/triage/102/notice/?x=y&bank-sign-in=yes": "/embed/triage/102/notice/?bank-sign-in=yes",
    "/embed/triage/OL-301/": "/embed/triage/ol-301/",
    "/Embed/Triage/102/": "/embed/triage/102/",
    "/embed/triage/which-error/": "/embed/triage/",
}


def test_any_way_to_write_a_place_leads_to_its_one_address_in_the_frame(client: Client) -> None:
    publish_document(an_error("OL-301"))

    answers = {asked: client.get(asked) for asked in WAYS_TO_WRITE}

    assert {asked: answer.get("Location") for asked, answer in answers.items()} == WAYS_TO_WRITE


def test_a_jump_carries_on_inside_the_frame(client: Client) -> None:
    asked = "/triage/102/?bank-sign-in=refused"

    assert client.get(f"/embed{asked}")["Location"] == f"/embed{client.get(asked)['Location']}"


def test_an_unknown_answer_is_asked_again_with_a_notice(client: Client) -> None:
    page = page_of(client, "/embed/triage/102/?bank-sign-in=perhaps")

    assert page.one("p", role="status").text.startswith("We did not know one of the answers")


@pytest.mark.parametrize("address", ["/embed/triage/999/", "/embed/", "/embed/errors/102/", "/embed/triage/102/map/x/"])
def test_there_is_nothing_else_to_be_framed(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_without_a_chooser_there_is_nothing_to_choose_in_a_frame(client: Client, empty_site: None) -> None:
    assert client.get("/embed/triage/").status_code == 404


# Who may


def test_only_the_sites_that_are_named_may_frame_it(client: Client) -> None:
    for asked in (1, 2):
        response = client.get("/embed/triage/102/")

        policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
        assert policy["frame-ancestors"] == f"{HELP} https://*.help.example", asked
        assert "X-Frame-Options" not in response
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["base-uri"] == "'none'"


@pytest.mark.parametrize("address", ["/", "/errors/102/", "/triage/102/", "/search/?q=102", "/admin/login/"])
def test_no_other_page_may_be_framed(client: Client, address: str) -> None:
    response = client.get(address)

    assert response["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["/embed/triage/", "/embed/triage/102/", "/embed/triage/999/"])
def test_while_no_site_is_named_there_is_no_such_page(client: Client, settings, address: str) -> None:
    client.get(address)
    settings.EMBED_ORIGINS = []

    response = client.get(address)

    assert response.status_code == 404
    assert response["X-Frame-Options"] == "DENY"


def test_it_is_a_readers_page_like_any_other(client: Client) -> None:
    client.cookies["sessionid"] = "x"

    response = client.get("/embed/triage/102/")
    again = client.get("/embed/triage/102/", headers={"If-None-Match": response["ETag"]})

    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert response["Vary"] == "Accept-Encoding"
    assert not response.cookies
    assert b'name="robots" content="noindex"' in response.content
    assert again.status_code == 304
    assert "X-Frame-Options" not in again
    assert f"frame-ancestors {HELP}" in again["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_it_is_only_read(method: str) -> None:
    client = Client(enforce_csrf_checks=True)

    assert getattr(client, method)("/embed/triage/102/").status_code == 405
