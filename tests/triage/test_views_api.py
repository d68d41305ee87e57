"""The walk through the API goes the way that the walk through the pages goes."""

from dataclasses import fields, replace
from typing import Any

import pytest
from django.test import Client

from kb.edition import current
from kb.flow import Answer, Flow, Jump, Option, Outcome, Question
from kb.plaintext import plain_text
from tests.factories import a_flow, a_guide, an_error, an_outcome, publish_document
from tests.kb.test_api import faults
from tests.markup import Element, tree

SITE = "http://testserver"
FLOWS = ["101", "102", "103", "105", "108", "185", "350", "manual-import", "which-error"]


def stop_at(client: Client, address: str) -> dict[str, Any]:
    response = client.get(address.removeprefix(SITE))
    assert response.status_code == 200, f"{address}: {response.status_code}"
    answer: dict[str, Any] = response.json()
    return answer


def page_of(client: Client, address: str) -> Element:
    response = client.get(address.removeprefix(SITE))
    assert response.status_code == 200, f"{address}: {response.status_code}"
    return tree(response.content.decode())


def stops_of(client: Client, identity: str) -> dict[str, dict[str, Any]]:
    """One answer of the API for each stop of a flow, found by following `next`; jumps are not followed."""
    found: dict[str, dict[str, Any]] = {}
    waiting = [f"/api/triage/{identity}/"]
    while waiting:
        stop = stop_at(client, waiting.pop())
        if stop["stop"]["key"] not in found:
            found[stop["stop"]["key"]] = stop
            waiting += [option["next"] for option in stop["options"] if not option["continues_with"]]
    return found


@pytest.fixture
def described(client: Client, db) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/api/openapi.json").json()
    return document


@pytest.mark.django_db
@pytest.mark.parametrize("identity", FLOWS)
def test_every_stop_says_what_its_page_says(client: Client, described: dict, identity: str) -> None:
    stops = stops_of(client, identity)

    document = current().document(identity)
    assert document is not None
    assert document.flow is not None
    assert stops.keys() == {node.key for node in document.flow.nodes if not isinstance(node, Jump)}
    for stop in stops.values():
        page = page_of(client, stop["url"])
        assert faults(described, "Walk", stop) == []
        assert page.one("h1").text == " ".join(stop["stop"]["title"].split())
        assert _answers_on(page) == [(option["label"], option["url"]) for option in stop["options"]]
        assert _trail_on(page) == [(taken["question"], taken["answer"]) for taken in stop["trail"]]
        if stop["code"]:
            assert stop["code"] in page.one("main").text
            assert stop["pinned_url"].removeprefix(SITE) in page.hrefs
        if stop["stop"]["kind"] == "outcome":
            _assert_outcome_is_whole(stop, page, document.flow)


def _answers_on(page: Element) -> list[tuple[str, str]]:
    lists = [element for element in page.all("ul") if element["class"] == "answers"]
    return [(link.one("strong").text, f"{SITE}{link['href']}") for answers in lists for link in answers.all("a")]


def _trail_on(page: Element) -> list[tuple[str, str]]:
    trails = [element for element in page.all("ol") if element["class"] == "trail"]
    steps = [step for trail in trails for step in trail.all("li") if list(step.all("a"))]
    return [(step.one("span", class_="hint").text, step.one("b").text) for step in steps]


def _assert_outcome_is_whole(stop: dict[str, Any], page: Element, flow: Flow) -> None:
    node, told = flow.by_key[stop["stop"]["key"]], stop["stop"]
    assert isinstance(node, Outcome)
    for field in ("lead", "do_now", "who_text", "time_text", "data_risk_text", "hard_stop", "if_it_fails"):
        assert told[field] == (plain_text(getattr(node, field)) or None)
    assert {field.name for field in fields(Outcome)} - {"short", "text"} <= told.keys()
    assert page.one("pre", class_="handoff").raw_text == stop["case_note"]
    text = page.one("main").text
    assert told["who_in_words"] in text
    assert told["disposition_in_words"] in text
    assert told["time"] is None or told["time"]["in_words"] in text
    for part in (*told["costs"], *told["steps"]):
        assert part["title"] in text
    assert told["is_free"] == ("Free" in text and not told["costs"])


@pytest.mark.django_db
@pytest.mark.parametrize("identity", FLOWS)
def test_an_answer_that_carries_on_elsewhere_leads_where_the_page_leads(client: Client, identity: str) -> None:
    onward = [
        option for stop in stops_of(client, identity).values() for option in stop["options"] if option["continues_with"]
    ]

    for option in onward:
        there = stop_at(client, option["next"])
        assert there["url"] == option["url"]
        assert there["article"]["name"] == option["continues_with"]


@pytest.mark.django_db
def test_people_without_a_code_begin_at_the_chooser(client: Client) -> None:
    response = client.get("/api/triage/", follow=True)

    assert response.redirect_chain == [("/api/triage/which-error/", 302)]
    assert response.json()["url"] == f"{SITE}/triage/"


@pytest.mark.django_db
def test_without_a_chooser_there_is_no_such_triage(client: Client, empty_site: None) -> None:
    response = client.get("/api/triage/")

    assert response.status_code == 404
    assert response.json()["detail"] == "There is no triage for people without a code yet."


@pytest.fixture
def small_site(empty_site: None) -> None:
    """Error 700 with another name, and error 710, which jumps into 700 and into a guide that has no flow any more."""
    publish_document(an_error("700", aliases=("seven-hundred",), flow=a_flow()))
    guide = a_guide(costs=an_error().costs, steps=an_error().steps)
    outcomes = tuple(replace(node, causes=()) for node in a_flow().outcomes)
    publish_document(replace(guide, flow=Flow("site", (*a_flow().nodes[:2], *outcomes))))
    jumping = Flow(
        "start",
        (
            Question(
                "start",
                "Which?",
                (
                    Option("on", "Carry on", "jump"),
                    Option("off", "To nowhere", "nowhere"),
                    Option("not-sure", "I’m not sure", "end"),
                ),
            ),
            Jump("jump", "700", "On to 700", answers=(Answer("site", "yes"),)),
            Jump("nowhere", "a-guide", "On to nowhere"),
            an_outcome("end"),
        ),
    )
    publish_document(an_error("710", flow=jumping))
    publish_document(guide)


WAYS_TO_ASK = {
    "/api/triage/700/?try=fixed&site=yes": "/api/triage/700/?site=yes&try=fixed",
    "/api/triage/700/?site=yes&utm_source=x": "/api/triage/700/?site=yes",
    "/api/triage/700/?site=yes&as=text": "/api/triage/700/?site=yes",
    "/api/triage/700/?site=yes&v=9": "/api/triage/700/?site=yes",
    "/api/triage/700/?v=x": "/api/triage/700/",
    "/api/triage/700/?v=1&site=no": "/api/triage/700/?site=no&v=1",
    "/api/triage/seven-hundred/?site=no": "/api/triage/700/?site=no",
    "/api/triage/700?site=no": "/api/triage/700/?site=no",
    "/API/Triage/700/?site=no": "/api/triage/700/?site=no",
    "/api/triage/710/?start=on": "/api/triage/700/?site=yes",
    "/api/triage/710/?start=off": "/api/triage/",
}


@pytest.mark.django_db
def test_any_way_to_ask_for_a_stop_leads_to_its_one_address(client: Client, small_site: None) -> None:
    answers = {asked: client.get(asked) for asked in WAYS_TO_ASK}

    assert {asked: answer.get("Location") for asked, answer in answers.items()} == WAYS_TO_ASK
    assert {answer.status_code for answer in answers.values()} <= {301, 302}


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["site=perhaps", "site=", "site=%00", "site=YES", "site=yes&try=maybe"])
def test_an_unknown_answer_is_asked_again_with_a_notice(client: Client, small_site: None, query: str) -> None:
    stop = stop_at(client, f"/api/triage/700/?{query}")

    assert stop["notice"].startswith("One of the answers is not known here.")
    assert stop["stop"]["key"] == ("try" if "try" in query else "site")
    assert client.get(stop["url"].removeprefix(SITE)).status_code == 200
    assert stop_at(client, stop["options"][0]["next"])["notice"] is None


@pytest.mark.django_db
def test_a_walk_stays_on_the_revision_that_it_names(client: Client, small_site: None) -> None:
    publish_document(an_error("700", title="Another", flow=a_flow()))

    stop = stop_at(client, "/api/triage/700/?site=yes&v=1")

    assert (stop["revision"], stop["newest_revision"]) == (1, 2)
    assert stop["url"] == stop["pinned_url"] == f"{SITE}/triage/700/try/?site=yes&v=1"
    assert stop["code"] == "700-1-A"
    assert all(option["next"].endswith("&v=1") for option in stop["options"])


@pytest.mark.django_db
def test_an_article_without_a_flow_has_no_triage(client: Client, small_site: None) -> None:
    response = client.get("/api/triage/a-guide/")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_a_stop_costs_one_query_once_it_is_warm(client: Client, small_site: None, django_assert_num_queries) -> None:
    client.get("/api/triage/700/?site=no")

    with django_assert_num_queries(1):
        client.get("/api/triage/700/?site=no")
