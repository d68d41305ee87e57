from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kb.search import codes_in
from tests.factories import a_guide, an_error, publish_document
from tests.markup import Element, tree

patient = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def search(client: Client, query: str) -> Element:
    response = client.get("/search/", {"q": query})
    assert response.status_code == 200, f"{query}: {response.status_code}"
    return tree(response.content.decode())


def found(page: Element) -> list[str]:
    """The articles that the results lead to, best first."""
    results = [item for item in page.all("ol") if "results" in item["class"]]
    links = [href.partition("#")[0] for item in results for href in item.hrefs]
    return list(dict.fromkeys(href for href in links if href.startswith(("/errors/", "/guides/"))))


# Codes


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("102", "102"),
        (" 102 ", "102"),
        ("102?", "102"),
        ("#102", "102"),
        ("error 185", "185"),
        ("qbo err 185", "185"),
        ("Error 350 -", "350"),
        ("error102", "102"),
        ("QuickBooks Online Error 108", "108"),
        ("err 103 help!!", "103"),
        ("err:105", "105"),
        ("quickbooks bank error code 101", "101"),
        ("ERROR_103", "103"),
        ("We can't connect to your bank right now. Error 102 (something's not working)", "102"),
        ("Please check your sign-in info for this bank and try again. (103)", "103"),
        ("Your bank needs you to take care of something on its website first. Error 108 Fix now", "108"),
        ("Connection expired, sign in to your bank to keep sharing data [350]", "350"),
        ("Checking (3102) It's taking too long to reach this bank. Error 101", "101"),
        ("error 103'; DROP TABLE article;--", "103"),
        ("<b onclick=x>\N{POUTING FACE} error 108</b>", "108"),
    ],
)
def test_a_code_comes_first_whatever_stands_around_it(client: Client, query: str, code: str) -> None:
    page = search(client, query)

    assert found(page)[0] == f"/errors/{code}/"


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["error 102 or 105", "errors 105, 102", "(105) (102)"])
def test_two_codes_in_one_query_both_come_first(client: Client, query: str) -> None:
    page = search(client, query)

    assert set(found(page)[:2]) == {"/errors/102/", "/errors/105/"}


@pytest.mark.django_db
def test_codes_of_letters_and_figures_are_codes_in_any_capitals(client: Client) -> None:
    publish_document(an_error("OL-301"))

    pages = [search(client, query) for query in ("ol-301", "OL-301", "error OL-301", "what is OL-301 please")]

    assert [found(page)[0] for page in pages] == ["/errors/ol-301/"] * 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("error 109", "109"),
        ("109", "109"),
        ("324", "324"),
        ("qbo 9999", "9999"),
        ("OL-301", "OL-301"),
        ("err 1020", "1020"),
        ("error 10", "10"),
        ("error 104 connection timed out at the bank", "104"),
    ],
)
def test_an_unknown_code_is_admitted_and_never_answered_with_a_neighbor(client: Client, query: str, code: str) -> None:
    page = search(client, query)

    assert f"We have no article on {code}" in page.text
    assert "You typed a code" not in page.text
    assert "best" not in [item["class"] for item in page.all("li")]


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["109", "324", "error 109", "OL-301"])
def test_nothing_stands_in_for_an_unknown_code_alone(client: Client, query: str) -> None:
    page = search(client, query)

    assert found(page) == []
    assert "/triage/" in page.one("main").hrefs


@pytest.mark.django_db
def test_a_known_code_is_answered_beside_an_unknown_one(client: Client) -> None:
    page = search(client, "error 109 or 102")

    assert "We have no article on 109" in page.text
    assert found(page)[0] == "/errors/102/"


@pytest.mark.django_db
def test_a_code_becomes_known_with_its_article(client: Client) -> None:
    before = search(client, "error 700")
    publish_document(an_error("700", title="The new one"))

    after = search(client, "error 700")

    assert "We have no article on 700" in before.text
    assert "We have no article" not in after.text
    assert found(after)[0] == "/errors/700/"


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["350 kb limit", "file of 350 KB", "my 102 transactions are gone", "since 2019"])
def test_a_figure_that_does_not_read_as_a_code_is_none(client: Client, query: str) -> None:
    page = search(client, query)

    assert "We have no article on" not in page.text
    assert "You typed a code" not in page.text


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("102", ("102",)),
        ("error 102 or 105", ("102", "105")),
        ("error 102, again error 102", ("102",)),
        ("OL-301", ("ol-301",)),
        ("350 kb limit", ()),
        ("", ()),
        ("error", ()),
        ("error code", ()),
        ("Checking (3102) Error 101", ("101",)),
        ("call 1-800-555-0100", ()),
        ("\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT ZERO}\N{ARABIC-INDIC DIGIT TWO}", ()),
    ],
)
def test_codes_are_read_as_people_write_them(query: str, codes: tuple[str, ...]) -> None:
    assert codes_in(query) == codes


before_code = st.sampled_from(
    ["error ", "Error: ", "ERR ", "err#", "error code ", "code ", "QBO error ", "err. ", "error"]
)
around = st.text("abcxyz ÄÖ.!?'\"<>", max_size=20).map(lambda text: f" {text} ")


@given(st.integers(10, 99_999), before_code, around, around)
@patient
def test_a_number_named_as_an_error_is_found_in_any_text(number: int, name: str, before: str, after: str) -> None:
    assert codes_in(f"{before}{name}{number}{after}") == (str(number),)


# Words


@pytest.mark.django_db
def test_words_find_the_article_that_holds_them(client: Client) -> None:
    publish_document(an_error("700", title="The bank is snoring", sign="Snoring is heard loudly."))
    publish_document(a_guide(title="How to wake a bank"))

    pages = [search(client, query) for query in ("snoring", "SNORING", "the bank is snoring loudly", "snorin")]

    assert [found(page)[0] for page in pages] == ["/errors/700/"] * 4


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["asdf qwzx plorb", ') AND " ( OR', "\N{POUTING FACE}", "***"])
def test_what_is_not_found_is_admitted_with_ways_on(client: Client, query: str) -> None:
    page = search(client, query)

    assert found(page) == []
    assert "Nothing matches" in page.text
    assert {"/triage/", "/compare/"} <= set(page.one("main").hrefs)


@pytest.mark.django_db
def test_the_query_stays_in_its_box_and_in_the_title(client: Client) -> None:
    page = search(client, ' error  102 "quoted" <b> & more ')

    assert page.one("input", name="q")["value"] == 'error 102 "quoted" <b> & more'
    assert 'error 102 "quoted" <b> & more' in page.one("head").one("title").text
    assert page.one("meta", name="robots")["content"] == "noindex"


# No and odd queries


@pytest.mark.django_db
def test_without_a_query_there_is_the_form_and_every_code(client: Client) -> None:
    page = tree(client.get("/search/").content.decode())

    codes = ["101", "102", "103", "105", "108", "185", "350"]
    assert [href for href in page.one("main").hrefs if href.startswith("/errors/1")] == [
        f"/errors/{code}/" for code in codes[:-1]
    ]
    assert "aria-invalid" not in page.one("input", name="q").attributes


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "   ", "\t\n", "\x00"])
def test_an_empty_query_is_told_what_to_enter(client: Client, query: str) -> None:
    page = search(client, query)

    box = page.one("input", name="q")
    assert box["aria-invalid"] == "true"
    assert page.by_id(box["aria-describedby"]).text == "Enter an error code or part of the message"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/search/?q=" + "x" * 10_000,
        "/search/?q=" + quote("error 102 ") * 1_000,
        "/search/?q=" + "%F0%9F%98%A1" * 500,
        "/search/?q=%00%00",
        "/search/?q=%FF%FE",
        "/search/?q=%ED%A0%80",
        "/search/?q=102&q=103",
        "/search/?q[]=102",
        "/search/?" + "q=102&" * 900,
        "/search/?" + "&".join(f"p{number}=x" for number in range(2_000)),
        "/search/?q=" + "(" * 5_000,
        "/search/?q=" + quote("\u202e102 rorre"),
        "/search/?q=a&q",
        "/search/?;=;&&&q==",
    ],
    ids=lambda address: address[:24],
)
def test_an_odd_address_is_no_error(client: Client, address: str) -> None:
    response = client.get(address)

    assert response.status_code == 200
    assert tree(response.content.decode()).one("h1").text == "Search"


hostile = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["error ", "102", "OL-301", "(", ")", '"', "AND ", "OR ", "NOT ", "*", "title:", "^2", "~", "\\", "[", "-"]
        ),
        max_size=12,
    ).map("".join),
)


@pytest.mark.django_db
@given(query=hostile)
@example(query="error " * 40)
@example(query="\ud800".encode("utf-8", "surrogatepass").decode("latin-1"))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_no_query_breaks_the_page_or_its_markup(client: Client, query: str) -> None:
    page = search(client, query)

    assert page.one("h1").text == "Search"
    assert not list(page.all("script"))


@given(st.text(max_size=300))
@patient
def test_reading_codes_never_fails(text: str) -> None:
    codes = codes_in(text)

    assert len(set(codes)) == len(codes)
    assert all(code == code.lower() for code in codes)
