from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from kb.document import as_json
from kb.edition import current
from kb.models import Article
from kb.views import api
from kb.withdrawing import unpublish
from tests.factories import a_guide, an_error, publish_document

ADDRESSES = [
    "/api/openapi.json",
    "/api/articles/",
    "/api/articles/?kind=guide",
    "/api/articles/102/",
    "/api/search/?q=102",
    "/api/triage/102/",
]


@pytest.fixture
def described(client: Client, db) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/api/openapi.json").json()
    return document


def faults(described: dict[str, Any], schema: str, answer: Any) -> list[str]:
    """What of an answer is not as the description says."""
    described_as = {"$ref": f"#/components/schemas/{schema}", "components": described["components"]}
    validator = OAS31Validator(described_as, format_checker=OAS31Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(answer)]


# The description


def test_the_description_is_a_valid_openapi_document_of_this_site(described: dict[str, Any]) -> None:
    validate(described)

    assert described["openapi"].startswith("3.1.")
    assert described["info"]["title"] == "Bank Feed Clinic API"
    assert described["servers"] == [{"url": "http://testserver"}]


@pytest.mark.django_db
def test_the_root_leads_to_the_description(client: Client) -> None:
    assert client.get("/api/")["Location"] == "/api/openapi.json"


# Articles


@pytest.mark.django_db
def test_articles_are_listed_errors_first_each_with_where_to_read_on(client: Client, described: dict) -> None:
    answer = client.get("/api/articles/").json()

    assert faults(described, "ArticleList", answer) == []
    assert answer["count"] == 8
    assert (answer["next"], answer["previous"]) == (None, None)
    names = [row["identity"] for row in answer["results"]]
    assert names == ["101", "102", "103", "105", "108", "185", "350", "manual-import"]
    row = answer["results"][1]
    assert row["url"] == "http://testserver/errors/102/"
    assert row["article"] == "http://testserver/api/articles/102/"
    assert row["triage"] == "http://testserver/api/triage/102/"
    for address in (row["url"], row["article"], row["triage"]):
        assert client.get(address.removeprefix("http://testserver")).status_code == 200


@pytest.mark.django_db
def test_one_kind_of_article_can_be_listed(client: Client, empty_site: None) -> None:
    publish_document(an_error("700"))
    publish_document(a_guide())

    listed = {kind: client.get(f"/api/articles/?kind={kind}").json()["results"] for kind in ("error", "guide")}

    assert {kind: [row["identity"] for row in rows] for kind, rows in listed.items()} == {
        "error": ["700"],
        "guide": ["a-guide"],
    }
    assert listed["guide"][0]["triage"] is None


@pytest.mark.django_db
def test_a_long_list_comes_in_pages_that_lead_to_each_other(client: Client, described: dict, monkeypatch) -> None:
    monkeypatch.setattr(api, "PER_PAGE", 3)

    address, pages = "http://testserver/api/articles/?kind=error", []
    while address:
        pages.append(client.get(address.removeprefix("http://testserver")).json())
        address = pages[-1]["next"]

    assert [len(page["results"]) for page in pages] == [3, 3, 1]
    assert all(faults(described, "ArticleList", page) == [] for page in pages)
    assert pages[2]["previous"] == "http://testserver/api/articles/?kind=error&page=2"
    assert {page["count"] for page in pages} == {7}


@pytest.mark.django_db
def test_a_site_without_articles_lists_none(client: Client, empty_site: None, described: dict) -> None:
    answer = client.get("/api/articles/").json()

    assert faults(described, "ArticleList", answer) == []
    assert answer["results"] == []


@pytest.mark.django_db
@pytest.mark.parametrize("identity", ["101", "102", "103", "105", "108", "185", "350", "manual-import"])
def test_an_article_is_had_whole(client: Client, described: dict, identity: str) -> None:
    answer = client.get(f"/api/articles/{identity}/").json()

    document = current().document(identity)
    assert document is not None
    assert faults(described, "Article", answer) == []
    assert as_json(document).items() <= answer.items()
    assert answer == client.get(f"{current().entries[identity].url[:-1]}.json").json()


@pytest.mark.django_db
def test_other_names_lead_to_the_article(client: Client) -> None:
    publish_document(an_error("OL-301", aliases=("the-desktop-one",)))
    asked = ["OL-301/", "ol-301", "the-desktop-one/", "The-Desktop-One/"]

    answers = [client.get(f"/api/articles/{name}") for name in asked]

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(301, "/api/articles/ol-301/")}


@pytest.mark.django_db
def test_what_was_taken_back_is_gone_for_machines_too(client: Client, described: dict) -> None:
    publish_document(an_error("700"))
    unpublish(Article.objects.get(code="700"), by=None, now=timezone.now())

    gone = [client.get(address) for address in ("/api/articles/700/", "/api/triage/700/", "/errors/700.json")]

    assert [answer.status_code for answer in gone] == [410, 410, 410]
    for answer in gone[:2]:
        assert faults(described, "Problem", answer.json()) == []
        assert answer.json()["detail"] == "Error 700: Title of 700 was taken back by the editors."
        assert answer["Access-Control-Allow-Origin"] == "*"
    for listing in ("/sitemap.xml", "/feed.xml", "/llms.txt", "/api/articles/"):
        assert b"/700" not in client.get(listing).content


# Search


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "first", "unknown"),
    [
        ("Error 102.", ("code", "102"), []),
        ("error 109", None, ["109"]),
        ("error 109 or 103", ("code", "103"), ["109"]),
        ("security code asks again", ("words", "185"), []),
        ("", None, []),
        ("  \x00 ", None, []),
        ("zebra", None, []),
    ],
)
def test_codes_come_first_and_unknown_ones_are_named(
    client: Client, described: dict, query: str, first: tuple[str, str] | None, unknown: list[str]
) -> None:
    answer = client.get("/api/search/", {"q": query}).json()

    results = [(row["matched"], row["identity"]) for row in answer["results"]]
    assert faults(described, "SearchResults", answer) == []
    assert answer["unknown_codes"] == unknown
    assert results[:1] == ([first] if first else [])


# Whatever is asked


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/api/articles/?page=0", 400, "page is a whole number from 1."),
        ("/api/articles/?page=x", 400, "page is a whole number from 1."),
        ("/api/articles/?page=" + "9" * 5_000, 400, "page is a whole number from 1."),
        ("/api/articles/?page=2", 404, "The last page is 1."),
        ("/api/articles/?kind=chooser", 400, "kind is one of: error, guide."),
        ("/api/articles/?kind=", 400, "kind is one of: error, guide."),
        ("/api/articles/999/", 404, "There is nothing at this address."),
        ("/api/articles/which-error/", 404, "There is nothing at this address."),
        ("/api/articles/%00/", 404, "There is nothing at this address."),
        ("/api/articles/102/flow/", 404, "There is nothing at this address."),
        ("/api/search/", 400, "Say what to search for: q is missing."),
        ("/api/nothing/", 404, "There is nothing at this address."),
        ("/api///evil.example", 404, "There is nothing at this address."),
        ("/api/triage/999/", 404, "There is nothing at this address."),
        ("/api/search/?" + "&".join(f"p{at}=x" for at in range(11_000)), 400, "The parameters of this address"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_in_json(
    client: Client, described: dict, address: str, status: int, says: str
) -> None:
    response = client.get(address, follow=True)

    answer = response.json()
    assert response.status_code == status == answer["status"]
    assert response["Content-Type"] == "application/problem+json"
    assert faults(described, "Problem", answer) == []
    assert answer["title"] == HTTPStatus(status).phrase
    assert answer["detail"].startswith(says)
    assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.django_db
@pytest.mark.parametrize("address", [*ADDRESSES, "/api/nothing/"])
def test_the_api_is_only_read(address: str) -> None:
    client = Client(enforce_csrf_checks=True)

    answers = [send(address) for send in (client.post, client.put, client.patch, client.delete)]

    assert {answer.status_code for answer in answers} == {405}
    assert {answer["Content-Type"] for answer in answers} == {"application/problem+json"}
    assert {answer["Allow"] for answer in answers} == {"GET, HEAD, OPTIONS"}


@pytest.mark.django_db
def test_a_fault_of_ours_is_a_problem_in_json_too(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(api, "as_data", lambda *args: 1 / 0)
    client.raise_request_exception = False

    answer, page = client.get("/api/articles/102/"), client.get("/errors/102.json")

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert answer.json()["status"] == 500
    assert page.status_code == 200


# From other sites


@pytest.mark.django_db
@pytest.mark.parametrize("address", [*ADDRESSES, "/api/", "/api/articles/OL-1/", "/api/triage/"])
def test_pages_of_any_site_may_read_every_answer(client: Client, address: str) -> None:
    response = client.get(address, headers={"Origin": "https://help.example"})

    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Access-Control-Expose-Headers"] == "ETag"
    assert "Access-Control-Allow-Credentials" not in response
    assert response["X-Robots-Tag"] == "noindex"


@pytest.mark.django_db
@pytest.mark.parametrize("address", [*ADDRESSES, "/api/nothing/"])
def test_browsers_that_ask_first_are_let_in(client: Client, address: str) -> None:
    asks = {"Origin": "https://help.example", "Access-Control-Request-Method": "GET"}

    response = client.options(address, headers=asks)

    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert response["Access-Control-Allow-Headers"] == "*"


# As readers' pages


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_an_answer_may_be_kept_and_is_asked_for_again_by_its_etag(client: Client, address: str) -> None:
    client.cookies["sessionid"] = "x"

    response = client.get(address)
    again = client.get(address, headers={"If-None-Match": response["ETag"]})

    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert response["Vary"] == "Accept-Encoding"
    assert not response.cookies
    assert (again.status_code, again.content) == (304, b"")
    assert again["Access-Control-Allow-Origin"] == "*"


@pytest.mark.django_db
def test_publishing_shows_in_the_api_at_once(client: Client) -> None:
    before = client.get("/api/articles/")

    publish_document(an_error("700"))
    after = client.get("/api/articles/", headers={"If-None-Match": before["ETag"]})

    assert after.status_code == 200
    assert after.json()["count"] == before.json()["count"] + 1


@pytest.mark.django_db
def test_answers_are_compressed(client: Client) -> None:
    response = client.get("/api/articles/102/", headers={"Accept-Encoding": "br"})

    assert response["Content-Encoding"] == "br"
