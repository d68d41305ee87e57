"""The page of results, and the suggestions below a search box."""

from pathlib import Path
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kb.document import Lookalike, Related, Section
from kb.models import Synonym
from tests.factories import a_guide, an_error, publish_document
from tests.markup import Element, tree

pytestmark = pytest.mark.django_db

HOSTILE = [
    "<script>probe()</script>",
    '"><probe onmouseover=1>',
    "</title><probe>",
    "a AND (",
    '"unclosed',
    "field:",
    "title:^",
    "*",
    "* OR *",
    "[a TO z]",
    "word~99999",
    "102^1e309",
    "NOT NOT NOT",
    "/.*(a+)+$/",
    "'; --",
    "%s%n${x}{{7*7}}{% debug %}",
    "-6000",
    "\N{RIGHT-TO-LEFT OVERRIDE}error 102\N{POP DIRECTIONAL FORMATTING}",
    "\N{POUTING FACE}\N{COLLISION SYMBOL}",
    "\ufffe\uffff\x07\x00",
]


def search(client: Client, query: str) -> Element:
    response = client.get("/search/", {"q": query})
    assert response.status_code == 200, f"{query}: {response.status_code}"
    return tree(response.content.decode())


def found(page: Element) -> list[str]:
    """The articles that the results lead to, best first; for a code, its article only."""
    results = [item for item in page.all("ol") if "results" in item["class"]]
    titles = [title for item in results for title in item.all("h3")]
    return [href.partition("#")[0] for title in titles for href in title.hrefs]


def suggested(client: Client, text: str) -> list[dict[str, str]]:
    return client.get("/search/suggestions/", {"q": text}).json()["suggestions"]


# Codes


@pytest.mark.parametrize(
    "query",
    [
        "102",
        "err102",
        "#102",
        "Error 102 -",
        "We can't connect to your bank right now. Error 102 (something's not working)",
        "Checking (3102) It's taking too long to reach this bank. Error 102",
        "error 102'; DROP TABLE article;--",
        "<b onclick=x>\N{POUTING FACE} error 102</b>",
    ],
)
def test_a_code_comes_first_whatever_stands_around_it(client: Client, query: str) -> None:
    page = search(client, query)

    assert found(page)[0] == "/errors/102/"
    assert "You typed a code" in page.text


def test_a_known_code_stands_with_its_telling_sign_against_its_look_alikes(client: Client) -> None:
    other = (Lookalike("700", "Something else.", "Another sign."),)
    publish_document(an_error("701", sign="It purrs.", lookalikes=other, related=(Related("700", "It comes next."),)))
    publish_document(an_error("700", sign="It barks."))

    table = search(client, "700").one("table")

    rows = [[cell.text for cell in row.all("th", "td")] for row in table.all("tr")]
    assert rows[1:] == [["700", "It barks."], ["701", "It purrs."]]


def test_two_codes_both_come_first_and_are_told_from_each_other_only(client: Client) -> None:
    page = search(client, "error 102 or 105")

    assert found(page)[:2] == ["/errors/102/", "/errors/105/"]
    plates = [[plate.text for plate in table.all("th") if plate.text.isdigit()] for table in page.all("table")]
    assert plates == [["102", "105"], ["105", "102"]]


def test_an_alias_leads_to_its_article(client: Client) -> None:
    publish_document(an_error("OL-301", aliases=("ol-310",)))

    pages = [search(client, query) for query in ("ol-301", "error OL-301", "ol301", "OL-310")]

    assert [found(page)[0] for page in pages] == ["/errors/ol-301/"] * 4


def test_what_is_asked_beside_a_code_is_answered_from_its_article(client: Client) -> None:
    page = search(client, "error 102 what does help cost")

    best = next(item for item in page.all("li") if item["class"] == "best")
    assert "/errors/102/#costs" in best.hrefs


@pytest.mark.parametrize(
    ("query", "code", "neighbors"),
    [
        ("109", "109", ["108", "105", "103"]),
        ("error 1022", "1022", ["102"]),
        ("error 10", "10", ["101", "102", "103"]),
        ("qbo 9999", "9999", []),
        ("OL-301", "OL-301", []),
    ],
)
def test_an_unknown_code_is_admitted_and_its_neighbors_are_called_other_errors(
    client: Client, query: str, code: str, neighbors: list[str]
) -> None:
    page = search(client, query)

    assert page.one("main").one("h2", id="results-title").text == f"We have no article on {code}"
    assert "You typed a code" not in page.text
    assert found(page) == []
    section = next(section for section in page.all("section") if section["aria-labelledby"] == "results-title")
    links = [href for href in section.hrefs if href.startswith("/errors/")]
    assert links == [f"/errors/{neighbor}/" for neighbor in neighbors]
    assert ("they are other errors" in page.text) == bool(neighbors)
    assert "/triage/" in section.hrefs


def test_a_known_code_is_answered_beside_an_unknown_one(client: Client) -> None:
    page = search(client, "error 109 or 102")

    assert "We have no article on 109" in page.text
    assert found(page)[0] == "/errors/102/"


def test_words_beside_an_unknown_code_are_looked_for(client: Client) -> None:
    page = search(client, "error 109 asks for a code")

    assert found(page)[0] == "/errors/185/"
    assert page.text.index("We have no article on 109") < page.text.index("What matches the rest")


def test_a_code_becomes_known_with_its_article(client: Client) -> None:
    before = search(client, "error 700")
    publish_document(an_error("700", title="The new one"))

    after = search(client, "error 700")

    assert "We have no article on 700" in before.text
    assert found(after) == ["/errors/700/"]


# Words


def test_words_find_the_article_that_holds_them(client: Client) -> None:
    publish_document(an_error("700", title="The bank is snoring", sign="Snoring is heard loudly."))
    publish_document(a_guide(title="How to wake a bank"))

    pages = [search(client, query) for query in ("snoring", "SNORES", "the bank snores loudly", "snorin", "snroing")]

    assert [found(page)[0] for page in pages] == ["/errors/700/"] * 5


def test_a_result_leads_to_the_part_that_answers_with_its_words_marked(client: Client) -> None:
    publish_document(
        a_guide(title="Herons", sections=(Section("food", "What they eat", "They eat fish & <frogs>, at dusk."),))
    )

    page = search(client, "frogs")

    (item,) = page.one("ol", class_="results").all("li")
    assert item.one("h3").hrefs == ["/guides/a-guide/#food"]
    assert item.one("h3").text == "What they eat"
    assert item.one("p", class_="hint").text == "Herons"
    assert [mark.text for mark in item.all("mark")] == ["frogs"]
    assert "They eat fish & <frogs>, at dusk." in item.text


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("how much does it cost to hire someone", "costs"),
        ("how long does it take to fix", "snapshot"),
        ("how do I undo an import", "undo"),
        ("will I get duplicates", "duplicates"),
    ],
)
def test_a_question_lands_on_the_part_that_answers_it(client: Client, query: str, part: str) -> None:
    first = next(item for item in search(client, query).one("ol", class_="results").all("li"))

    assert first.one("h3").hrefs[0].partition("#")[2] == part


def test_a_mistyped_word_is_mended_and_the_reader_told(client: Client) -> None:
    page = search(client, "credentails")

    assert found(page)[0] == "/errors/103/"
    assert "“credentails” was read as “credentials”." in page.text


def test_synonyms_count_from_the_next_search_on(client: Client, admin_client: Client) -> None:
    publish_document(a_guide(title="How to stop snoring"))
    before = search(client, "sawing wood")

    admin_client.post("/admin/kb/synonym/add/", {"words": "snoring, sawing wood"})

    assert "/guides/a-guide/" not in found(before)
    assert found(search(client, "sawing wood"))[0] == "/guides/a-guide/"
    assert Synonym.objects.filter(words="snoring, sawing wood").exists()


def test_articles_that_hardly_match_are_no_results(client: Client) -> None:
    publish_document(a_guide(title="Snoring herons", sections=(Section("why", "Why herons snore", "Herons snore."),)))

    page = search(client, "how herons snore at the bank")

    assert found(page) == ["/guides/a-guide/"]


@pytest.mark.parametrize("query", ["asdf qwzx plorb", ') AND " ( OR', "\N{POUTING FACE}", "***", "the of and"])
def test_what_is_not_found_is_admitted_with_ways_on(client: Client, query: str) -> None:
    page = search(client, query)

    assert found(page) == []
    assert "Nothing matches" in page.text
    assert {"/triage/", "/compare/", "/errors/102/"} <= set(page.one("main").hrefs)


# The page


def test_the_query_stays_in_its_box_and_in_the_title(client: Client) -> None:
    page = search(client, ' error  102 "quoted" <b> & more ')

    assert page.one("input", name="q")["value"] == 'error 102 "quoted" <b> & more'
    assert 'error 102 "quoted" <b> & more' in page.one("head").one("title").text
    assert page.one("meta", name="robots")["content"] == "noindex"


def test_without_a_query_there_is_the_form_and_every_code(client: Client) -> None:
    page = tree(client.get("/search/").content.decode())

    codes = ["101", "102", "103", "105", "108", "185", "350"]
    assert [href for href in page.one("main").hrefs if href.startswith("/errors/")] == [
        f"/errors/{code}/" for code in codes
    ]
    assert "aria-invalid" not in page.one("input", name="q").attributes


@pytest.mark.parametrize("query", ["", "   ", "\t\n", "\x00", "\N{RIGHT-TO-LEFT MARK}"])
def test_an_empty_query_is_told_what_to_enter(client: Client, query: str) -> None:
    page = search(client, query)

    box = page.one("input", name="q")
    assert box["aria-invalid"] == "true"
    assert page.by_id(box["aria-describedby"]).text == "Enter an error code or part of the message"


@pytest.mark.parametrize("address", ["/search/?q=102", "/search/?q=error+102+or+105", "/search/", "/api/search/?q=102"])
def test_answers_to_known_codes_may_be_kept(client: Client, address: str) -> None:
    assert client.get(address)["Cache-Control"] == "public, max-age=0, must-revalidate"


@pytest.mark.parametrize("query", ["maintenance", "error 109", "asdf qwzx", "102 maintenance"])
def test_other_answers_are_given_anew_each_time(client: Client, query: str) -> None:
    assert client.get("/search/", {"q": query})["Cache-Control"] == "no-store"
    assert client.get("/search/suggestions/", {"q": query})["Cache-Control"] == "no-store"
    assert client.get("/api/search/", {"q": query})["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["/search/", "/search/suggestions/", "/search/completions/"])
def test_a_search_is_only_asked_for(client: Client, address: str) -> None:
    assert client.post(address, {"q": "102"}).status_code == 405


# Suggestions


def test_the_beginning_of_a_code_suggests_every_code_that_begins_so(client: Client) -> None:
    publish_document(an_error("1029"))

    assert [item["code"] for item in suggested(client, "10")] == ["101", "102", "1029", "103", "105", "108"]
    assert [item["code"] for item in suggested(client, "102")] == ["102", "1029"]
    assert suggested(client, "102")[0] == {
        "url": "/errors/102/",
        "code": "102",
        "title": "Your bank’s servers aren’t answering QuickBooks",
        "note": "",
    }


def test_half_a_word_suggests_the_parts_that_have_it_in_a_whole_one(client: Client) -> None:
    publish_document(a_guide(title="Herons", sections=(Section("food", "What they eat", "Salamanders."),)))

    assert suggested(client, "they eat salam") == [
        {"url": "/guides/a-guide/#food", "code": "", "title": "What they eat", "note": "Herons"}
    ]


@pytest.mark.parametrize("text", ["", " ", "qwzx", "\x00", "(", "x" * 5_000])
def test_nothing_is_suggested_for_nothing(client: Client, text: str) -> None:
    assert suggested(client, text) == []


def test_a_browser_s_address_bar_is_told_the_same_in_its_own_way(client: Client) -> None:
    publish_document(a_guide(title="Herons", sections=(Section("food", "What they eat", "Salamanders."),)))

    by_code, by_words = (client.get("/search/completions/", {"q": text}) for text in ("105", "salam"))

    assert by_code["Content-Type"] == "application/x-suggestions+json"
    assert by_code["Cache-Control"] == "no-store"
    asked, (term,), *_ = by_code.json()
    assert asked == "105"
    assert found(search(client, term))[0] == "/errors/105/"
    assert by_words.json() == ["salam", ["What they eat"], ["Herons"], ["/guides/a-guide/#food"]]


# Odd and hostile queries


@pytest.mark.parametrize(
    "address",
    [
        "/search/?q=" + "x" * 10_000,
        "/search/?q=" + quote("error 102 ") * 1_000,
        "/search/?q=" + "bank%20" * 285,
        "/search/?q=" + "%F0%9F%98%A1" * 500,
        "/search/?q=%00%00",
        "/search/?q=%FF%FE",
        "/search/?q=%ED%A0%80",
        "/search/?q=102&q=103",
        "/search/?q[]=102",
        "/search/?" + "q=102&" * 900,
        "/search/?" + "&".join(f"p{number}=x" for number in range(2_000)),
        "/search/?q=" + "(" * 5_000,
        "/search/?q=a&q",
        "/search/?;=;&&&q==",
    ],
    ids=lambda address: address[:24],
)
def test_an_odd_address_is_no_error(client: Client, address: str) -> None:
    response = client.get(address)

    assert response.status_code == 200
    assert tree(response.content.decode()).one("h1").text == "Search"
    for path in ("/search/suggestions/", "/search/completions/"):
        assert client.get(address.replace("/search/", path)).status_code == 200


@pytest.mark.parametrize("query", HOSTILE)
def test_a_hostile_query_is_text_and_nothing_more(client: Client, query: str) -> None:
    page = search(client, query)

    assert page.one("h1").text == "Search"
    assert not list(page.all("probe"))
    assert not [element for element in page.all() for name in element.attributes if name.startswith("on")]
    assert all(script["src"].startswith("/static/js/") for script in page.all("script"))


parts = [
    "error ",
    "102",
    "OL-301",
    "(",
    ")",
    '"',
    "AND ",
    "OR ",
    "NOT ",
    "*",
    "title:",
    "^2",
    "~",
    "\\",
    "[",
    "-",
    "bank ",
]


@given(query=st.text(max_size=60) | st.lists(st.sampled_from(parts), max_size=12).map("".join))
@example(query="error " * 40)
@example(query="\ud800".encode("utf-8", "surrogatepass").decode("latin-1"))
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_no_query_breaks_the_page_or_its_markup(client: Client, query: str) -> None:
    page = search(client, query)

    assert page.one("h1").text == "Search"
    assert all(script["src"].startswith("/static/js/") for script in page.all("script"))


# Queries as people type them


def cases() -> list[list[str]]:
    """Query, expected article (or several; “none:CODE”; “zero”), others that must be among the first three, kind."""
    lines = Path(__file__).with_name("search_cases.tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines[1:]]


def is_right(client: Client, query: str, expected: str, also: str) -> bool:
    page = search(client, query)
    first = [href.strip("/").rpartition("/")[2] for href in found(page)][:3]
    if expected.startswith("none:"):
        return f"We have no article on {expected[5:]}" in page.text and "You typed a code" not in page.text
    if expected == "zero":
        return not first and "Nothing matches" in page.text
    return bool(first) and first[0] in expected.split("|") and set(filter(None, also.split("|"))) <= set(first)


def test_every_code_banner_unknown_code_and_nonsense_is_answered_right(client: Client) -> None:
    sure = {"code", "banner", "none", "hostile"}

    wrong = [
        query for query, expected, also, kind in cases() if kind in sure and not is_right(client, query, expected, also)
    ]

    assert wrong == []


def test_nineteen_of_twenty_other_queries_lead_to_the_right_article_first(client: Client) -> None:
    kinds = {"words", "synonym", "typo", "prefix", "question"}
    asked = [(query, expected, also) for query, expected, also, kind in cases() if kind in kinds]

    wrong = [query for query, expected, also in asked if not is_right(client, query, expected, also)]

    assert len(asked) > 200
    assert len(wrong) <= len(asked) // 20, wrong
