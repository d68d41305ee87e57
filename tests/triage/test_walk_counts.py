"""Stops of walks, counted as readers see them, and what editors see of the counts."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from kb.addresses import step_address
from kb.edition import current
from kb.flow import Flow, Jump, Option, Question, Repair
from kb.models import Article, PostCount, Revision
from tests.factories import a_flow, a_guide, an_error, an_outcome, publish_document
from tests.markup import Element, tree
from triage.codes import decode, trail_of
from triage.models import OutcomeReport, WalkCount, WalkCountQuerySet
from triage.reports import take
from triage.statistics import traffic

SEEN = "/triage/seen"
HERE = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}

pytestmark = pytest.mark.django_db


def see(client: Client, code: str, **headers: str) -> Any:
    return client.post(SEEN, {"code": code}, headers=HERE | headers)


def counts() -> dict[str, int]:
    """All that is counted, by article, revision and letters."""
    found = WalkCount.objects.values_list("article__slug", "revision", "letters", "views")
    return {f"{slug}-{revision}-{letters}": views for slug, revision, letters, views in found}


def page(client: Client, address: str) -> Element:
    response = client.get(address)
    assert response.status_code == 200, f"{address}: {response.status_code}"
    return tree(response.text)


# Counting


def test_a_stop_is_counted_each_time_it_is_seen(client: Client) -> None:
    publish_document(an_error())

    answers = [see(client, code) for code in ("700-1-", "700-1-A", "700-1-A", "700-1-AB")]

    assert [response.status_code for response in answers] == [204] * 4
    assert counts() == {"700-1-": 1, "700-1-A": 2, "700-1-AB": 1}


def test_each_day_is_counted_by_itself(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_document(an_error())

    for moment in (
        datetime(2026, 11, 1, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 2, 0, 0, 0, tzinfo=UTC),
        datetime(2026, 11, 2, 12, 0, 0, tzinfo=UTC),
    ):
        monkeypatch.setattr("django.utils.timezone.now", lambda moment=moment: moment)
        see(client, "700-1-B")

    assert dict(WalkCount.objects.values_list("day", "views")) == {date(2026, 11, 1): 1, date(2026, 11, 2): 2}


def test_a_page_that_was_opened_before_a_publish_counts_for_its_own_revision(client: Client) -> None:
    publish_document(an_error())
    publish_document(an_error(title="Another title"))

    see(client, "700-1-A")
    see(client, "700-2-A")

    assert counts() == {"700-1-A": 1, "700-2-A": 1}


def test_a_count_holds_nothing_about_the_reader() -> None:
    fields = {field.name for field in WalkCount._meta.get_fields()}

    assert fields == {"id", "article", "revision", "letters", "day", "views"}


def test_two_processes_that_count_the_first_view_at_once_count_two(monkeypatch: pytest.MonkeyPatch) -> None:
    stop: dict[str, Any] = {"article_id": publish_document(an_error()).article_id, "revision": 1, "letters": "A"}
    stop["day"] = date(2026, 11, 1)
    update = WalkCountQuerySet.update

    def update_while_another_creates(counts: WalkCountQuerySet, **fields: Any) -> int:
        found = update(counts, **fields)
        if not found:
            WalkCount.objects.create(**stop, views=1)
        return found

    monkeypatch.setattr(WalkCountQuerySet, "update", update_while_another_creates)
    WalkCount.objects.add_view(**stop)

    assert WalkCount.objects.get().views == 2


@pytest.mark.parametrize(
    "code",
    [
        "",
        "-",
        "--",
        "700",
        "700-1",
        "700-1-Z",
        "700-1-AAA",  # the flow ends after AA
        "700-1-a",
        "700-1-Ä",
        "700-1-A ",
        "700-1-A\n",
        "700-01-A",
        "700-0-",
        "700-2-A",
        "700--1-A",
        "700-1.5-A",
        "700-999999999-A",
        "700-9999999999-A",
        "700-\N{ARABIC-INDIC DIGIT ONE}-A",
        "799-1-A",
        "a-guide-1-",  # it has no flow
        "\x00-1-A",
        "700-1-\x00",
        "7" * 5000,
        "<script>-1-A",
    ],
)
def test_what_names_no_stop_is_refused_and_leaves_no_trace(client: Client, code: str) -> None:
    publish_document(an_error())
    publish_document(a_guide())

    response = see(client, code)

    assert response.status_code == 400
    assert counts() == {}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"\xff\xfe=%ff&code=%ff", "application/x-www-form-urlencoded"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"no boundary", "multipart/form-data"),
        (b'{"code": "700-1-A"}', "application/json"),
        (b"code=700-1-A", "text/plain"),
    ],
)
def test_a_body_that_is_no_form_is_refused(client: Client, body: bytes, kind: str) -> None:
    publish_document(an_error())

    response = client.post(SEEN, body, content_type=kind, headers=HERE)

    assert response.status_code == 400
    assert counts() == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://other.testserver"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    ],
)
def test_another_site_can_not_count(client: Client, headers: dict[str, str]) -> None:
    publish_document(an_error())

    response = see(client, "700-1-A", **headers)

    assert response.status_code == 403
    assert counts() == {}


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_only_a_post_counts(client: Client, method: str) -> None:
    response = getattr(client, method)(SEEN)

    assert response.status_code == 405


def test_a_flood_is_told_to_wait_and_counts_no_further(client: Client) -> None:
    publish_document(an_error())
    see(client, "700-1-A")
    PostCount.objects.update(posts=599)

    last, refused = see(client, "700-1-A"), see(client, "700-1-A")

    assert last.status_code == 204
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert counts() == {"700-1-A": 2}


def test_counting_sets_no_cookie_and_is_never_kept(client: Client) -> None:
    publish_document(an_error())

    response = see(client, "700-1-")

    assert not response.cookies
    assert response["Cache-Control"] == "no-store"
    assert "Cookie" not in response.get("Vary", "")


def test_counting_costs_few_queries(client: Client, django_assert_max_num_queries) -> None:
    publish_document(an_error())
    see(client, "700-1-")

    with django_assert_max_num_queries(6):
        see(client, "700-1-")


# What pages say


def test_a_page_stays_the_same_and_cacheable_however_often_it_was_counted(client: Client) -> None:
    publish_document(an_error())
    before = client.get("/triage/700/try/?site=yes")

    see(client, "700-1-A")

    after = client.get("/triage/700/try/?site=yes")
    assert after.content == before.content
    assert after["ETag"] == before["ETag"]
    assert after["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert after["Vary"] == "Accept-Encoding"
    assert not after.cookies


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/triage/700/", "700-1-"),
        ("/triage/700/try/?site=yes", "700-1-A"),
        ("/triage/700/wait/?site=yes&try=not-fixed", "700-1-AB"),
        ("/triage/700/?site=perhaps", "700-1-"),
        ("/triage/700/site/?site=yes", ""),  # an earlier question again
        ("/triage/700/try/?site=yes&v=1", ""),  # a link to a walk that was counted
    ],
)
def test_a_page_names_the_stop_that_it_is(client: Client, address: str, code: str) -> None:
    publish_document(an_error())

    assert page(client, address).one("main")["data-walk"] == code


def test_the_script_is_a_module_of_this_site_and_left_out_where_nothing_is_counted(client: Client) -> None:
    publish_document(an_error())

    scripts = list(page(client, "/triage/700/").all("script"))
    pinned = list(page(client, "/triage/700/?v=1").all("script"))

    assert {"type": "module", "src": "/static/js/walk-count.js"} in [script.attributes for script in scripts]
    assert "/static/js/walk-count.js" not in [script["src"] for script in pinned]


def test_an_answer_that_leaves_the_flow_is_counted_by_its_link(client: Client) -> None:
    options = (Option("yes", "Yes", "leave"), Option("no", "No", "wait"), Option("not-sure", "I’m not sure", "wait"))
    flow = Flow("site", (Question("site", "Another code?", options), Jump("leave", "103", "103"), an_outcome("wait")))
    publish_document(an_error(flow=flow))

    found = {
        link.text.split()[0]: link["data-walk"]
        for link in page(client, "/triage/700/").one("ul", class_="answers").all("a")
    }

    assert found == {"Yes": "700-1-A", "No": "", "I’m": ""}
    assert see(client, found["Yes"]).status_code == 204


@pytest.mark.parametrize("identity", ["102", "which-error"])
def test_every_stop_of_a_published_flow_counts_as_itself(client: Client, identity: str) -> None:
    edition = current()
    document = edition.document(identity)
    assert document is not None
    flow = document.flow
    assert flow is not None

    for node in (node for node in flow.nodes if not isinstance(node, Jump)):
        trail = flow.path(flow.start, node.key) or ()
        address = step_address(identity, flow, node.key, trail, is_chooser=identity == "which-error")
        code = page(client, address).one("main")["data-walk"]

        assert see(client, code).status_code == 204, address
        if trail:
            assert trail_of(decode(code, {identity: identity}).letters, flow) == trail

    views = WalkCount.objects.views(edition.entries[identity].article_id, edition.entries[identity].revision)
    reached = {key: seen.reached for key, seen in traffic(flow, views).items()}
    assert reached == {node.key: int(not isinstance(node, Jump)) for node in flow.nodes}


# What editors see

NOBODY = "none yet"


@pytest.fixture
def walked() -> Revision:
    """An article with 12 walks begun on its live revision 2, and 100 on revision 1."""
    publish_document(an_error())
    revision = publish_document(an_error(title="Another title"))
    views = {"": 12, "A": 7, "AA": 4, "B": 2}
    for day in (date(2026, 11, 1), date(2026, 11, 2)):
        for letters, count in views.items():
            WalkCount.objects.create(
                article=revision.article,
                revision=2,
                letters=letters,
                day=day,
                views=count // 2 + day.day % 2 * (count % 2),
            )
    WalkCount.objects.create(article=revision.article, revision=1, letters="", day=date(2026, 10, 1), views=100)
    return revision


def walks_address(revision: Revision, number: int | None = None) -> str:
    if number is None:
        return reverse("admin:triage_walkcount_article", args=[revision.article_id])
    return reverse("admin:triage_walkcount_revision", args=[revision.article_id, number])


def table(found: Element, at: int) -> list[list[str]]:
    rows = list(list(found.by_id("content-main").all("table"))[at].all("tr"))
    return [[cell.text for cell in row.all("th", "td")] for row in rows]


def test_an_editor_sees_where_walks_of_the_live_revision_came_through_and_stopped(
    admin_client: Client, walked: Revision
) -> None:
    found = page(admin_client, walks_address(walked))

    assert sorted(table(found, 0)[1:]) == sorted(
        [
            ["Does the bank’s site open?", "question", "12", "3", "–"],
            ["Ask once", "step", "7", "3", NOBODY],
            ["Finding done", "outcome", "4", "–", NOBODY],
            ["Finding wait", "outcome", "2", "–", NOBODY],
            ["Finding ask", "outcome", "0", "–", NOBODY],
        ]
    )
    assert table(found, 1)[1:] == [
        ["4", "Does the bank’s site open? Yes → Ask once Yes, it worked", "Finding done"],
        ["3", "none", "Does the bank’s site open? (stopped here)"],
        ["3", "Does the bank’s site open? Yes", "Ask once (stopped here)"],
        ["2", "Does the bank’s site open? No", "Finding wait"],
    ]


def test_an_editor_sees_what_was_reported_of_a_node_while_it_says_the_same(
    admin_client: Client, walked: Revision
) -> None:
    reported_on(1, {"yes": 18, "no": 1})
    reported_on(2, {"no": 7, "not_yet": 2})
    publish_document(an_error(title="Third", steps=(replace(an_error().steps[0], title="Ask twice"),)))

    same, changed = (table(page(admin_client, walks_address(walked, number)), 0) for number in (2, 3))

    assert "18 yes, 8 no, 2 not yet (95 % interval 50–84 %)" in [row[4] for row in same if row[0] == "Ask once"]
    assert [row[4] for row in changed if row[0] == "Ask twice"] == [NOBODY]


def reported_on(revision: int, verdicts: dict[str, int]) -> None:
    """Reports of as many visitors on the repair step of Error 700."""
    document = Revision.objects.get(article__slug="700", number=revision).document
    assert document.flow is not None
    node = document.flow.by_key["try"]
    assert isinstance(node, Repair)
    visitors = [verdict for verdict, count in verdicts.items() for _ in range(count)]
    for number, verdict in enumerate(visitors):
        take(
            document,
            node,
            OutcomeReport.Verdict(verdict),
            article_id=Article.objects.get(slug="700").pk,
            revision=revision,
            visitor=f"visitor {number}",
            now=datetime(2026, 11, 1, 12, 0, tzinfo=UTC),
        )


def test_the_counts_stand_on_the_map_of_the_flow_and_its_nodes_lead_to_their_pages(
    admin_client: Client, client: Client, walked: Revision
) -> None:
    drawing = page(admin_client, walks_address(walked)).one("svg", class_="flow")

    notes = {note.text for note in drawing.all("text") if note["class"] == "note"}
    assert notes == {"Reached 12, stopped 3", "Reached 7, stopped 3", "Reached 4", "Reached 2", "Reached 0"}
    assert len(set(drawing.hrefs)) == len(a_flow().nodes)
    for href in drawing.hrefs:
        assert page(client, href).one("main")["data-walk"] == ""  # who looks from here is not counted as a walk


def test_each_revision_has_its_own_counts(admin_client: Client, walked: Revision) -> None:
    found = page(admin_client, walks_address(walked, 1))

    assert ["Does the bank’s site open?", "question", "100", "100", "–"] in table(found, 0)
    revisions = found.by_id("content-main").one("nav")
    assert [link["aria-current"] for link in revisions.all("a")] == ["", "page"]
    assert [item.text.rpartition(": ")[2] for item in revisions.all("li")] == ["12 begun", "100 begun"]
    assert revisions.hrefs == [walks_address(walked, 2), walks_address(walked, 1)]


def test_a_revision_that_nobody_walked_says_so(admin_client: Client) -> None:
    revision = publish_document(an_error())

    found = page(admin_client, walks_address(revision))

    assert table(found, 1)[1:] == [["No walk has been counted yet."]]


def test_an_article_without_a_flow_says_so(admin_client: Client) -> None:
    guide = publish_document(a_guide())

    found = page(admin_client, walks_address(guide))

    assert "This revision has no flow." in found.text


def test_the_page_asks_for_nothing_that_the_policy_forbids(admin_client: Client, walked: Revision) -> None:
    found = page(admin_client, walks_address(walked)).by_id("content-main")

    assert [element.name for element in found.all() if element["style"] or element.name in {"style", "script"}] == []


def test_the_article_leads_to_its_walks(admin_client: Client, walked: Revision) -> None:
    found = page(admin_client, reverse("admin:kb_article_change", args=[walked.article_id]))

    assert walks_address(walked) in found.hrefs


def test_the_counts_lead_to_the_walks_of_their_revision(admin_client: Client, walked: Revision) -> None:
    found = page(admin_client, reverse("admin:triage_walkcount_changelist"))

    assert {walks_address(walked, 1), walks_address(walked, 2)} <= set(found.hrefs)


def test_many_counts_ask_no_more_of_the_database(
    admin_client: Client, walked: Revision, django_assert_max_num_queries
) -> None:
    day = date(2025, 1, 1).toordinal()
    WalkCount.objects.bulk_create(
        WalkCount(article=walked.article, revision=2, letters="AB", day=date.fromordinal(day + at), views=1)
        for at in range(300)
    )

    page(admin_client, walks_address(walked))  # reads the edition

    with django_assert_max_num_queries(12):
        found = page(admin_client, walks_address(walked))

    assert ["Finding wait", "outcome", "302", "–", NOBODY] in table(found, 0)


def test_who_may_not_view_counts_is_refused(client: Client, walked: Revision) -> None:
    staff = User.objects.create_user("staff", is_staff=True)
    client.force_login(staff)

    assert client.get(walks_address(walked)).status_code == 403

    staff.user_permissions.add(Permission.objects.get(codename="view_walkcount"))

    assert client.get(walks_address(walked)).status_code == 200


def test_who_has_not_signed_in_is_asked_to(client: Client, walked: Revision) -> None:
    response = client.get(walks_address(walked))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("admin:login"))


def test_counts_can_only_be_looked_at(admin_client: Client, walked: Revision) -> None:
    count = WalkCount.objects.all()[0]

    for name, arguments in (("add", []), ("change", [count.pk]), ("delete", [count.pk])):
        response = admin_client.post(reverse(f"admin:triage_walkcount_{name}", args=arguments), {"views": 99})
        assert response.status_code == 403
    assert admin_client.post(walks_address(walked)).status_code == 405


@pytest.mark.parametrize("number", [3, 0, 10**9, 10**30])
def test_a_revision_that_does_not_exist_is_not_found(admin_client: Client, walked: Revision, number: int) -> None:
    assert admin_client.get(walks_address(walked, number)).status_code == 404


@pytest.mark.parametrize("article", [0, 10**9, 10**30])
def test_an_article_that_does_not_exist_is_not_found(admin_client: Client, article: int) -> None:
    assert admin_client.get(reverse("admin:triage_walkcount_article", args=[article])).status_code == 404
