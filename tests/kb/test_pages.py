import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.parse import quote, unquote, urldefrag, urlsplit

import pytest
from django.conf import settings as site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kb.document import (
    Cause,
    Cost,
    Document,
    FixTime,
    Kind,
    Lookalike,
    Related,
    RiskFactor,
    Section,
    Source,
    Standing,
    Step,
    parse,
)
from kb.figures import DAY, HOUR, MINUTE, Duration, Level
from kb.flow import Disposition, Flow, Jump, Option, Question
from kb.models import Article
from kb.publishing import publish
from kb.signs import Fit, Observation, Sign
from tests.factories import FIVE_MINUTES, a_flow, a_guide, an_error, an_outcome, publish_document
from tests.markup import Element, tree

FIXTURES = {
    document.identity: document
    for path in sorted((site.BASE_DIR / "fixtures").glob("*.md"))
    for document in [parse(path.read_text())]
}
ERRORS = [document for document in FIXTURES.values() if document.kind is Kind.ERROR]
GUIDES = [document for document in FIXTURES.values() if document.kind is Kind.GUIDE]

PROPER_NAMES = ("Australian", "Canadian", "Irish", "QuickBooks", "Singapore", "South African", "UK")
PARTS_OF_AN_ERROR = [
    "fast-fix",
    "snapshot",
    "path",
    "diagnose",
    "data",
    "anatomy",
    "causes",
    "severity",
    "delay",
    "differential",
    "treat",
    "step-1",
    "hard-stop",
    "refer",
    "specialist",
    "costs",
    "follow-up",
    "related",
    "closing",
    "sources",
]


def page_of(client: Client, address: str) -> Element:
    response = client.get(address)
    assert response.status_code == 200, f"{address}: {response.status_code}"
    return tree(response.content.decode())


def address_of(document: Document) -> str:
    return {Kind.ERROR: "/errors", Kind.GUIDE: "/guides"}[document.kind] + f"/{document.identity}/"


def crawl(client: Client, *starts: str) -> dict[str, Element]:
    """Every page that links lead to from `starts`; of the triage, only its first pages and maps."""
    pages: dict[str, Element] = {}
    waiting = list(starts)
    while waiting:
        address = urldefrag(waiting.pop()).url
        if address in pages or not address.startswith("/") or (address.startswith("/triage/") and "?" in address):
            continue
        response = client.get(address, follow=True)
        assert response.status_code == 200, f"{address}: {response.status_code}"
        if response["Content-Type"].startswith("text/html"):
            pages[address] = tree(response.content.decode())
            waiting += pages[address].hrefs
    return pages


# Home and the lists


@pytest.mark.django_db
def test_home_offers_the_search_every_code_the_questions_and_the_guides(client: Client) -> None:
    page = page_of(client, "/")

    assert page.one("form")["action"] == "/search/"
    assert page.one("input", name="q")["type"] == "search"
    codes = [link for link in page.by_id("codes").hrefs if link.startswith("/errors/")]
    assert codes == [f"/errors/{code}/" for code in ("101", "102", "103", "105", "108", "185", "350")]
    assert "/guides/manual-import/" in page.by_id("guides").hrefs
    doors = page.by_id("no-code").hrefs
    assert len(doors) == len(FIXTURES["which-error"].flow.by_key["see"].options)
    assert {client.get(door).status_code for door in doors} == {200}


@pytest.mark.django_db
def test_titles_of_codes_stand_one_level_below_the_heading_above_them(client: Client) -> None:
    on_home = page_of(client, "/").by_id("codes")
    index = page_of(client, "/errors/").one("main")

    assert [heading.name for heading in on_home.all("h1", "h2", "h3")] == ["h2", *["h3"] * 7]
    assert [heading.name for heading in index.all("h1", "h2", "h3")] == ["h1", *["h2"] * 7]


@pytest.mark.django_db
def test_the_index_of_errors_shows_risk_and_time_and_sorts_by_number(client: Client) -> None:
    publish_document(an_error("99", title="An early one", data_risk=Level.HIGH))

    rows = list(page_of(client, "/errors/").one("ul", class_="codes").all("li"))

    assert [row.hrefs for row in rows][:3] == [["/errors/99/"], ["/errors/101/"], ["/errors/102/"]]
    assert "Error 99: An early one" in rows[0].text
    assert "High data risk" in rows[0].text
    assert "Fix: 5 minutes" in rows[0].text


@pytest.mark.django_db
def test_the_index_of_guides_lists_them_by_title(client: Client) -> None:
    publish_document(a_guide("an-old-guide", title="A first guide", description="How it starts."))

    rows = list(page_of(client, "/guides/").one("ul", class_="results").all("li"))

    assert rows[0].hrefs == ["/guides/an-old-guide/"]
    assert "How it starts." in rows[0].text
    assert "/guides/manual-import/" in [href for row in rows for href in row.hrefs]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/", "/errors/", "/guides/", "/compare/", "/search/", "/search/?q=102", "/triage/"]
)
def test_a_site_without_any_article_says_so(client: Client, empty_site: None, address: str) -> None:
    page = page_of(client, address)

    assert page.one("h1").text
    assert not [href for href in page.one("main").hrefs if href.startswith(("/errors/1", "/guides/m"))]


# An error article


@pytest.mark.django_db
@pytest.mark.parametrize("document", ERRORS, ids=lambda document: document.code)
def test_an_error_article_has_every_part_in_order_each_with_an_anchor(client: Client, document: Document) -> None:
    page = page_of(client, address_of(document))

    ids = [element["id"] for element in page.one("main").all() if element["id"]]
    assert [key for key in ids if key in PARTS_OF_AN_ERROR] == PARTS_OF_AN_ERROR
    assert [key for key in ids if key.startswith("cause-")] == [f"cause-{cause.key}" for cause in document.causes]
    for number, step in enumerate(document.steps, start=1):
        assert step.title in page.by_id(f"step-{number}").text
        assert page.by_id(f"step-{step.key}").by_id(f"step-{number}")
    assert all(heading["id"] for heading in page.one("main").all("h2"))


@pytest.mark.django_db
@pytest.mark.parametrize("document", [*ERRORS, *GUIDES], ids=lambda document: document.identity)
def test_the_contents_list_names_each_part_once_and_in_order(client: Client, document: Document) -> None:
    page = page_of(client, address_of(document))

    contents = page.one("nav", class_="toc aside").hrefs
    ids = [f"#{element['id']}" for element in page.one("main").all() if element["id"]]
    assert len(contents) > 5
    assert [key for key in ids if key in contents] == contents


@pytest.mark.django_db
def test_an_error_article_says_everything_that_its_document_says(client: Client) -> None:
    publish_document(
        an_error(
            "700",
            owner="The bank desk",
            diagram="QuickBooks / asks --request--> Bank / is shut",
            diagram_caption="The request goes unheard.",
            risk_factors=(RiskFactor("Many sales", Level.HIGH, "A backlog", "It piles up."),),
        )
    )

    page = page_of(client, "/errors/700/")

    main = page.one("main")
    assert page.one("head").one("title").text == "QuickBooks Online Error 700: Title of 700 | Bank Feed Clinic"
    assert page.one("meta", name="description")["content"] == "About 700."
    assert page.one("link", rel="canonical")["href"] == "http://testserver/errors/700/"
    assert page.one("h1").text == "Error 700 Title of 700"
    assert main.one("p", class_="lead").text == "Verdict first."
    assert "Prose of fast-fix." in main.by_id("fast-fix").text
    snapshot = main.by_id("snapshot").text
    for said in ("Low Books are safe.", "Low Only the feed.", "Maintenance At night.", "If you wait"):
        assert said in snapshot
    assert "/triage/700/" in main.hrefs
    text = main.text
    for key in ("data", "anatomy", "severity", "hard-stop", "specialist", "closing"):
        assert main.by_id(key).text == f"Heading of {key}" or f"Heading of {key}" in main.by_id(key).text
        assert f"Prose of {key}." in text
    assert "Most likely: An outage. The bank is down." in main.by_id("cause-outage").text
    assert "A backlog It piles up." in text
    assert "Today Little." in text
    assert "By the end of the week More." in text
    assert "QuickBooks reaches Bank." in [figure["aria-label"] for figure in main.all("svg")]
    assert "The request goes unheard." in text
    assert "$60–$120" in text
    assert "A call." in text
    assert "as of November 2026" in text
    assert "It comes next." in text
    assert "Last reviewed November 1, 2026 by The bank desk." in text
    assert "Next review due January 30, 2027." in text
    assert "Revision 1." in text


@pytest.mark.django_db
def test_the_article_shows_its_flow_as_a_drawing_and_as_a_list_with_the_same_links(client: Client) -> None:
    publish_document(an_error("700"))

    path = page_of(client, "/errors/700/").by_id("path")

    drawn = {link["href"] for link in path.one("svg", class_="flow").all("a") if link["href"]}
    listed = set(path.one("ul", class_="outline").hrefs)
    assert drawn == listed
    assert len(drawn) == len(a_flow().nodes)
    assert {client.get(address).status_code for address in drawn} == {200}


@pytest.mark.django_db
def test_the_table_of_lookalikes_begins_with_the_article_and_links_what_is_published(client: Client) -> None:
    publish_document(
        an_error(
            "700", lookalikes=(Lookalike("102", "The bank rests.", "It is shut."), Lookalike("999", "Far.", "Off."))
        )
    )

    table = page_of(client, "/errors/700/").one("table", class_="differential")

    rows = [[cell.text for cell in row.all("th", "td")] for row in table.all("tr")]
    assert rows[0] == ["Code", "What is wrong", "The telling sign"]
    assert rows[1:] == [
        ["700", "The bank is down.", "Its site does not open."],
        ["102", "The bank rests.", "It is shut."],
        ["999", "Far.", "Off."],
    ]
    assert table.hrefs == ["/errors/102/"]


@pytest.mark.django_db
def test_every_figure_carries_the_number_of_its_source(client: Client) -> None:
    publish_document(_an_error_with_sources("one", "two", "three", "four", "five", "six", "seven"))

    article = client.get("/errors/700/").content.decode()
    outcome = client.get("/triage/700/wait/?site=no").content.decode()

    for figure, number in [
        ("about 45 seconds", 1),
        ("<b>3 hours", 2),
        ("100%", 3),
        ("2 minutes", 4),
        ("in about 80 of 100 cases", 5),
        ("$60–$120", 6),
    ]:
        assert f'{figure}<sup><a href="#source-{number}">[{number}]' in article
    assert '3 to 5 days<sup><a href="/errors/700/#source-7">[7]</a>' in outcome
    sources = tree(article).one("ol", class_="sources")
    assert [item["id"] for item in sources.all("li")] == [f"source-{number}" for number in range(1, 8)]


@pytest.mark.django_db
def test_every_figure_without_a_source_is_marked_as_an_estimate(client: Client) -> None:
    publish_document(_an_error_with_sources(*["estimate"] * 7))

    article = client.get("/errors/700/").content.decode()
    outcome = client.get("/triage/700/wait/?site=no").content.decode()

    mark = '<sup><a href="#sources">est.</a></sup>'
    for figure in ("about 45 seconds", "<b>3 hours", "100%", "2 minutes", "in about 80 of 100 cases", "$60–$120"):
        assert f"{figure}{mark}" in article
    assert '3 to 5 days<sup><a href="/errors/700/#sources">est.</a></sup>' in outcome


def _an_error_with_sources(fast: str, fix: str, cause: str, time: str, chance: str, price: str, wait: str) -> Document:
    document = an_error("700")
    assert document.flow is not None
    nodes = tuple(
        replace(node, time=Duration(3 * DAY, 5 * DAY), time_source=wait) if node.key == "wait" else node
        for node in document.flow.nodes
    )
    return replace(
        document,
        fast_fix_source=fast,
        fix_times=(FixTime("If you wait", Duration(3 * HOUR, 3 * HOUR), fix),),
        causes=(replace(document.causes[0], source=cause),),
        steps=(
            replace(
                document.steps[0],
                time=Duration(2 * MINUTE, 2 * MINUTE),
                time_source=time,
                chance=80,
                chance_source=chance,
            ),
        ),
        costs=(replace(document.costs[0], source=price),),
        sources=tuple(
            Source(key, f"Page {key}", "Someone", Standing.PRACTITIONER)
            for key in ("one", "two", "three", "four", "five", "six", "seven")
        ),
        flow=Flow("site", nodes),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("document", [*ERRORS, *GUIDES], ids=lambda document: document.identity)
def test_no_published_figure_is_without_its_mark(client: Client, document: Document) -> None:
    page = client.get(address_of(document)).content.decode()

    # The list of outcomes leaves the marks to the outcomes' own pages.
    article = re.sub(r'<section class="stage" id="path".*?</section>', "", page, flags=re.DOTALL)
    figures = [
        *(f"{cause.percent}%</strong>" for cause in document.causes),
        *(f"{cost.in_words}</dd>" for cost in document.costs),
        *(f"{item.time.in_words}</b>" for item in document.fix_times),
        *(f"{step.time.in_words}</span>" for step in document.steps),
    ]
    assert [figure for figure in figures if figure in article] == []
    assert article.count("<sup>") >= len(figures) > 0


@pytest.mark.django_db
def test_sources_are_numbered_and_say_how_much_weight_they_carry(client: Client) -> None:
    publish_document(
        an_error(
            "700",
            sources=(
                Source("intuit", "A page", "Intuit", Standing.OFFICIAL, "https://intuit.example/page"),
                Source("blog", "A post", "Someone", Standing.PRACTITIONER, note="from 2019"),
            ),
            delay_today="Little[^blog].",
        )
    )

    page = page_of(client, "/errors/700/")

    first, second = page.one("ol", class_="sources").all("li")
    assert first.text == "A page, Intuit (official)"
    assert first.hrefs == ["https://intuit.example/page"]
    assert second.text == "A post, Someone (practitioners; from 2019)"
    assert second["id"] == "source-2"
    assert "Little[2]." in page.text


@pytest.mark.parametrize("document", FIXTURES.values(), ids=FIXTURES)
def test_the_note_of_a_source_reads_on_from_its_standing_and_does_not_repeat_it(document: Document) -> None:
    for source in document.sources:
        words = source.note.lower()
        assert source.standing.in_words not in words
        assert not words.startswith("another product")
        assert not words.endswith(".")
        assert source.note[:1] == words[:1] or source.note.startswith(PROPER_NAMES), source.note


@pytest.mark.django_db
def test_what_links_here_is_listed_once_the_other_article_is_published(client: Client) -> None:
    publish_document(an_error("710"))
    before = [element["id"] for element in page_of(client, "/errors/710/").all()]

    publish_document(an_error("700", delay_week="See [[710]] and [[710|again]]."))
    publish_document(a_guide("a-guide", sections=(Section("when", "When", "For [[710]]."),)))

    links = [
        link for link in page_of(client, "/errors/710/").all("a") if link.text in {"Error 700", "Title of a-guide"}
    ]
    assert "backlinks" not in before
    assert page_of(client, "/errors/710/").by_id("backlinks").text == "What links here"
    assert [link["href"] for link in links] == ["/errors/700/", "/guides/a-guide/"]


@pytest.mark.django_db
def test_a_link_to_what_is_not_published_is_plain_text_and_becomes_a_link_by_itself(client: Client) -> None:
    publish_document(an_error("700", delay_week="See [[710]], or [[710|that one]]."))
    before = page_of(client, "/errors/700/")

    publish_document(an_error("710", title="The other one"))

    after = page_of(client, "/errors/700/")
    assert "See 710, or that one." in before.text
    assert "/errors/710/" not in before.hrefs
    assert "See Error 710: The other one, or that one." in after.text
    assert after.hrefs.count("/errors/710/") == 2


@pytest.mark.django_db
def test_a_new_revision_is_counted(client: Client) -> None:
    publish_document(an_error("700"))
    publish_document(an_error("700", title="Another title"))

    page = page_of(client, "/errors/700/")

    assert "Revision 2." in page.text


# A guide


@pytest.mark.django_db
def test_a_guide_has_its_parts_in_order_each_with_an_anchor(client: Client) -> None:
    publish_document(
        a_guide(
            data_risk=Level.MEDIUM,
            data_risk_text="Duplicates are possible.",
            fix_times=(FixTime("One account", FIVE_MINUTES),),
            steps=(Step("look", "Look twice", FIVE_MINUTES, "1. Look."), Step("leap", "Leap", FIVE_MINUTES, "Go.")),
            sections=(
                Section("when", "When to do it", "Now."),
                Section("hard-stop", "Never do this", "Not that."),
                Section("closing", "At the end", "Rest."),
            ),
            costs=(Cost("check", "A check", Decimal(60), Decimal("99.50"), "A call.", date(2026, 11, 1)),),
            related=(Related("102", "It comes next."),),
            sources=(Source("intuit", "A page", "Intuit", Standing.OFFICIAL),),
        )
    )

    page = page_of(client, "/guides/a-guide/")

    order = ["snapshot", "treat", "step-1", "step-2", "when", "hard-stop", "closing", "costs", "related", "sources"]
    ids = [element["id"] for element in page.all() if element["id"] in order]
    assert ids == order
    assert page.one("h1").text == "Title of a-guide"
    assert "Medium Duplicates are possible." in page.by_id("snapshot").text
    for said in ("Look twice", "Not that.", "$60–$99.50", "It comes next.", "Last reviewed November 1, 2026"):
        assert said in page.text


@pytest.mark.django_db
def test_a_guide_without_flow_offers_no_triage(client: Client) -> None:
    publish_document(a_guide())

    page = page_of(client, "/guides/a-guide/")

    assert not [href for href in page.one("main").hrefs if "/triage/a-guide" in href]
    assert client.get("/triage/a-guide/").status_code == 404
    assert client.get("/triage/a-guide/map/").status_code == 404


# About the site


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/about/", ["not affiliated with Intuit", "How we review", "How figures are marked", "est."]),
        ("/accessibility/", ["keyboard", "without JavaScript"]),
        ("/privacy/", ["no cookie"]),
    ],
)
def test_the_site_says_what_it_is(client: Client, address: str, said: list[str]) -> None:
    page = page_of(client, address)

    assert [words for words in said if words not in page.one("main").text] == []


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/errors/102/", "/triage/102/", "/nowhere/"])
def test_every_page_says_that_the_site_is_independent_and_never_asks_for_secrets(client: Client, address: str) -> None:
    footer = tree(client.get(address).content.decode()).one("footer")

    assert "not affiliated with Intuit" in footer.text
    assert "QuickBooks is a trademark of Intuit" in footer.text
    assert "never ask for a bank password" in footer.text
    assert footer.hrefs == ["/about/", "/accessibility/", "/privacy/"]


# Addresses


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/nowhere/",
        "/errors/999/",
        "/errors/manual-import/",
        "/errors/which-error/",
        "/errors/102/102/",
        "/errors/999.md",
        "/errors/manual-import.json",
        "/guides/102/",
        "/guides/nothing/",
        "/guides/102.md",
        "/e/nothing",
        "/e/",
        "/compare/102-vs-102/",
        "/compare/102-vs-999/",
        "/compare/102-vs-manual-import/",
        "/triage/999/",
        "/errors/%00/",
        "/errors/%F0%9F%92%A9/",
        "/errors/" + "9" * 3000 + "/",
        "/e/..%2F..%2Fadmin",
        "/%3Cscript%3Ealert(1)%3C/script%3E/",
    ],
)
def test_what_does_not_exist_gets_a_friendly_page_that_leads_on(client: Client, address: str) -> None:
    response = client.get(address)

    page = tree(response.content.decode())
    assert response.status_code == 404
    assert page.one("h1").text == "There is no page at this address"
    assert page.one("form")["action"] == "/search/"
    assert {"/", "/errors/", "/triage/"} <= set(page.one("main").hrefs)


OTHER_NAMES = {
    "/e/OL-301": "/errors/ol-301/",
    "/e/ol-301": "/errors/ol-301/",
    "/e/bank-is-down": "/errors/ol-301/",
    "/e/Bank-Is-Down": "/errors/ol-301/",
    "/e/a-guide": "/guides/a-guide/",
    "/e/how-to": "/guides/a-guide/",
    "/errors/OL-301/": "/errors/ol-301/",
    "/errors/bank-is-down/": "/errors/ol-301/",
    "/guides/A-Guide/": "/guides/a-guide/",
    "/guides/how-to/": "/guides/a-guide/",
    "/errors/ol-301": "/errors/ol-301/",
    "/compare/bank-is-down-vs-102/": "/compare/102-vs-ol-301/",
}


@pytest.mark.django_db
def test_aliases_and_other_capitals_redirect_for_good(client: Client) -> None:
    publish_document(an_error("OL-301", aliases=("bank-is-down",)))
    publish_document(a_guide(aliases=("how-to",)))

    answers = {asked: client.get(asked) for asked in OTHER_NAMES}

    assert {asked: answer.get("Location") for asked, answer in answers.items()} == OTHER_NAMES
    assert {answer.status_code for answer in answers.values()} == {301}
    assert {client.get(address).status_code for address in OTHER_NAMES.values()} == {200}


@pytest.mark.django_db
def test_a_renamed_guide_is_still_found_at_its_old_address(client: Client) -> None:
    publish_document(a_guide("old-name"))
    article = Article.objects.get(slug="old-name")
    article.slug = "new-name"
    article.save()
    publish([article], by=None, now=timezone.now())

    answers = [client.get(asked) for asked in ("/guides/old-name/", "/e/old-name")]

    assert [(answer.status_code, answer.get("Location")) for answer in answers] == [(301, "/guides/new-name/")] * 2
    assert client.get("/guides/new-name/").status_code == 200


# Made with care


@pytest.mark.django_db
def test_every_link_and_fragment_of_the_site_leads_somewhere(client: Client) -> None:
    pages = crawl(client, "/")

    broken = []
    for address, page in pages.items():
        for href in page.hrefs:
            target, fragment = urldefrag(href)
            if not href.startswith(("/", "#", "?")):
                assert urlsplit(href).scheme == "https", href
            elif fragment:
                there = pages.get(target or address)
                if there is None or fragment not in {element["id"] for element in there.all()}:
                    broken.append(f"{address} → {href}")
    assert len(pages) > 50
    assert broken == []
    # The maps' own links are opened where the triage is tested.
    for document in ERRORS:
        path = pages[address_of(document)].by_id("path")
        assert set(path.hrefs) <= set(pages[f"/triage/{document.identity}/map/"].hrefs)


@pytest.mark.django_db
def test_every_page_has_one_heading_landmarks_sound_tables_and_nothing_inline_or_remote(client: Client) -> None:
    pages = crawl(client, "/", "/about/", "/search/?q=102", "/search/?q=password", "/search/?q=")

    faults = {address: found for address, page in pages.items() if (found := list(_faults(page)))}
    titles = [page.one("head").one("title").text for address, page in pages.items() if "?" not in address]
    assert faults == {}
    assert len(set(titles)) == len(titles)


def is_harmless_script(script: Element) -> bool:
    """Whether it is data, or one of our own files."""
    if script["type"] == "application/ld+json":
        return not script["src"]
    return script["src"].startswith("/static/js/") and not script.raw_text


def _faults(page: Element) -> Iterator[str]:
    ranks = [int(element.name[1]) for element in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    if ranks.count(1) != 1 or ranks[0] != 1 or any(below > above + 1 for above, below in pairwise(ranks)):
        yield f"headings {ranks}"
    for landmark in ("main", "header", "footer"):
        if len(list(page.all(landmark))) != 1:
            yield f"not one <{landmark}>"
    ids = [element["id"] for element in page.all() if element["id"]]
    yield from {f"id {key} twice" for key in ids if ids.count(key) > 1}
    for element in page.all():
        yield from (f"{element.name} {name}" for name in element.attributes if name.startswith("on"))
        if "style" in element.attributes or element.name in {"style", "iframe", "object", "embed", "base"}:
            yield f"inline {element.name}"
        if element.name == "script" and not is_harmless_script(element):
            yield "script"
        if element.name in {"link", "img", "script"} and not element["rel"].startswith(("canonical", "alternate")):
            for address in (element["href"], element["src"]):
                if address and not address.startswith("/"):
                    yield f"remote {address}"
        for name in ("aria-labelledby", "aria-describedby", "for"):
            yield from (f"{name} {key}" for key in element[name].split() if key not in ids)
    for table in page.all("table"):
        if not (table.one("caption").text and all(cell["scope"] for cell in table.all("th"))):
            yield "table without caption or scopes"


@pytest.mark.django_db
def test_an_article_costs_the_same_queries_whatever_the_number_of_articles(client: Client, empty_site: None) -> None:
    def cost(title: str) -> tuple[int, int]:
        publish_document(an_error("700", title=title))
        client.get("/errors/")  # reads the edition
        with CaptureQueriesContext(connection) as first:
            client.get("/errors/700/")
        with CaptureQueriesContext(connection) as again:
            client.get("/errors/700/")
        return len(first), len(again)

    alone = cost("Read by nobody before")
    for number in range(5):
        publish_document(an_error(f"71{number}", delay_week="See [[700]]."))

    in_company = cost("Read by nobody, and in company")

    assert in_company == alone
    assert alone == (2, 1)


# Hostile content

PICTURE = '"><img src=x onerror=alert(1)>'  # no slash in it, so it fits into a path
HOSTILE = f"<script>alert(1)</script>{PICTURE}"
NOT_WORDS = {
    "key", "code", "slug", "error", "target", "to", "fixed", "not_fixed", "could_not", "step", "start", "guards",
    "observes", "observation", "node", "option", "currency", "url", "source", "diagram",
}  # fmt: skip


class Marker:
    """Puts the same hostile text into every field that holds words, each with a number of its own."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def text(self) -> str:
        self.texts.append(f"{HOSTILE} {len(self.texts):03}")
        return self.texts[-1]

    def marked(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self.marked(item) for item in value)
        if not is_dataclass(value) or isinstance(value, type | Duration):
            return value
        return replace(
            value,
            **{
                field.name: self.text() if type(held) is str else self.marked(held)
                for field in fields(value)
                if field.name not in NOT_WORDS and not field.name.endswith("_source")
                if (field.name, getattr(value, "key", ""))
                != ("title", "repair")  # the page gives it a heading of its own
                for held in [getattr(value, field.name)]
            },
        )


def a_full_error(code: str, other: str) -> Document:
    return an_error(
        code,
        diagram='<i onclick=x> / <script>x</script> --"><img src=x onerror=y>--x "><b id=y> / &lt;script&gt;',
        risk_factors=(RiskFactor("Title", Level.HIGH, "Verdict", "Text"),),
        lookalikes=(Lookalike(other, "Fault", "Sign"), Lookalike("999", "Fault", "Sign")),
        related=(Related(other, "Text"), Related("999", "Text")),
        signs=(Sign("smoke", Fit.YES if code < other else Fit.NO, "Note"),),
        sections=(*an_error(code).sections, Section("repair", "Title", "Text")),
        causes=(Cause("outage", "An outage", 90, "Text"), Cause("other", "Other", 10, "Text")),
        flow=Flow(
            "site",
            (
                *a_flow().nodes[:2],
                *(replace(node, causes=("outage", "other"), steps=("update",)) for node in a_flow().outcomes),
            ),
        ),
    )


def a_full_chooser() -> Document:
    return Document(
        kind=Kind.CHOOSER,
        slug="which",
        title="Which?",
        description="Which?",
        summary="Which?",
        reviewed_on=date(2026, 11, 1),
        observations=(Observation("smoke", "Smoke?", "Smoke", "Look up.", "Outside"),),
        sources=(Source("intuit", "A page", "Intuit", Standing.OFFICIAL),),
        flow=Flow(
            "see",
            (
                Question(
                    "see",
                    "What do you see?",
                    (Option("one", "One", "go"), Option("two", "Two", "end"), Option("not-sure", "?", "end")),
                ),
                Jump("go", "700", "To 700"),
                an_outcome("end", causes=(), disposition=Disposition.OTHER_ERROR, error="701"),
            ),
        ),
    )


@pytest.fixture
def hostile_site(empty_site: None) -> list[str]:
    """A site of which every text is hostile; returns the texts of its errors."""
    marker, other = Marker(), Marker()
    guide = a_guide(
        data_risk=Level.LOW,
        fix_times=(FixTime("Case", FIVE_MINUTES),),
        steps=(Step("look", "Look", FIVE_MINUTES, "Look."),),
        sections=(Section("when", "When", "Now."), Section("hard-stop", "Stop", "Stop.")),
        costs=(Cost("check", "A check", Decimal(60), Decimal(120), "A call.", date(2026, 11, 1)),),
        related=(Related("700", "Text"),),
        sources=(Source("intuit", "A page", "Intuit", Standing.OFFICIAL),),
    )
    for document in (a_full_error("700", "701"), a_full_error("701", "700")):
        publish_document(marker.marked(document))
    for document in (guide, a_full_chooser()):  # what they do not show would count as lost
        publish_document(other.marked(document))
    return marker.texts


def dangers(page: Element) -> Iterator[str]:
    """What a browser would run or load because of a text."""
    for element in page.all():
        yield from (f"<{element.name} {name}>" for name in element.attributes if name.startswith("on"))
        if element.name in {"img", "iframe", "object", "embed", "base", "b"} and element["id"] + element["src"]:
            yield f"<{element.name}>"
        if element.name == "script" and not is_harmless_script(element):
            yield "<script>"
        for name in ("href", "src", "action", "xlink:href", "formaction"):
            if element[name].strip().lower().startswith(("javascript:", "data:", "vbscript:")):
                yield element[name]


@pytest.mark.django_db
def test_hostile_content_is_shown_as_the_text_that_it_is_on_every_page(client: Client, hostile_site: list[str]) -> None:
    asked = [
        f"/search/?q={quote(words)}" for words in ("alert", "script onerror", "700", HOSTILE, f"error 999 {HOSTILE}")
    ]
    waiting = ["/", "/compare/?smoke=yes", "/compare/ask/smoke/?smoke=yes", *asked]
    pages: dict[str, Element] = {}

    while waiting:
        address = urldefrag(waiting.pop()).url
        if address not in pages and address.startswith("/"):
            response = client.get(address, follow=True)
            assert response["X-Content-Type-Options"] == "nosniff"
            is_page = response["Content-Type"].startswith("text/html")
            pages[address] = tree(response.content.decode()) if is_page else Element("")
            waiting += pages[address].hrefs

    assert {address: found for address, page in pages.items() if (found := list(dangers(page)))} == {}
    shown = {page.text for page in pages.values()} | {
        value for page in pages.values() for element in page.all() for value in element.attributes.values()
    }
    assert [text for text in hostile_site if not any(text in words for words in shown)] == []
    visited = {unquote(urlsplit(address).path) for address in pages}
    assert {
        "/errors/700/",
        "/guides/a-guide/",
        "/compare/",
        "/compare/700-vs-701/",
        "/triage/",
        "/triage/700/map/",
    } <= visited
    assert {"/triage/700/wait/", "/triage/700/try/", "/triage/which/end/", "/triage/which/map/", "/errors/"} <= visited


@pytest.mark.django_db
def test_hostile_content_cannot_close_the_linked_data(client: Client, hostile_site: list[str]) -> None:
    response = client.get("/errors/700/")

    script = tree(response.content.decode()).one("script").raw_text
    assert HOSTILE in json.loads(script)["@graph"][0]["headline"]
    assert "<" not in script
    assert ">" not in script


@pytest.mark.django_db
def test_hostile_content_stays_plain_text_in_notes_and_files(client: Client, hostile_site: list[str]) -> None:
    kinds = {
        "/triage/700/wait/?site=no&as=text": "text/plain; charset=utf-8",
        "/errors/700.md": "text/markdown; charset=utf-8",
        "/errors/700.json": "application/json",
    }

    for address, kind in kinds.items():
        response = client.get(address)

        assert response["Content-Type"] == kind
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "<script>alert(1)</script>" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        f"/t/{quote(PICTURE)}",
        f"/t/{quote(PICTURE)}-1-A",
        f"/t/102-{quote(PICTURE)}-A",
        f"/triage/102/?bank-sign-in={quote(HOSTILE)}",
        f"/triage/102/{quote(PICTURE)}/?bank-sign-in={quote(HOSTILE)}",
        f"/triage/102/notice/?bank-sign-in=yes&v={quote(HOSTILE)}&as={quote(HOSTILE)}",
        f"/triage/102/?{quote(HOSTILE)}={quote(HOSTILE)}",
        f"/compare/?shown={quote(HOSTILE)}&sign-in={quote(HOSTILE)}",
        f"/compare/ask/{quote(PICTURE)}/?{quote(HOSTILE)}={quote(HOSTILE)}",
        f"/search/?q={quote(HOSTILE)}",
        f"/search/?q=error%20102%20{quote(HOSTILE)}",
        f"/e/{quote(PICTURE)}",
        f"/{quote(HOSTILE)}",
    ],
)
def test_a_hostile_address_is_shown_as_text_at_most(client: Client, address: str) -> None:
    response = client.get(address, follow=True)

    assert response.status_code in {200, 404}
    assert list(dangers(tree(response.content.decode()))) == []


HOSTILE_MARKDOWN = [
    "[go](javascript:alert(1))",
    "[go](JaVaScRiPt:alert(1))",
    "[go](&#106;avascript:alert(1))",
    "![x](javascript:alert(1))",
    '[go](https://bank.example "onmouseover=alert(1)")',
    "<javascript:alert(1)>",
    "[[700|<img src=x onerror=alert(1)>]]",
    "++<script>alert(1)</script>++",
    "| a |\n| - |\n| <script>alert(1)</script> |",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "<svg><style><img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]


@pytest.mark.django_db
def test_hostile_markdown_runs_nothing(client: Client) -> None:
    rows = tuple(Lookalike(f"9{at:02}", prose, prose) for at, prose in enumerate(HOSTILE_MARKDOWN))
    publish_document(an_error("700", delay_week="\n\n".join(HOSTILE_MARKDOWN), lookalikes=rows))
    publish_document(an_error("900", lookalikes=(Lookalike("700", "Fault.", "Sign."),)))

    pages = [page_of(client, address) for address in ("/errors/700/", "/compare/700-vs-900/")]

    assert [list(dangers(page)) for page in pages] == [[], []]
    assert "<svg><style><img src=x onerror=alert(1)>" in pages[0].text
