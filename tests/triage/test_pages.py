import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.conf import settings as site
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kb.document import Document, Kind, Source, Standing, parse
from kb.edition import current
from kb.flow import MAX_DECISIONS, Answer, Disposition, Flow, Jump, Option, Outcome, Question, Repair
from tests.factories import FIVE_MINUTES, a_flow, a_guide, an_error, an_outcome, publish_document
from tests.markup import Element, tree

FLOWS = {
    document.identity: document.flow
    for path in sorted((site.BASE_DIR / "fixtures").glob("*.md"))
    for document in [parse(path.read_text())]
    if document.flow is not None
}
CHOOSER = "which-error"
# On the small site: two answers, and the repair step that they lead to.
HERE = "/triage/700/try/?first=one&second=yes"


def page_of(response: HttpResponse) -> Element:
    assert response.status_code == 200, f"{response.status_code} {response.get('Location', '')}"
    return tree(response.content.decode())


def answers_on(page: Element) -> list[Element]:
    """The links with which a page lets people answer; none on an outcome."""
    return [link for listed in page.all("ul") if listed["class"] == "answers" for link in listed.all("a")]


def trail_of(address: str) -> list[tuple[str, str]]:
    return [pair for pair in parse_qsl(urlsplit(address).query) if pair[0] not in {"v", "as"}]


def node_of(address: str) -> str:
    """The node that an address names, empty for the start."""
    match = re.fullmatch(r"/triage/[^/]+/([^/]+)/", urlsplit(address).path)
    return match[1] if match else ""


def a_longer_flow() -> Flow:
    """Two questions whose answers mostly lead to the same next question, then the factory's repair step."""
    return Flow(
        "first",
        (
            Question(
                "first",
                "The first question?",
                (Option("one", "One", "second"), Option("two", "Two", "second"), Option("not-sure", "?", "wait")),
                help="Look **twice**.",
                why="Because.",
                where="Over there.",
            ),
            Question(
                "second",
                "The second question?",
                (Option("yes", "Yes", "try", "It does"), Option("no", "No", "wait"), Option("not-sure", "?", "wait")),
            ),
            *a_flow().nodes[1:],
        ),
    )


def a_chooser(*jumps: Jump) -> Document:
    options = tuple(Option(f"o{at}", f"To {jump.to}", jump.key) for at, jump in enumerate(jumps))
    return Document(
        kind=Kind.CHOOSER,
        slug="which",
        title="Which error is it?",
        description="Which?",
        summary="Which?",
        reviewed_on=an_error().reviewed_on,
        sources=(Source("intuit", "A page", "Intuit", Standing.OFFICIAL),),
        flow=Flow(
            "see",
            (
                Question("see", "What do you see?", (*options, Option("not-sure", "Not sure", "end"))),
                *jumps,
                an_outcome("end", causes=()),
            ),
        ),
    )


@pytest.fixture
def small_site(empty_site: None) -> None:
    """One error with two questions, a repair step and three outcomes, and a chooser that leads to it."""
    publish_document(an_error("700", flow=a_longer_flow()))
    publish_document(a_chooser(Jump("go", "700", "It is 700")))


# Every path


@pytest.mark.django_db
def test_the_walked_flows_are_the_published_ones() -> None:
    assert set(FLOWS) == {identity for identity, entry in current().entries.items() if entry.has_flow}


@pytest.mark.django_db
@pytest.mark.parametrize("identity", FLOWS)
def test_every_path_is_walked_by_its_links_to_an_outcome_with_all_its_parts(client: Client, identity: str) -> None:
    flow = FLOWS[identity]
    waiting: list[tuple[str, list[str]]] = [("/triage/" if identity == CHOOSER else f"/triage/{identity}/", [])]
    seen: set[str] = set()
    jumps: set[str] = set()
    codes: list[str] = []
    ends = 0

    while waiting:
        address, answers = waiting.pop()
        node = flow.by_key[node_of(address) or flow.start]
        response = client.get(address)
        page = page_of(response)
        seen.add(node.key)
        assert not response.cookies
        assert len(answers) <= MAX_DECISIONS
        if isinstance(node, Outcome):
            _assert_complete(page, node, answers)
            code = re.findall(rf"\b{identity}-\d+-[A-Z]+\b", page.text, re.IGNORECASE)[0]
            _assert_code_leads_to(client, code, address)
            codes.append(code)
            ends += 1
            continue
        links = answers_on(page)
        assert [link.one("strong").text for link in links] == [option.label for option in node.options]
        for link, option in zip(links, node.options, strict=True):
            target = flow.by_key[option.to]
            if isinstance(target, Jump):
                jumps.add(link["href"])
                seen.add(target.key)
                ends += 1
                assert urlsplit(link["href"]).path.split("/")[2] == target.to.lower()
            else:
                assert trail_of(link["href"]) == [*trail_of(address), (node.key, option.key)]
                assert node_of(link["href"]) == target.key
                waiting.append((link["href"], [*answers, option.label]))

    assert seen == set(flow.by_key)
    assert ends == _paths(flow, flow.start)
    assert len(set(codes)) == len(codes) > 0
    assert {client.get(address).status_code for address in jumps} <= {200}
    assert not client.cookies


def _paths(flow: Flow, key: str) -> int:
    return sum(_paths(flow, option.to) for option in flow.by_key[key].options) or 1


def _assert_complete(page: Element, outcome: Outcome, answers: list[str]) -> None:
    assert page.one("h1").text == outcome.text
    assert page.by_id("do-now").text.startswith("Do this now")
    facts = [term.text for snapshot in page.all("dl") if snapshot["class"] == "snapshot" for term in snapshot.all("dt")]
    assert {"Who acts", "Data risk", "Cost"} <= set(facts)
    if outcome.disposition is not Disposition.FIXED:
        assert "How long" in facts
        assert page.by_id("fails").text == "If that fails"
    assert bool(outcome.hard_stop) == any(section["class"] == "hard-stop" for section in page.all("section"))
    note = page.one("pre", class_="handoff").raw_text
    assert f"Finding: {outcome.text}" in note
    at = 0
    for number, answer in enumerate(answers, start=1):
        at = note.index(f"\n{number}. ", at)
        assert answer in note[at : note.index("\n", at + 1)]


def _assert_code_leads_to(client: Client, code: str, address: str) -> None:
    """The code for the phone redirects to the same place, pinned to the revision that it names."""
    response = client.get(f"/t/{code.lower()}")
    assert response.status_code == 302
    revision = code.split("-")[-2]
    assert response["Location"] == f"{address}&v={revision}"


@pytest.mark.django_db
@pytest.mark.parametrize("identity", FLOWS)
def test_what_a_code_leads_to_is_the_place_it_was_read_from(client: Client, identity: str) -> None:
    flow = FLOWS[identity]
    outcome = flow.outcomes[-1]
    trail = flow.path(flow.start, outcome.key)
    page = page_of(client.get(f"/triage/{identity}/{outcome.key}/?{urlencode(trail or ())}"))
    code = re.findall(rf"\b{identity}-\d+-[A-Z]+\b", page.text, re.IGNORECASE)[0]

    pinned = page_of(client.get(f"/t/{code}", follow=True))

    assert pinned.one("h1").text == page.one("h1").text
    assert code in pinned.text
    assert [item.text for item in pinned.one("ol", class_="trail").all("li")] == [
        item.text for item in page.one("ol", class_="trail").all("li")
    ]


# A question, a repair step, an outcome


@pytest.mark.django_db
def test_a_question_shows_its_help_why_it_is_asked_and_how_far_it_may_go(client: Client) -> None:
    publish_document(an_error("700", flow=a_longer_flow()))

    page = page_of(client.get("/triage/700/"))

    assert page.one("h1").text == "The first question?"
    assert "Look twice." in page.text
    assert "Because." in page.one("details").text
    assert "Over there." in page.one("details").text
    assert (page.one("progress")["value"], page.one("progress")["max"]) == ("0", "3")
    assert page.one("label", for_="progress").text
    assert [link["href"] for link in answers_on(page)] == [
        "/triage/700/second/?first=one",
        "/triage/700/second/?first=two",
        "/triage/700/wait/?first=not-sure",
    ]


@pytest.mark.django_db
def test_a_repair_step_shows_what_to_do_and_asks_whether_it_worked(client: Client) -> None:
    publish_document(an_error("700"))

    page = page_of(client.get("/triage/700/try/?site=yes"))

    assert page.one("h1").text == "Ask once"
    assert "Press Update." in page.text
    assert "Repair step 1" in page.text
    assert [link["href"] for link in answers_on(page)] == [
        "/triage/700/done/?site=yes&try=fixed",
        "/triage/700/wait/?site=yes&try=not-fixed",
        "/triage/700/ask/?site=yes&try=could-not",
    ]


@pytest.mark.django_db
def test_an_outcome_shows_prices_causes_repairs_and_the_hard_stop(client: Client) -> None:
    wait = an_outcome("wait", costs=("check",), steps=("update",), hard_stop="Never *disconnect*.", lead="It rests.")
    publish_document(an_error("700", flow=Flow("site", (*a_flow().nodes[:2], wait, *a_flow().nodes[3:]))))

    page = page_of(client.get("/triage/700/wait/?site=no"))

    for said in ("$60–$120", "An outage", "Never disconnect.", "It rests.", "5 minutes", "Wait until tomorrow."):
        assert said in page.text
    assert "Ask once" in page.text
    assert page_of(client.get("/triage/700/done/?site=yes&try=fixed")).text.count("Free") == 1


@pytest.mark.django_db
def test_an_outcome_names_the_error_that_it_points_to_and_links_it(client: Client) -> None:
    other = an_outcome("wait", disposition=Disposition.OTHER_ERROR, error="108", causes=())
    unknown = an_outcome("ask", disposition=Disposition.OTHER_ERROR, error="999", causes=())
    flow = Flow("site", (*a_flow().nodes[:2], other, unknown, an_outcome("done")))
    publish_document(an_error("700", flow=flow))

    page = page_of(client.get("/triage/700/wait/?site=no"))
    elsewhere = page_of(client.get("/triage/700/ask/?site=yes&try=could-not"))

    assert "This is another error: Error 108: The bank is waiting for you on its website" in page.one("main").text
    assert "/errors/108/" in page.one("main").hrefs
    assert "Points to: Error 108" in page.one("pre").raw_text
    assert "This is another error: Error 999" in elsewhere.one("main").text


@pytest.mark.django_db
def test_pages_beyond_the_first_are_not_for_search_engines(client: Client, small_site: None) -> None:
    start = page_of(client.get("/triage/700/"))
    beyond = page_of(client.get(HERE))

    assert not [meta for meta in start.all("meta") if meta["name"] == "robots"]
    assert beyond.one("meta", name="robots")["content"] == "noindex"
    assert start.one("link", rel="canonical")["href"] == "http://testserver/triage/700/"
    assert beyond.one("link", rel="canonical")["href"] == "http://testserver/triage/700/"


# Going back


@pytest.mark.django_db
def test_each_answer_so_far_can_be_changed_and_the_others_are_kept(client: Client) -> None:
    publish_document(an_error("700", flow=a_longer_flow()))

    page = page_of(client.get("/triage/700/done/?first=one&second=yes&try=fixed"))

    trail = page.one("ol", class_="trail")
    assert trail.hrefs == [
        "/triage/700/first/?first=one&second=yes&try=fixed",
        "/triage/700/second/?first=one&second=yes&try=fixed",
        "/triage/700/try/?first=one&second=yes&try=fixed",
    ]
    assert "The second question? Yes" in trail.text.replace("?Yes", "? Yes")


@pytest.mark.django_db
def test_an_earlier_question_shown_again_keeps_the_later_answers_that_still_apply(client: Client) -> None:
    publish_document(an_error("700", flow=a_longer_flow()))

    page = page_of(client.get("/triage/700/first/?first=one&second=yes&try=fixed"))

    one, two, unsure = answers_on(page)
    assert page.one("h1").text == "The first question?"
    assert one["aria-current"] == "true"
    assert one["href"] == "/triage/700/done/?first=one&second=yes&try=fixed"
    assert two["href"] == "/triage/700/done/?first=two&second=yes&try=fixed"
    assert unsure["href"] == "/triage/700/wait/?first=not-sure"
    assert "aria-current" not in two.attributes
    assert len(page.one("ol", class_="trail").hrefs) == 3


# One address for each place


WAYS_TO_WRITE = {
    "/triage/700/try/?second=yes&first=one": HERE,
    "/triage/700/try/?utm_source=x&first=one&second=yes&zz=%3Cb%3E": HERE,
    f"{HERE}&first=two": HERE,
    f"{HERE}&first=one": HERE,
    f"{HERE}&wait=yes&ask=no": HERE,
    f"{HERE}&as=": HERE,
    f"{HERE}&as=html": HERE,
    f"{HERE}&v=": HERE,
    f"{HERE}&": HERE,
    HERE.replace("yes", "%79es"): HERE,
    HERE.replace("/try/", "/"): HERE,
    HERE.replace("/try/", "/done/"): HERE,
    HERE.replace("/try/", "/no-such-node/"): HERE,
    HERE.replace("/try/", "/TRY/"): HERE,
    f"{HERE}&v=1&first=two": f"{HERE}&v=1",
    f"{HERE}&as=text&x=y": f"{HERE}&as=text",
    f"{HERE}&as=text&v=1": f"{HERE}&v=1&as=text",
    "/triage/700/?utm_source=x": "/triage/700/",
    "/triage/700/first/": "/triage/700/",
    "/triage/700/try/": "/triage/700/",
    "/triage/700/no-such-node/": "/triage/700/",
    "/triage/700/?second=yes": "/triage/700/",
    "/triage/700/?first=one": "/triage/700/second/?first=one",
    "/triage/700/?first=not-sure&second=yes": "/triage/700/wait/?first=not-sure",
    "/triage/which/": "/triage/",
    "/triage/which/see/": "/triage/",
    "/triage/WHICH/?see=not-sure": "/triage/which/end/?see=not-sure",
    "/triage/?see=not-sure": "/triage/which/end/?see=not-sure",
    "/triage/?see=o0": "/triage/700/",
    "/triage/?utm_source=x": "/triage/",
}


@pytest.mark.django_db
def test_any_way_to_write_a_place_leads_to_its_one_address_in_one_redirect(client: Client, small_site: None) -> None:
    answers = {asked: client.get(asked) for asked in WAYS_TO_WRITE}

    assert {asked: answer.get("Location") for asked, answer in answers.items()} == WAYS_TO_WRITE
    assert {answer.status_code for answer in answers.values()} == {302}
    assert {client.get(address).status_code for address in WAYS_TO_WRITE.values()} == {200}


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["/triage/OL-301/", "/triage/the-desktop-one/", "/triage/OL-301/site/?b=1"])
def test_other_names_of_an_article_lead_to_its_one_triage(client: Client, asked: str) -> None:
    publish_document(an_error("OL-301", aliases=("the-desktop-one",)))

    response = client.get(asked, follow=True)

    assert [address for address, _ in response.redirect_chain] == ["/triage/ol-301/"]
    assert response.status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["/triage/OL-301/map/", "/triage/the-desktop-one/map/"])
def test_other_names_of_an_article_lead_to_its_one_map(client: Client, asked: str) -> None:
    publish_document(an_error("OL-301", aliases=("the-desktop-one",)))

    response = client.get(asked, follow=True)

    assert [address for address, _ in response.redirect_chain] == ["/triage/ol-301/map/"]
    assert response.status_code == 200


UNKNOWN_ANSWERS = [
    # The address, the question that it comes to, and where the first answer leads from there.
    ("/triage/700/?first=perhaps", "The first question?", "/triage/700/second/?first=one"),
    ("/triage/700/second/?first=", "The first question?", "/triage/700/second/?first=one"),
    ("/triage/700/second/?first=ONE", "The first question?", "/triage/700/second/?first=one"),
    ("/triage/700/try/?first=%00&second=yes", "The first question?", "/triage/700/second/?first=one"),
    ("/triage/700/try/?second=perhaps&x=y&first=two", "The second question?", f"{HERE}".replace("one", "two")),
    ("/triage/700/first/?first=one&second=perhaps", "The second question?", HERE),
    (f"{HERE}&second=no&try=maybe", "Ask once", f"{HERE}&try=fixed".replace("/try/", "/done/")),
    (f"{HERE}&try=maybe&try=fixed&v=1", "Ask once", f"{HERE}&try=fixed&v=1".replace("/try/", "/done/")),
    ("/triage/?see=perhaps", "What do you see?", "/triage/700/"),
]


@pytest.mark.django_db
def test_an_unknown_answer_shows_the_last_valid_question_with_a_notice(client: Client, small_site: None) -> None:
    for asked, heading, onward in UNKNOWN_ANSWERS:
        page = page_of(client.get(asked))

        assert page.one("p", role="status").text.startswith("We did not know one of the answers"), asked
        assert page.one("h1").text == heading, asked
        assert answers_on(page)[0]["href"] == onward, asked
        assert client.get(onward).status_code == 200


@pytest.mark.django_db
def test_a_known_answer_shows_no_notice(client: Client, small_site: None) -> None:
    page = page_of(client.get(HERE))

    assert not [element for element in page.all("p") if element["role"] == "status"]


ODD_QUERIES = [
    "x" * 10_000,
    "first=" + "y" * 10_000,
    "&".join(f"p{number}=x" for number in range(9_000)),
    "first=one&" * 200 + "second=no",
    "first=one&v=" + "9" * 10_000,
    "v=" + "9" * 5_000 + "&as=" + "x" * 5_000,
    "first=%FF%FE&second=%ED%A0%80",
    "%00=%00",
    ";=;&&&==",
    "first[]=one&first[0]=two",
]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/triage/700/", "/triage/700/try/", "/triage/700/map/", "/triage/"])
def test_no_query_however_long_or_odd_breaks_a_place(client: Client, small_site: None, path: str) -> None:
    for query in ODD_QUERIES:
        response = client.get(f"{path}?{query}", follow=True)

        assert response.status_code == 200, query[:50]
        assert len(response.redirect_chain) <= 1, query[:50]
        assert len(response.request["QUERY_STRING"]) < 100 or not response.redirect_chain, query[:50]


@pytest.mark.django_db
def test_ten_thousand_parameters_are_refused_or_answered_but_no_error_of_ours(client: Client) -> None:
    query = "&".join(f"p{number}=x" for number in range(20_000))

    response = client.get(f"/triage/102/?{query}")

    assert response.status_code in {302, 400, 414}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["999", "nothing", "%00", "x" * 2_000, "..", "about"])
def test_there_is_no_triage_for_what_is_not_published(client: Client, name: str) -> None:
    statuses = {client.get(f"/triage/{name}/{end}", follow=True).status_code for end in ("", "map/", "site/?site=yes")}

    assert statuses == {404}


# Revisions


@pytest.mark.django_db
def test_a_place_can_be_pinned_to_its_revision_and_stays_pinned(client: Client) -> None:
    publish_document(an_error("700"))

    page = page_of(client.get("/triage/700/try/?site=yes&v=1"))

    assert {link["href"].rpartition("&")[2] for link in answers_on(page)} == {"v=1"}
    assert {href.rpartition("&")[2] for href in page.one("ol", class_="trail").hrefs} == {"v=1"}
    assert "newest" not in page.one("main").text
    assert page.one("meta", name="robots")["content"] == "noindex"


@pytest.mark.django_db
def test_a_revision_that_does_not_exist_is_left_out(client: Client) -> None:
    publish_document(an_error("700"))
    numbers = ["0", "-1", "2", "999999", "9" * 20, "9" * 5_000]
    others = ["x", "", "1.5", "01", "1e0", " 1", "+1", "\N{ARABIC-INDIC DIGIT ONE}", "\N{SUPERSCRIPT TWO}", "\x00"]

    chains = {
        revision: client.get("/triage/700/try/", {"site": "yes", "v": revision}, follow=True).redirect_chain
        for revision in [*numbers, *others]
    }

    assert set(map(tuple, chains.values())) == {(("/triage/700/try/?site=yes", 302),)}
    assert client.get("/triage/700/try/?site=yes").status_code == 200


@pytest.mark.django_db
def test_a_walk_on_an_old_revision_goes_on_after_nodes_were_renamed_removed_and_added(client: Client) -> None:
    publish_document(an_error("700"))
    before = page_of(client.get("/triage/700/ask/?site=yes&try=could-not"))
    publish_document(an_error("700", flow=_a_changed_flow()))

    pinned = page_of(client.get("/triage/700/ask/?site=yes&try=could-not&v=1"))

    assert pinned.one("h1").text == before.one("h1").text == "Finding ask"
    assert "revision 1" in pinned.one("main").text.lower()
    assert "revision 2" in pinned.one("main").text.lower() or "a newer one" in pinned.one("main").text
    start = page_of(client.get("/triage/700/?v=1"))
    assert [link["href"] for link in answers_on(start)] == [
        "/triage/700/try/?site=yes&v=1",
        "/triage/700/wait/?site=no&v=1",
        "/triage/700/wait/?site=not-sure&v=1",
    ]
    assert client.get("/t/700-1-AC")["Location"] == "/triage/700/ask/?site=yes&try=could-not&v=1"


@pytest.mark.django_db
def test_a_walk_that_is_not_pinned_goes_on_from_the_first_question_that_changed(client: Client) -> None:
    publish_document(an_error("700"))
    publish_document(an_error("700", flow=_a_changed_flow()))

    response = client.get("/triage/700/ask/?site=yes&try=could-not", follow=True)

    assert response.redirect_chain == [("/triage/700/attempt/?site=yes", 302)]
    assert response.status_code == 200


@pytest.mark.django_db
def test_the_letters_of_an_old_code_are_read_on_its_own_revision(client: Client) -> None:
    publish_document(an_error("700"))
    publish_document(an_error("700", flow=_a_changed_flow()))

    old, new = client.get("/t/700-1-B"), client.get("/t/700-2-B")

    assert old["Location"] == "/triage/700/wait/?site=no&v=1"
    assert new["Location"] == "/triage/700/wait/?site=perhaps&v=2"


def _a_changed_flow() -> Flow:
    """The factory's flow with its repair step renamed, an outcome removed, and an answer and an outcome added."""
    flow = a_flow()
    question, repair = flow.nodes[:2]
    assert isinstance(question, Question)
    assert isinstance(repair, Repair)
    yes, no, unsure = question.options
    options = (replace(yes, to="attempt"), Option("perhaps", "Perhaps", "wait"), no, unsure)
    return Flow(
        "site",
        (
            replace(question, options=options),
            replace(repair, key="attempt", could_not="call"),
            *(node for node in flow.nodes[2:] if node.key != "ask"),
            an_outcome("call", disposition=Disposition.CALL_BANK),
        ),
    )


@pytest.mark.django_db
def test_without_its_flow_an_article_has_no_triage(client: Client) -> None:
    guide = a_guide(costs=an_error().costs, steps=an_error().steps)
    outcomes = tuple(replace(node, causes=()) for node in a_flow().outcomes)
    publish_document(replace(guide, flow=Flow("site", (*a_flow().nodes[:2], *outcomes))))
    before = client.get("/triage/a-guide/").status_code
    publish_document(guide)

    addresses = ("/triage/a-guide/", "/triage/a-guide/map/", "/triage/a-guide/try/?site=yes")

    assert before == 200
    assert [client.get(address).status_code for address in addresses] == [404] * 3
    assert "/triage/a-guide/" not in page_of(client.get("/guides/a-guide/")).hrefs


# Case notes and codes


NOTES = {
    "/triage/700/?as=text": "Next question: The first question?",
    f"{HERE}&as=text": "Now trying: Ask once",
    "/triage/700/first/?first=one&second=no&as=text": "Finding: Finding wait",
    "/triage/700/done/?first=one&second=yes&try=fixed&v=1&as=text": "Finding: Finding done",
    "/triage/?as=text": "Next question: What do you see?",
}


@pytest.mark.django_db
def test_any_place_can_be_had_as_plain_text_with_a_link_that_lasts(client: Client, small_site: None) -> None:
    for address, says in NOTES.items():
        response = client.get(address)

        note = response.content.decode()
        assert response.status_code == 200
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert note.startswith("Bank Feed Clinic: case note\n")
        assert f"\n{says}\n" in note
        link = re.findall(r"Link: http://testserver(\S+)", note)[0]
        assert "v=1" in link
        assert "as=text" not in link
        assert client.get(link).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("identity", FLOWS)
def test_no_published_note_holds_marks_of_html_or_markdown(client: Client, identity: str) -> None:
    flow = FLOWS[identity]
    paths = {outcome.key: flow.path(flow.start, outcome.key) for outcome in flow.outcomes}

    notes = [
        client.get(f"/triage/{identity}/{key}/?{urlencode([*(path or ()), ('as', 'text')])}").content.decode()
        for key, path in paths.items()
    ]

    assert all("Finding: " in note for note in notes)
    marks = re.compile(r"</?[a-z]+[ >]|&[a-z]+;|&#|\*\*|\[\[|\]\]|\[\^|\]\(|\+\+|`", re.IGNORECASE)
    assert [marks.findall(note) for note in notes if marks.search(note)] == []


@pytest.mark.django_db
def test_the_note_on_an_outcome_is_the_note_as_text(client: Client, small_site: None) -> None:
    page = page_of(client.get("/triage/700/wait/?first=not-sure"))

    note = client.get("/triage/700/wait/?first=not-sure&as=text").content.decode()

    assert page.one("pre", class_="handoff").raw_text.strip() == note.strip()
    assert "/triage/700/wait/?first=not-sure&as=text" in page.hrefs


@pytest.mark.django_db
def test_a_code_is_forgiven_its_spelling(client: Client, small_site: None) -> None:
    typed = ["700-1-AAB", "700-1-aab", "700 1 AAB", "7oo-l-4A8", " 700-1-A-A-B ", "700–1–AAB", "700-1-AAB."]

    answers = {code: client.get(f"/t/{code}").get("Location") for code in typed}

    place = "/triage/700/wait/?first=one&second=yes&try=not-fixed&v=1"
    assert answers == dict.fromkeys(typed, place)


@pytest.mark.django_db
def test_a_code_of_the_chooser_may_end_at_a_jump(client: Client, small_site: None) -> None:
    response = client.get("/t/which-1-a", follow=True)

    assert response.redirect_chain[-1][0] == "/triage/700/"
    assert client.get("/t/which-1-b")["Location"] == "/triage/which/end/?see=not-sure&v=1"


WRONG_CODES = {
    "700": "three parts",
    "999-1-A": "begins with “999”",
    "700-x-A": "not “x”",
    "700-1-A2": "letters only",
    "700-99999-A": "Error 700 has no revision 99999",
    "700-1-Z": "Letter 1 of the code, Z",
    "700-1-BAAAA": "more letters than this path has answers",
    "700-1-" + "A" * 3_000: "three parts",
    "%00": "three parts",
    "700-0-A": "no revision 0",
    "a-guide-1-A": "has no revision 1",
}


@pytest.mark.django_db
def test_a_wrong_code_says_what_is_wrong_with_it(client: Client, small_site: None) -> None:
    publish_document(a_guide())

    for code, says in WRONG_CODES.items():
        response = client.get(f"/t/{code}")

        page = tree(response.content.decode())
        assert response.status_code == 404
        assert says in page.one("p", class_="lead").text
        assert {"/triage/", "/errors/"} <= set(page.one("main").hrefs)


# The map


@pytest.mark.django_db
@pytest.mark.parametrize("identity", FLOWS)
def test_the_map_lists_every_node_and_every_link_on_it_opens_that_node(client: Client, identity: str) -> None:
    flow = FLOWS[identity]

    page = page_of(client.get(f"/triage/{identity}/map/"))

    outline = page.one("ul", class_="outline")
    drawn = {link["href"] for link in page.one("svg", class_="flow").all("a") if link["href"]}
    assert drawn == set(outline.hrefs)
    within = {
        node_of(href) or flow.start
        for href in drawn
        if href.startswith(f"/triage/{identity}/") or (identity == CHOOSER and href == "/triage/")
    }
    assert within == {node.key for node in flow.nodes if not isinstance(node, Jump)}
    assert len(drawn - {href for href in drawn if href.startswith(f"/triage/{identity}/")}) >= bool(flow.jumps)
    for href in drawn:
        response = client.get(href)
        assert response.status_code == 200, href
        node = flow.by_key.get(node_of(href)) if f"/{identity}/" in href else None
        if isinstance(node, Question | Outcome):
            assert tree(response.content.decode()).one("h1").text == node.text


# Which error is it?


@pytest.mark.django_db
def test_the_chooser_asks_its_first_question_and_stays_under_its_own_name(client: Client) -> None:
    page = page_of(client.get("/triage/"))

    start = FLOWS[CHOOSER].by_key[FLOWS[CHOOSER].start]
    assert isinstance(start, Question)
    assert page.one("h1").text == start.text
    assert {link["href"].partition("?")[0].split("/")[2] for link in answers_on(page)} <= {CHOOSER, *FLOWS}


@pytest.mark.django_db
def test_without_a_chooser_the_codes_are_offered(client: Client, empty_site: None) -> None:
    publish_document(an_error("700"))

    page = page_of(client.get("/triage/"))

    assert page.one("h1").text == "Which error is it?"
    assert "/errors/700/" in page.one("main").hrefs
    assert client.get("/triage/700/").status_code == 200


@pytest.mark.django_db
def test_a_jump_carries_on_past_the_questions_that_are_answered(client: Client, empty_site: None) -> None:
    publish_document(an_error("700", flow=a_longer_flow()))
    answers = (Answer("first", "two"), Answer("second", "yes"))
    publish_document(a_chooser(Jump("go", "700", "It is 700", answers=answers)))

    link = answers_on(page_of(client.get("/triage/")))[0]

    page = page_of(client.get(link["href"]))
    assert link["href"] == "/triage/700/try/?first=two&second=yes"
    assert "Error 700" in link.text
    assert page.one("h1").text == "Ask once"
    assert len(page.one("ol", class_="trail").hrefs) == 2
    assert client.get("/triage/which/go/?see=o0")["Location"] == link["href"]


@pytest.mark.django_db
def test_a_jump_carries_over_only_what_its_target_still_asks(client: Client, empty_site: None) -> None:
    publish_document(an_error("700", flow=a_longer_flow()))
    answers = (Answer("first", "two"), Answer("second", "yes"))
    publish_document(a_chooser(Jump("go", "700", "It is 700", answers=answers)))
    first, second, *others = a_longer_flow().nodes
    assert isinstance(second, Question)
    options = tuple(replace(option, key="yeah") if option.key == "yes" else option for option in second.options)
    publish_document(an_error("700", flow=Flow("first", (first, replace(second, options=options), *others))))

    link = answers_on(page_of(client.get("/triage/")))[0]

    assert link["href"] == "/triage/700/second/?first=two"
    assert client.get(link["href"]).status_code == 200


@pytest.mark.django_db
def test_a_jump_to_what_has_no_flow_any_more_leads_to_the_choice_of_errors(client: Client, empty_site: None) -> None:
    guide = a_guide(costs=an_error().costs, steps=an_error().steps)
    outcomes = tuple(replace(node, causes=()) for node in a_flow().outcomes)
    publish_document(replace(guide, flow=Flow("site", (*a_flow().nodes[:2], *outcomes))))
    publish_document(an_error("700"))
    publish_document(a_chooser(Jump("go", "a-guide", "A guide"), Jump("on", "700", "An error")))
    publish_document(guide)

    link = answers_on(page_of(client.get("/triage/")))[0]

    assert link["href"] == "/triage/"
    assert client.get("/triage/which/go/?see=o0", follow=True).status_code == 200


# Cost


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/triage/700/try/?site=yes", "/triage/700/wait/?site=no&v=1", "/triage/700/map/"])
def test_a_place_costs_one_query_once_it_is_warm(client: Client, address: str) -> None:
    publish_document(an_error("700"))
    publish_document(an_error("700", title="Revised", fast_fix_time=FIVE_MINUTES))
    client.get(address)

    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)

    assert response.status_code == 200
    assert len(queries) == 1
