from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from kb.desk import read_document, write_document
from kb.document import Document, Kind, Lookalike, Related
from kb.flow import Flow
from kb.models import Article, PreviewLink
from kb.signs import Fit, Observation, Sign
from tests.factories import a_guide, an_error, an_outcome, publish_document
from tests.markup import Element, tree

pytestmark = pytest.mark.django_db

CODES = ["101", "102", "103", "105", "108", "185", "350"]


def page_of(client: Client, address: str) -> Element:
    response = client.get(address)
    assert response.status_code == 200, f"{address}: {response.status_code} {response.get('Location')}"
    return tree(response.content.decode())


def matches(element: Element) -> list[str]:
    """The codes of the matches inside, as listed."""
    return [heading.one("span", class_="plate").text for heading in element.all("h3")]


def result_of(page: Element) -> Element:
    return page.by_id("result")


def an_observation(key: str, **changes: Any) -> Observation:
    return replace(Observation(key, f"Do you see {key}?", f"{key} seen"), **changes)


def a_chooser(*observations: Observation) -> Document:
    flow = Flow("end", (an_outcome("end", causes=()),))
    return a_guide("which-error", kind=Kind.CHOOSER, sections=(), flow=flow, observations=observations)


def an_error_with(code: str, *signs: Sign, **changes: Any) -> Document:
    nobody = {"lookalikes": (Lookalike("999", "Fault.", "Sign."),), "related": (Related("999", "Text."),)}
    return an_error(code, signs=signs, **(nobody | changes))


@pytest.fixture
def small_site(empty_site: None) -> None:
    """Three errors and three observations: smoke tells 700 from 701, 702 says little."""
    publish_document(a_chooser(an_observation("smoke"), an_observation("noise"), an_observation("smell")))
    publish_document(an_error_with("700", Sign("smoke", Fit.YES), Sign("noise", Fit.SOMETIMES, "on Mondays")))
    publish_document(an_error_with("701", Sign("smoke", Fit.NO), Sign("noise", Fit.YES), Sign("smell", Fit.NO)))
    publish_document(an_error_with("702", Sign("smell", Fit.YES)))


def test_the_matrix_has_a_row_for_each_observation_and_a_column_for_each_error(client: Client) -> None:
    page = page_of(client, "/compare/")

    listed = read_document(Article.objects.get(kind=Kind.CHOOSER)).observations
    tables = [table for table in page.all("table") if table["class"] == "matrix"]
    rows = [row for table in tables for row in table.one("tbody").all("tr")]
    assert len(listed) >= 12
    assert [row.one("strong").text for row in rows] == [observation.question for observation in listed]
    for table in tables:
        assert [cell.text for cell in table.one("thead").all("th")] == ["What you see", "Your answer", *CODES]
        assert table.one("caption").text
    assert {len([cell for cell in row.all("td") if cell["data-label"]]) for row in rows} == {len(CODES)}
    for code in CODES:
        signs = read_document(Article.objects.get(code=code)).sign_by_observation
        cells = [cell.text for row in rows for cell in row.all("td") if cell["data-label"] == code]
        words = {Fit.YES: "Yes", Fit.SOMETIMES: "May", Fit.NO: "No"}
        assert cells == [words[signs[observation.key].fit] for observation in listed]


def test_the_form_is_plain_and_nothing_is_chosen_before(client: Client) -> None:
    form = page_of(client, "/compare/").one("form", id="seen")

    assert (form["method"], form["action"]) == ("", "/compare/")
    radios = [field for field in form.all("input") if field["type"] == "radio"]
    assert {radio["value"] for radio in radios} == {"yes", "no", "not-sure"}
    assert not [radio for radio in radios if "checked" in radio.attributes]
    assert [option["value"] for option in form.one("select").all("option")] == ["", *CODES]
    questions = {group["aria-labelledby"] for group in form.all("div") if group["role"] == "radiogroup"}
    assert len(questions) == len({radio["name"] for radio in radios})
    assert all(form.by_id(question).text for question in questions)


def test_without_answers_there_is_no_result_and_the_page_may_be_indexed(client: Client) -> None:
    page = page_of(client, "/compare/")

    assert not [element for element in page.all() if element["id"] == "result"]
    assert not [meta for meta in page.all("meta") if meta["name"] == "robots"]
    assert page.one("link", rel="canonical")["href"] == "http://testserver/compare/"


def test_answers_in_the_address_are_chosen_in_the_form_and_come_to_a_result(client: Client) -> None:
    page = page_of(client, "/compare/?shown=102&sign-in=yes&notice=yes")

    chosen = [(field["name"], field["value"]) for field in page.all("input") if "checked" in field.attributes]
    assert chosen == [("sign-in", "yes"), ("notice", "yes")]
    assert [option["value"] for option in page.all("option") if "selected" in option.attributes] == ["102"]
    assert result_of(page).one("h2").text == "Error 108 is the one that fits"
    assert matches(result_of(page)) == ["108", "102", "101", "105", "350", "103", "185"]
    assert page.one("meta", name="robots")["content"] == "noindex"


def test_a_result_says_what_fits_what_can_go_with_it_and_what_speaks_against_the_others(
    client: Client, small_site: None
) -> None:
    result = result_of(page_of(client, "/compare/?smoke=yes&noise=yes&smell=no"))

    assert result.one("h2").text == "Error 700 is the one that fits"
    best, others = result.one("div", class_="best"), result.one("details")
    assert "Fits: smoke seen (yes)" in best.text
    assert "Can go with it: noise seen" not in best.text  # noise speaks against nobody
    assert matches(others) == ["701", "702"]
    assert "Fits: smell seen (no) Speaks against it: smoke seen (yes)" in others.text
    assert "Speaks against it: smell seen (no)" in others.text


def test_a_sign_that_shows_at_times_says_when(client: Client, small_site: None) -> None:
    result = result_of(page_of(client, "/compare/?noise=no&smell=no"))
    seen = result_of(page_of(client, "/compare/?smoke=no&noise=yes"))

    assert "Can go with it: noise seen (no)" in result.one("div", class_="best").text
    assert "noise seen" not in seen.text
    publish_document(an_error_with("703", Sign("noise", Fit.NO)))
    assert "noise seen (yes; on Mondays)" in result_of(page_of(client, "/compare/?smoke=no&noise=yes")).text


def test_where_several_fit_the_code_on_the_screen_decides(client: Client, small_site: None) -> None:
    without = result_of(page_of(client, "/compare/?smell=yes"))
    with_it = result_of(page_of(client, "/compare/?shown=700&smell=yes"))

    assert matches(without) == ["702", "700", "701"]
    assert without.one("h2").text == "Error 702 fits best"
    assert "If the code of one of them is on your screen, go by that." in without.text
    assert matches(with_it) == ["700", "702", "701"]
    assert "its code is on your screen" in with_it.text


@pytest.mark.parametrize("seen", ["sign-in=yes", "shown=185&sign-in=yes&code=no", "code=no"])
def test_where_only_the_order_of_the_list_would_decide_no_error_is_called_the_best(client: Client, seen: str) -> None:
    page = page_of(client, f"/compare/?{seen}")
    result = result_of(page)

    assert result.one("h2").text == "Several errors fit so far"
    assert result.one("a", class_="button").text == "Ask me one thing at a time"
    assert result.one("a", class_="button")["href"].startswith("/compare/ask/?")
    assert len(matches(next(result.all("ul")))) >= 2
    assert "fits best" not in page.text
    assert "Start triage for" not in page.text
    assert page.text.count("Ask me one thing at a time") == 1


def test_equals_that_no_question_tells_apart_are_offered_in_their_order(client: Client, empty_site: None) -> None:
    publish_document(a_chooser(an_observation("smoke")))
    for code, fit in (("700", Fit.YES), ("701", Fit.YES), ("702", Fit.NO)):
        publish_document(an_error_with(code, Sign("smoke", fit)))

    for address in ("/compare/?smoke=yes", "/compare/ask/?smoke=yes"):
        result = result_of(page_of(client, address))
        assert result.one("h2").text == "Several errors fit so far"
        assert "Start with the first" in result.text
        assert not [element for element in result.all() if element["class"] in {"best", "button"}]
        first, second = next(result.all("ul")).all("li")
        assert (first.hrefs[-1], second.hrefs[-1]) == ("/triage/700/", "/triage/701/")


def test_what_was_seen_outranks_the_code_on_the_screen(client: Client) -> None:
    result = result_of(page_of(client, "/compare/?shown=103&bank-page=yes&boxes=no"))

    assert matches(result)[0] == "350"


def test_that_no_error_fits_is_said_and_the_nearest_are_named_with_what_speaks_against_them(client: Client) -> None:
    result = result_of(page_of(client, "/compare/?notice=yes&bank-page=yes"))

    assert result.one("h2").text == "None of these errors fits all that you saw"
    nearest = next(result.all("ul"))
    assert matches(nearest) == ["108", "350"]
    assert nearest.text.count("Speaks against it:") == 2
    assert "/search/" in result.hrefs
    assert not [element for element in result.all() if element["class"] in {"best", "button"}]


def test_not_sure_is_kept_in_the_address_and_counts_nothing(client: Client) -> None:
    page = page_of(client, "/compare/?notice=not-sure&code=not-sure")

    assert [field["value"] for field in page.all("input") if "checked" in field.attributes] == ["not-sure"] * 2
    assert not [element for element in page.all() if element["id"] == "result"]


def test_the_triage_of_the_best_match_begins_after_what_is_known(client: Client) -> None:
    best = result_of(page_of(client, "/compare/?sign-in=yes&notice=yes")).one("div", class_="best")

    address = best.one("a", class_="button")["href"]
    assert address == "/triage/108/kind/?bank-sign-in=yes&notice=yes"
    assert "with 2 answers filled in" in best.text
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("page", ["/compare/", "/compare/ask/"])
@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("notice=no&sign-in=yes", "sign-in=yes&notice=no"),
        ("sign-in=yes&shown=102", "shown=102&sign-in=yes"),
        ("sign-in=yes&sign-in=no", "sign-in=yes"),
        ("sign-in=maybe&notice=no", "notice=no"),
        ("sign-in=YES&notice=&x=1&utm_source=a", ""),
        ("shown=&sign-in=no", "sign-in=no"),
        ("shown=999&sign-in=no", "sign-in=no"),
        ("shown=manual-import&sign-in=no", "sign-in=no"),
        ("sign-in=no&%00=%ff&<script>=1", "sign-in=no"),
        ("&".join(["sign-in=yes"] * 200), "sign-in=yes"),
        ("&".join(f"a{number}=yes" for number in range(200)), ""),
    ],
)
def test_every_address_leads_to_its_canonical_form_at_once(
    client: Client, page: str, asked: str, canonical: str
) -> None:
    address = f"{page}?{canonical}" if canonical else page

    response = client.get(f"{page}?{asked}")

    assert (response.status_code, response["Location"]) == (302, address)
    assert client.get(address).status_code == 200


def test_a_code_is_known_by_its_other_names_too(client: Client, small_site: None) -> None:
    publish_document(an_error_with("OL-301", Sign("smoke", Fit.NO), aliases=("ol301",)))

    answers = [client.get("/compare/", {"shown": name})["Location"] for name in ("OL-301", "ol301", "Ol301")]

    assert answers == ["/compare/?shown=ol-301"] * 3


def test_texts_of_editors_are_shown_as_text(client: Client, empty_site: None) -> None:
    nasty = "<script>alert(1)</script>"
    publish_document(a_chooser(an_observation("smoke", question=nasty, name=nasty, help=nasty, group=nasty)))
    publish_document(an_error_with("700", Sign("smoke", Fit.SOMETIMES, nasty)))

    pages = [client.get(address).content.decode() for address in ("/compare/?smoke=yes", "/compare/ask/smoke/")]

    assert all(nasty not in page and "&lt;script&gt;" in page for page in pages)


def test_an_error_without_signs_is_no_column_but_still_has_its_look_alikes(client: Client, small_site: None) -> None:
    publish_document(an_error_with("703", sign="A green sky.", lookalikes=(Lookalike("700", "Fault.", "Sign."),)))

    page = page_of(client, "/compare/")

    assert "703" not in [cell.text for cell in page.one("table", class_="matrix").all("th")]
    pairs = {
        row.one("th").text: [row.one("td", data_label="Sign:").text, row.one("td", class_="pairs").hrefs]
        for row in page.one("table", class_="differential").one("tbody").all("tr")
    }
    assert pairs["703"] == ["A green sky.", ["/compare/700-vs-703/"]]
    assert "/compare/700-vs-703/" in pairs["700"][1]


def test_every_pair_of_look_alikes_can_be_opened(client: Client) -> None:
    table = page_of(client, "/compare/").one("table", class_="differential")

    links = {link for link in table.hrefs if "-vs-" in link}
    assert len(links) == 21
    assert {client.get(link).status_code for link in links} == {200}
    assert set(table.hrefs) >= {f"/errors/{code}/" for code in CODES}


def test_before_anything_is_published_there_is_nothing_to_compare(client: Client, empty_site: None) -> None:
    page = page_of(client, "/compare/")

    assert "There is nothing to compare yet." in page.text
    assert client.get("/compare/ask/?x=1")["Location"] == "/compare/"
    assert client.get("/compare/ask/notice/").status_code == 302


def test_a_comparison_follows_the_newest_edition(client: Client, small_site: None) -> None:
    before = matches(result_of(page_of(client, "/compare/?smoke=yes")))
    publish_document(an_error_with("700", Sign("smoke", Fit.NO)))

    assert before[0] == "700"
    assert matches(result_of(page_of(client, "/compare/?smoke=yes")))[0] == "702"


def test_a_draft_is_compared_by_the_signs_on_the_desk(client: Client, small_site: None) -> None:
    draft = write_document(an_error_with("701", Sign("smoke", Fit.YES), Sign("smell", Fit.YES)))
    now = timezone.now()
    link = PreviewLink.objects.create(article=draft, made_at=now, expires_at=now + timedelta(days=1))

    page = page_of(client, f"/preview/{link.token}/compare/?smoke=yes&smell=yes")

    assert matches(result_of(page))[0] == "701"
    assert matches(result_of(page_of(client, "/compare/?smoke=yes&smell=yes")))[0] == "700"


def ask(client: Client, address: str) -> tuple[str, dict[str, str]]:
    """The question that a page asks, and where its answers lead; no answers at the end."""
    page = page_of(client, address)
    forms = [form for form in page.all("form") if list(form.all("button")) and form["class"] != "search wide-only"]
    return page.one("h1").text, {button.text: sent(form, button) for form in forms for button in form.all("button")}


def sent(form: Element, pressed: Element) -> str:
    """The address that a browser asks for when a button of a plain form is pressed."""
    fields = [field for field in form.all("input", "button") if field.name == "input" or field == pressed]
    return f"{form['action']}?{urlencode([(field['name'], field['value']) for field in fields])}"


def test_one_question_is_asked_at_a_time_with_the_reason_for_it(client: Client, small_site: None) -> None:
    page = page_of(client, "/compare/ask/")

    assert page.one("h1").text == "Do you see smoke?"
    assert "Why we ask: It tells 700 from 701." in page.text
    assert "Question 1 of at most 8" in page.text
    assert ask(client, "/compare/ask/")[1] == {
        "Yes": "/compare/ask/?smoke=yes",
        "No": "/compare/ask/?smoke=no",
        "Not sure": "/compare/ask/?smoke=not-sure",
    }


def test_the_next_question_is_about_the_errors_that_are_left(client: Client, small_site: None) -> None:
    question, _ = ask(client, "/compare/ask/?smoke=not-sure")
    page = page_of(client, "/compare/ask/?smoke=no&smell=not-sure")

    assert question == "Do you see smell?"
    assert page.one("h1").text == "Which error is it?"  # 701 and 702 differ in nothing that is left to ask
    assert result_of(page).one("h2").text == "Error 701 fits best"


@pytest.mark.parametrize(
    ("kinds", "reason"),
    [
        ((Fit.YES, Fit.NO, Fit.NO), "It tells 700 from 701 and 702."),
        ((Fit.YES, Fit.SOMETIMES, Fit.SOMETIMES), "It always goes with 700, and only at times with 701 and 702."),
        ((Fit.SOMETIMES, Fit.SOMETIMES, Fit.NO), "It can go with 700 and 701, and never goes with 702."),
    ],
)
def test_the_reason_names_the_errors_that_an_answer_tells_apart(
    client: Client, empty_site: None, kinds: tuple[Fit, ...], reason: str
) -> None:
    publish_document(a_chooser(an_observation("smoke")))
    for code, fit in zip(("700", "701", "702"), kinds, strict=True):
        publish_document(an_error_with(code, Sign("smoke", fit)))

    assert f"Why we ask: {reason}" in page_of(client, "/compare/ask/").text


def test_every_way_of_saying_yes_or_no_ends_at_the_error_that_fits(client: Client) -> None:
    ends, waiting = set[str](), ["/compare/ask/"]
    while waiting:
        address = waiting.pop()
        page = page_of(client, address)
        _, answers = ask(client, address)
        assert address.count("=") + bool(answers) <= 8
        if not answers:
            assert result_of(page).one("h2").text.startswith("Error ")
            ends.add(matches(result_of(page))[0])
        waiting += [answers[words] for words in ("Yes", "No") if words in answers]

    assert ends == set(CODES)


def test_whoever_is_not_sure_of_anything_is_let_go_after_eight_questions(client: Client) -> None:
    address = "/compare/ask/"
    for _ in range(8):
        _, answers = ask(client, address)
        address = answers["Not sure"]

    page = page_of(client, address)

    assert page.one("h1").text == "Nothing to go by yet"
    assert "/triage/" in page.one("main").hrefs


def test_earlier_answers_are_listed_and_can_be_changed_without_losing_the_others(client: Client) -> None:
    page = page_of(client, "/compare/ask/?shown=102&notice=no&later-worked=no")

    trail = page.one("ol", class_="trail")
    assert [item.one("b").text for item in trail.all("li")] == ["No", "No"]
    change = trail.hrefs[0]
    assert change == "/compare/ask/notice/?shown=102&notice=no&later-worked=no"
    question, answers = ask(client, change)
    assert question == "Does the bank show anything to accept, confirm or read?"
    assert answers == {
        "Yes": "/compare/ask/?shown=102&notice=yes&later-worked=no",
        "No your answer now": "/compare/ask/?shown=102&notice=no&later-worked=no",
        "Not sure": "/compare/ask/?shown=102&notice=not-sure&later-worked=no",
    }
    assert "Question 2 of" in page_of(client, change).text


def test_a_question_that_the_other_answers_settle_can_still_be_changed(client: Client) -> None:
    page = page_of(client, "/compare/ask/boxes/?notice=yes")

    assert "Why we ask: Your other answers leave nothing for it to tell apart." in page.text


def test_all_ways_of_answering_are_not_links_for_crawlers_to_follow(client: Client) -> None:
    links = page_of(client, "/compare/").one("main").hrefs + page_of(client, "/compare/ask/").one("main").hrefs

    assert not [link for link in links if "?" in link]


def test_both_pages_hand_their_answers_to_each_other(client: Client) -> None:
    matrix = page_of(client, "/compare/?notice=no").one("main").hrefs
    question = page_of(client, "/compare/ask/?notice=no").one("main").hrefs

    assert "/compare/ask/?notice=no" in matrix
    assert "/compare/?notice=no" in question


def test_an_observation_that_is_not_listed_any_more_leads_to_the_next_question(client: Client) -> None:
    response = client.get("/compare/ask/gone/?notice=no")

    assert (response.status_code, response["Location"]) == (302, "/compare/ask/?notice=no")


@pytest.mark.parametrize("address", ["/compare/?notice=yes", "/compare/ask/?notice=no", "/compare/ask/notice/"])
def test_answers_cost_one_query_set_no_cookie_and_may_be_kept(
    client: Client, address: str, django_assert_num_queries: Any
) -> None:
    client.get(address)

    with django_assert_num_queries(1):
        response = client.get(address)

    assert not response.cookies
    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert "Cookie" not in response["Vary"]
    assert client.get(address, headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert client.post(address).status_code == 405
