import pytest
from django.test import Client

from kb.document import Lookalike
from kb.figures import MINUTE, Duration, Level
from tests.factories import an_error, publish_document
from tests.markup import Element, tree


def page_of(client: Client, address: str) -> Element:
    response = client.get(address)
    assert response.status_code == 200, f"{address}: {response.status_code}"
    return tree(response.content.decode())


@pytest.mark.django_db
def test_two_errors_stand_side_by_side(client: Client) -> None:
    publish_document(
        an_error(
            "700",
            fault="The bank sleeps.",
            sign="It snores.",
            data_risk=Level.HIGH,
            trigger="Lullabies",
            lookalikes=(Lookalike("702", "Not asleep.", "No snoring there."),),
        )
    )
    publish_document(an_error("702", fault="The bank is out.", sign="A note hangs on the door."))

    page = page_of(client, "/compare/700-vs-702/")

    assert page.one("h1").text == "Error 700 or Error 702?"
    assert page.one("link", rel="canonical")["href"] == "http://testserver/compare/700-vs-702/"
    rows = [[cell.text for cell in row.all("th", "td")] for row in page.one("table").one("tbody").all("tr")]
    assert rows == [
        ["700", "The bank sleeps.", "It snores."],
        ["702", "The bank is out.", "A note hangs on the door."],
    ]
    one = page.one("section", aria_labelledby="side-700")
    assert "No snoring there." in one.text
    for said in ("High", "Lullabies", "5 minutes", "An outage", "Ask once"):
        assert said in one.text
    assert one.hrefs == ["/triage/700/", "/errors/700/"]
    assert "No snoring there." not in page.one("section", aria_labelledby="side-702").text


@pytest.mark.django_db
def test_a_pair_has_one_address_with_the_lower_code_first(client: Client) -> None:
    publish_document(an_error("99"))
    publish_document(an_error("OL-301"))
    addresses = {
        "/compare/103-vs-102/": "/compare/102-vs-103/",
        "/compare/102-vs-99/": "/compare/99-vs-102/",
        "/compare/OL-301-vs-102/": "/compare/102-vs-ol-301/",
        "/compare/102-vs-OL-301/": "/compare/102-vs-ol-301/",
        "/compare/102-vs-103": "/compare/102-vs-103/",
    }

    answers = {asked: client.get(asked) for asked in addresses}

    assert {asked: answer.get("Location") for asked, answer in answers.items()} == addresses
    assert {answer.status_code for answer in answers.values()} == {301}
    assert {client.get(address).status_code for address in addresses.values()} == {200}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "pair",
    [
        "102-vs-102",
        "102-vs-999",
        "999-vs-102",
        "102-vs-manual-import",
        "102-vs-which-error",
        "a-vs-b",
        "102-103",
        "-vs-",
    ],
)
def test_there_is_no_pair_without_two_different_errors(client: Client, pair: str) -> None:
    response = client.get(f"/compare/{pair}/")

    assert response.status_code == 404


@pytest.mark.django_db
def test_marks_of_sources_stay_on_the_article_that_lists_them(client: Client) -> None:
    publish_document(an_error("700", lookalikes=(Lookalike("102", "Fault[^intuit].", "A sign[^intuit]."),)))

    page = page_of(client, "/compare/102-vs-700/")

    assert "A sign." in page.text
    assert not [href for href in page.hrefs if href.startswith("#source")]


@pytest.mark.django_db
def test_a_pair_follows_the_newest_edition(client: Client) -> None:
    publish_document(an_error("700", sign="The old sign."))
    before = page_of(client, "/compare/102-vs-700/").text
    publish_document(an_error("700", sign="The new sign.", fast_fix_time=Duration(MINUTE, MINUTE)))

    after = page_of(client, "/compare/102-vs-700/").text

    assert "The old sign." in before
    assert "The new sign." in after
    assert "The old sign." not in after
