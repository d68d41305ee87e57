from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from kb.document import Document
from kb.edition import current
from kb.flow import Flow, Option, Outcome, Question, Repair
from kb.models import Edition
from tests.factories import a_flow, an_error, an_outcome, publish_document
from tests.markup import Element, tree
from triage.models import OutcomeReport
from triage.reports import take, tallied, tallies

WAIT = "/triage/700/wait/?site=no"
REPAIR = "/triage/700/try/?site=yes"
FIXED = "/triage/700/done/?site=yes&try=fixed"
MORNING = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)

type Clock = Callable[[datetime], None]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set the time; it stands at nine in the morning until it is set again."""

    def stand_at(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    stand_at(MORNING)
    return stand_at


@pytest.fixture
def article(db) -> Document:
    document = an_error()
    publish_document(document)
    return document


def _form(client: Client, address: str) -> Element:
    response = client.get(address)
    assert response.status_code == 200
    return tree(response.content.decode()).one("form", method="post")


def _tap(client: Client, address: str, verdict: str, **sent_with: Any) -> Any:
    """Send the form of a page as a browser does."""
    form = _form(client, address)
    hidden = {field["name"]: field["value"] for field in form.all("input")}
    return client.post(form["action"], {**hidden, "verdict": verdict}, **sent_with)


def _main(client: Client, address: str) -> str:
    return tree(client.get(address).content.decode()).one("main").text


def _said(document: Document, node: str, yes: int = 0, no: int = 0, not_yet: int = 0, *, revision: int = 1) -> None:
    """Reports of as many visitors, and the next edition, in which readers see them."""
    assert document.flow is not None
    asked = document.flow.by_key[node]
    assert isinstance(asked, Repair | Outcome)
    entry = current().entries[document.identity]
    verdicts = [
        *[OutcomeReport.Verdict.YES] * yes,
        *[OutcomeReport.Verdict.NO] * no,
        *[OutcomeReport.Verdict.NOT_YET] * not_yet,
    ]
    for at, verdict in enumerate(verdicts):
        take(
            document,
            asked,
            verdict,
            article_id=entry.article_id,
            revision=revision,
            visitor=f"visitor {at}",
            now=timezone.now(),
        )
    publish_document(an_error("777", title=f"Something else, {Edition.objects.get().number}"))


# One tap


@pytest.mark.django_db
@pytest.mark.parametrize("address", [WAIT, REPAIR, FIXED])
@pytest.mark.parametrize("verdict", ["yes", "no", "not_yet"])
def test_one_tap_leads_to_thanks_and_back_without_a_cookie(
    client: Client, article: Document, address: str, verdict: str
) -> None:
    response = _tap(client, address, verdict)

    thanks = client.get(response["Location"])
    back = tree(thanks.content.decode()).one("main").one("a", class_="button")["href"]
    assert response.status_code == 303
    assert thanks.status_code == 200
    assert "Thank you" in thanks.content.decode()
    assert back == address
    assert client.get(back).status_code == 200
    assert not client.cookies
    report = OutcomeReport.objects.get()
    assert (report.verdict, report.revision, report.day) == (verdict, 1, MORNING.date())


@pytest.mark.django_db
def test_the_page_of_thanks_may_be_kept_by_any_cache(client: Client, article: Document) -> None:
    response = client.get(_tap(client, WAIT, "yes")["Location"])

    assert response["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert response["Vary"] == "Accept-Encoding"
    assert b"noindex" in response.content


@pytest.mark.django_db
def test_a_tap_on_a_pinned_page_counts_for_its_revision_and_leads_back_to_it(client: Client, article: Document) -> None:
    publish_document(an_error(title="Another title"))

    response = _tap(client, f"{WAIT}&v=1", "no")

    thanks = tree(client.get(response["Location"]).content.decode())
    assert OutcomeReport.objects.get().revision == 1
    assert thanks.one("main").one("a", class_="button")["href"] == f"{WAIT}&v=1"


@pytest.mark.django_db
def test_a_step_is_still_answered_by_links_and_asked_about_after_them(client: Client, article: Document) -> None:
    page = tree(client.get(REPAIR).content.decode())

    answers = page.one("ul", class_="answers")
    headings = [heading.text for heading in page.one("main").all("h2")]
    assert [link["href"] for link in answers.all("a")] == [
        "/triage/700/done/?site=yes&try=fixed",
        "/triage/700/wait/?site=yes&try=not-fixed",
        "/triage/700/ask/?site=yes&try=could-not",
    ]
    assert headings.index("Did that fix it?") < headings.index("Tell others whether this step worked")


@pytest.mark.django_db
def test_a_happy_end_asks_about_the_step_that_led_there(client: Client, article: Document) -> None:
    _tap(client, FIXED, "yes")

    assert OutcomeReport.objects.get().node == "try"
    assert "Tell others whether “Ask once” worked" in _main(client, FIXED)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/triage/700/", "/triage/700/happy/?site=fine", "/triage/700/map/"])
def test_nothing_is_asked_where_nothing_was_done(client: Client, address: str) -> None:
    flow = a_flow()
    question = flow.by_key["site"]
    assert isinstance(question, Question)
    asked = replace(question, options=(*question.options, Option("fine", "It is fine again", "happy")))
    nodes = [asked, *flow.nodes[1:], an_outcome("happy", disposition="fixed")]
    publish_document(an_error(flow=Flow("site", tuple(nodes))))

    page = tree(client.get(address).content.decode())

    assert not list(page.one("main").all("form"))


# Counted once


@pytest.mark.django_db
def test_a_visitor_counts_once_a_day_and_may_think_again(client: Client, article: Document, clock: Clock) -> None:
    for minute, verdict in enumerate(["not_yet", "yes", "yes", "no", "yes"]):
        clock(MORNING + timedelta(minutes=minute))
        assert _tap(client, WAIT, verdict).status_code == 303

    assert [report.verdict for report in OutcomeReport.objects.standing()] == ["yes"]


@pytest.mark.django_db
def test_other_visitors_days_actions_and_revisions_count_for_themselves(
    client: Client, article: Document, clock: Clock
) -> None:
    _tap(client, WAIT, "yes")
    _tap(client, WAIT, "yes", REMOTE_ADDR="192.0.2.1")
    _tap(client, REPAIR, "yes")
    publish_document(an_error(title="Another title"))
    _tap(client, WAIT, "yes")
    clock(MORNING + timedelta(days=1))
    _tap(client, WAIT, "yes")

    assert OutcomeReport.objects.standing().count() == 5


@pytest.mark.django_db
def test_after_visitors_are_forgotten_their_reports_still_count(
    client: Client, article: Document, clock: Clock
) -> None:
    _tap(client, WAIT, "yes")
    _tap(client, WAIT, "no", REMOTE_ADDR="192.0.2.1")
    clock(MORNING + timedelta(days=1))

    call_command("forget", verbosity=0)

    assert set(OutcomeReport.objects.values_list("visitor", flat=True)) == {""}
    assert _tap(client, WAIT, "yes").status_code == 303
    assert OutcomeReport.objects.standing().count() == 3


@pytest.mark.django_db
def test_todays_visitors_are_not_forgotten_yet(client: Client, article: Document) -> None:
    _tap(client, WAIT, "yes")

    call_command("forget", verbosity=0)
    _tap(client, WAIT, "yes")

    assert OutcomeReport.objects.standing().count() == 1


# What readers see


@pytest.mark.django_db
def test_few_reports_are_counted_and_enough_make_a_percentage(client: Client, article: Document) -> None:
    none = _main(client, WAIT)
    _said(article, "wait", yes=1)
    one = _main(client, WAIT)
    _said(article, "wait", yes=15, no=4)
    few = _main(client, WAIT)
    _said(article, "wait", yes=18, no=8, not_yet=4)
    enough = _main(client, WAIT)

    assert "Visitors" not in none
    assert "Visitors: 1 report so far; too few for a percentage." in one
    assert "Visitors: 19 reports so far; too few for a percentage." in few
    assert "95 %" not in few
    assert "Visitors: 18 of 26 who told us said it fixed it (95 % interval 50–84 %)." in enough
    assert "not how common a cause is" in few


@pytest.mark.django_db
def test_visitors_stand_beside_the_editors_and_are_not_blended_with_them(client: Client) -> None:
    article = an_error(steps=(replace(an_error().steps[0], chance=20),))
    publish_document(article)
    _said(article, "try", yes=18, no=8, not_yet=7)

    page = _main(client, REPAIR)

    assert (
        "Editors’ estimate: ends the error in about 20 of 100 cases, no published source, reviewed Nov 2026"
        " · Visitors: 18 of 26 who told us said it fixed it (95 % interval 50–84 %)." in page
    )


@pytest.mark.django_db
def test_an_estimate_with_a_source_points_at_it(client: Client) -> None:
    step = replace(an_error().steps[0], chance=20, chance_source="intuit")
    publish_document(an_error(steps=(step,)))

    page = _main(client, REPAIR)

    assert "about 20 of 100 cases[1], reviewed Nov 2026." in page


@pytest.mark.django_db
def test_an_outcome_shows_how_likely_the_editors_hold_its_cause(client: Client, article: Document) -> None:
    assert "Editors’ estimate: “An outage” is most likely (100 %), no published source, reviewed Nov 2026." in _main(
        client, WAIT
    )


@pytest.mark.django_db
def test_who_only_waits_is_no_report_yet(client: Client, article: Document) -> None:
    _said(article, "wait", not_yet=30)

    assert "Visitors" not in _main(client, WAIT)


@pytest.mark.django_db
def test_reports_show_from_the_next_edition_on_and_not_before(client: Client, article: Document, clock: Clock) -> None:
    before = client.get(WAIT)

    _tap(client, WAIT, "yes")
    same = client.get(WAIT)
    clock(MORNING + timedelta(minutes=1))
    publish_document(an_error("777"))
    after = client.get(WAIT)

    assert same.content == before.content
    assert same["ETag"] == before["ETag"]
    assert after["ETag"] != before["ETag"]
    assert "1 report so far" in after.content.decode()


@pytest.mark.django_db
def test_the_first_report_of_a_day_brings_the_counts_up_to_date_and_no_other_does(
    client: Client, article: Document, clock: Clock
) -> None:
    numbers = [current().number]
    for moment, address in [
        (MORNING, "192.0.2.1"),
        (MORNING + timedelta(days=1), "192.0.2.1"),
        (MORNING + timedelta(days=1, minutes=1), "192.0.2.2"),
        (MORNING + timedelta(days=1, hours=14), "192.0.2.3"),
        (MORNING + timedelta(days=3), "192.0.2.1"),
    ]:
        clock(moment)
        _tap(client, WAIT, "yes", REMOTE_ADDR=address)
        numbers.append(current().number)

    first = numbers[0]
    assert numbers == [first, first, first + 1, first + 1, first + 1, first + 2]
    assert "5 reports so far" in _main(client, WAIT)


@pytest.mark.django_db
def test_thinking_again_does_not_change_an_edition_that_counted_the_first_verdict(
    client: Client, article: Document, clock: Clock
) -> None:
    _tap(client, WAIT, "yes")
    clock(MORNING + timedelta(minutes=1))
    publish_document(an_error("777"))
    edition = current()
    assert edition.published_at is not None
    before = dict(tallies(edition))

    clock(MORNING + timedelta(minutes=2))
    _tap(client, WAIT, "no")
    another_process = tallied(OutcomeReport.objects.as_of(edition.published_at))
    clock(MORNING + timedelta(minutes=3))
    publish_document(an_error("778"))
    later = tallies(current())

    assert another_process == before
    assert [(tally.yes, tally.no) for tally in before.values()] == [(1, 0)]
    assert [(tally.yes, tally.no) for tally in later.values()] == [(0, 1)]


@pytest.mark.django_db
def test_reports_are_pooled_while_the_words_are_the_same(client: Client, article: Document) -> None:
    _said(article, "wait", yes=2)
    newer = an_error(title="Another title", sign="Another sign.")
    publish_document(newer)

    _said(newer, "wait", no=3, revision=2)

    assert "5 reports so far" in _main(client, WAIT)
    assert "5 reports so far" in _main(client, f"{WAIT}&v=1")


@pytest.mark.django_db
def test_reports_on_other_words_are_left_to_their_revision(client: Client, article: Document) -> None:
    flow = a_flow()
    _said(article, "wait", yes=2)

    publish_document(
        an_error(
            flow=Flow(
                flow.start,
                tuple(
                    an_outcome("wait", do_now="Wait two days.") if node.key == "wait" else node for node in flow.nodes
                ),
            )
        )
    )

    assert "Visitors" not in _main(client, WAIT)
    assert "2 reports so far" in _main(client, f"{WAIT}&v=1")


@pytest.mark.django_db
def test_another_article_with_the_same_words_has_reports_of_its_own(client: Client, article: Document) -> None:
    publish_document(an_error("710"))

    _said(article, "wait", yes=2)

    assert "2 reports so far" in _main(client, WAIT)
    assert "Visitors" not in _main(client, "/triage/710/wait/?site=no")


@pytest.mark.django_db
def test_counts_cost_one_query_for_an_edition(client: Client, article: Document, django_assert_num_queries) -> None:
    _said(article, "wait", yes=2)
    client.get(WAIT)

    with django_assert_num_queries(1):
        client.get(f"{WAIT}&v=1")


# What is refused


def _post(client: Client, path: str, **fields: str) -> Any:
    return client.post(path, {"revision": "1", "verdict": "yes", **fields})


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/triage/999/wait/report/",
        "/triage/700/nowhere/report/",
        "/triage/700/site/report/",
        "/triage/manual-import-x/wait/report/",
        "/triage/700/wait%00/report/",
        "/triage/700/%F0%9F%92%A3/report/",
    ],
)
def test_what_is_not_there_can_not_be_reported_on(client: Client, article: Document, path: str) -> None:
    response = _post(client, path)

    assert response.status_code == 404
    assert b"There is no page at this address" in response.content
    assert not OutcomeReport.objects.exists()


@pytest.mark.django_db
def test_a_revision_that_never_was_can_not_be_reported_on(client: Client, article: Document) -> None:
    assert _post(client, "/triage/700/wait/report/", revision="2").status_code == 404
    assert not OutcomeReport.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": ""},
        {"verdict": "perhaps"},
        {"verdict": "YES"},
        {"verdict": "\x00"},
        {"verdict": "☃<script>"},
        {"revision": ""},
        {"revision": "0"},
        {"revision": "9" * 30},
        {"revision": "one"},
    ],
)
def test_an_answer_that_makes_no_sense_gets_a_page(client: Client, article: Document, fields: dict[str, str]) -> None:
    response = _post(client, "/triage/700/wait/report/", **fields)

    assert response.status_code == 400
    assert b"<h1>We could not read your answer</h1>" in response.content
    assert b"<script>" not in response.content
    assert not OutcomeReport.objects.exists()


@pytest.mark.django_db
def test_a_report_from_another_site_is_refused(client: Client, article: Document) -> None:
    response = client.post(
        "/triage/700/wait/report/",
        {"revision": "1", "verdict": "yes"},
        headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    )

    assert response.status_code == 403
    assert not OutcomeReport.objects.exists()


@pytest.mark.django_db
def test_a_flood_of_reports_is_held_off(client: Client, article: Document) -> None:
    statuses = [_post(client, "/triage/700/wait/report/?site=no").status_code for _ in range(31)]
    response = _post(client, "/triage/700/try/report/?site=yes")

    assert statuses == [303] * 30 + [429]
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 3600
    assert OutcomeReport.objects.count() == 1
    assert client.post("/errors/700/feedback/", {"revision": "1", "verdict": "yes"}).status_code == 303


# Where it leads


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "",
        "site=no&back=https://evil.example/",
        "back=//evil.example&next=https://evil.example",
        "site=%0d%0aLocation:%20https://evil.example",
        "site=\\\\evil.example",
        "v=99&site=no",
        "&".join(["site=no"] * 200),
        "as=text&site=no",
    ],
)
def test_a_report_never_leads_off_the_site(client: Client, article: Document, query: str) -> None:
    response = client.post(f"/triage/700/wait/report/?{query}", {"revision": "1", "verdict": "yes"})

    target = urlsplit(response["Location"])
    after = client.get(response["Location"], follow=True)
    assert response.status_code == 303
    assert (target.scheme, target.netloc, target.path) == ("", "", "/triage/700/wait/thanks/")
    assert set(parse_qs(target.query)) <= {"site", "v"}
    assert after.status_code == 200
    assert all(address.startswith("/triage/700/") for address, _ in after.redirect_chain)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "address"),
    [
        ("/triage/700/wait/report/?site=no", WAIT),
        ("/triage/700/wait/thanks/", "/triage/700/"),
        ("/triage/700/nowhere/thanks/?site=no", WAIT),
        ("/triage/700/wait/thanks/?site=no&more=1", "/triage/700/wait/thanks/?site=no"),
        ("/triage/700/try/thanks/?try=fixed&site=yes", "/triage/700/try/thanks/?site=yes&try=fixed"),
    ],
)
def test_other_addresses_lead_to_the_right_one(client: Client, article: Document, asked: str, address: str) -> None:
    response = client.get(asked)

    assert response.status_code == 302
    assert response["Location"] == address
    assert client.get(address).status_code == 200


@pytest.mark.django_db
def test_an_alias_is_reported_on_under_its_article(client: Client) -> None:
    publish_document(an_error(aliases=("seven-hundred",)))

    response = _post(client, "/triage/seven-hundred/wait/report/?site=no")

    assert response["Location"] == "/triage/700/wait/thanks/?site=no"
    assert OutcomeReport.objects.get().article.code == "700"


@pytest.mark.django_db
def test_nobody_is_thanked_for_an_article_that_is_not_there(client: Client) -> None:
    assert client.get("/triage/999/wait/thanks/").status_code == 404
