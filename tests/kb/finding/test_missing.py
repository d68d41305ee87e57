"""What readers searched for and did not get is counted, and nothing personal with it."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kb.finding.missing import impersonal
from kb.models import SearchMiss
from kb.models.search_miss import LONGEST_MISS

Kind = SearchMiss.Kind
TODAY = timezone.now().date()


def missed() -> list[tuple[str, str, int]]:
    return list(SearchMiss.objects.order_by("kind", "query").values_list("kind", "query", "times"))


def search(client: Client, *queries: str) -> None:
    for query in queries:
        assert client.get("/search/", {"q": query}).status_code == 200


# Counting


@pytest.mark.django_db
def test_a_code_without_an_article_is_counted_as_such(client: Client) -> None:
    search(client, "error 109", "109", "OL-301", "error 109 or 102")

    assert missed() == [("code", "109", 3), ("code", "ol-301", 1)]


@pytest.mark.django_db
def test_what_finds_nothing_is_counted_in_one_spelling(client: Client) -> None:
    search(client, "Plorb  qwzx", "plorb qwzx")

    assert missed() == [("nothing", "plorb qwzx", 2)]


@pytest.mark.django_db
def test_what_finds_something_is_not_counted(client: Client) -> None:
    search(client, "102", "maintenance", "", "error 102 plorb")

    assert missed() == []


@pytest.mark.django_db
def test_who_only_asks_for_headers_or_suggestions_is_not_counted(client: Client) -> None:
    client.head("/search/", {"q": "error 109"})
    client.get("/search/suggestions/", {"q": "error 109"})

    assert missed() == []


@pytest.mark.django_db
def test_nothing_is_counted_while_the_index_is_made(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.finding.search.indexing.in_step", lambda edition: None)

    search(client, "maintenance")

    assert missed() == []


@pytest.mark.django_db
def test_each_day_has_its_own_counts(client: Client) -> None:
    SearchMiss.objects.create(kind=Kind.UNKNOWN_CODE, query="109", day=TODAY - timedelta(days=1), times=5)

    search(client, "109")

    assert set(SearchMiss.objects.values_list("day", "times")) == {(TODAY - timedelta(days=1), 5), (TODAY, 1)}


@pytest.mark.django_db
def test_a_flood_of_queries_does_not_fill_the_table(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.models.search_miss.MOST_A_DAY", 3)

    search(client, *(f"plorb{letter}" for letter in "abcdefgh"), "ploRBA")

    assert missed() == [
        ("nothing", "", 5),
        ("nothing", "plorba", 2),
        ("nothing", "plorbb", 1),
        ("nothing", "plorbc", 1),
    ]


@pytest.mark.django_db
def test_readers_get_their_answer_when_it_can_not_be_counted(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise DatabaseError("database is locked")

    monkeypatch.setattr(SearchMiss.objects, "add_miss", fail)

    search(client, "error 109")

    assert [record.message for record in caplog.records] == ["Something was not counted"]


# Found, and nothing opened


def send(client: Client, query: str, **headers: str) -> int:
    return client.post(reverse("kb:unopened"), {"q": query}, headers=headers).status_code


@pytest.mark.django_db
def test_a_search_of_which_nothing_was_opened_is_counted(client: Client) -> None:
    assert send(client, "Bank  maintenance") == 204
    assert send(client, "bank maintenance") == 204

    assert missed() == [("unopened", "bank maintenance", 2)]


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "plorb", "error 109", "\x00", "x" * 5_000])
def test_only_what_finds_something_can_be_left_unopened(client: Client, query: str) -> None:
    assert send(client, query) == 204

    assert missed() == []


@pytest.mark.django_db
def test_other_sites_can_not_count(client: Client) -> None:
    status = client.post(
        reverse("kb:unopened"), {"q": "maintenance"}, headers={"Sec-Fetch-Site": "cross-site"}
    ).status_code

    assert status == 403
    assert missed() == []


@pytest.mark.django_db
def test_nobody_counts_without_end(client: Client) -> None:
    statuses = {send(client, "maintenance") for _ in range(125)}

    assert statuses == {204, 429}
    assert missed() == [("unopened", "maintenance", 120)]


@pytest.mark.django_db
def test_it_is_only_posted(client: Client) -> None:
    assert client.get(reverse("kb:unopened")).status_code == 405


# Nothing personal


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("Bank of Nowhere  says maintenance", "bank of nowhere says maintenance"),
        ("checking (3102) fails", "checking (#) fails"),
        ("2FA code, 350kb file", "2fa code, 350kb file"),
        ("ann@example.com can't sign in", ""),
        ("https://bank.example/login?user=ann", ""),
        ("call 800 555 0100", ""),
        ("4111 1111 1111 1111", ""),
        ("123-45-6789", ""),
        ("Passw0rd!", ""),
        ("hunter2", ""),
        ("Tr0ub4dor&3", ""),
        ("correct!horse", ""),
    ],
)
def test_what_may_be_personal_is_not_kept(query: str, kept: str) -> None:
    assert impersonal(query) == kept


@pytest.mark.django_db
def test_a_security_code_that_was_typed_is_not_kept(client: Client) -> None:
    search(client, "482913", "error 48291")

    assert missed() == [("code", "", 1), ("code", "48291", 1)]


@given(st.text(max_size=300))
def test_what_is_kept_is_short_and_without_long_figures(query: str) -> None:
    kept = impersonal(query)

    assert len(kept) <= LONGEST_MISS
    assert "@" not in kept
    assert not any(part.isdigit() and part.isascii() and len(part) > 3 for part in kept.replace("#", " ").split())


def test_a_long_query_is_cut_between_words() -> None:
    kept = impersonal("bank " * 50)

    assert kept == ("bank " * 16).strip()


# What becomes of it


@pytest.mark.django_db
def test_old_searches_are_forgotten(client: Client) -> None:
    for age in (0, 29, 31, 91):
        SearchMiss.objects.create(kind=Kind.NOTHING, query="plorb", day=TODAY - timedelta(days=age), times=1)

    call_command("forget", stdout=StringIO())
    after_ninety = SearchMiss.objects.count()
    call_command("forget", "--searches-after", "30", stdout=StringIO())

    assert after_ninety == 3
    assert SearchMiss.objects.count() == 2


@pytest.mark.django_db
def test_editors_see_what_was_missed_and_can_not_change_it(client: Client, admin_client: Client) -> None:
    search(client, "error 109", "482913")

    page = admin_client.get("/admin/kb/searchmiss/").text
    row = SearchMiss.objects.get(query="109")

    assert "code without an article" in page
    assert "109" in page
    assert "(others, and what may be personal)" in page
    assert admin_client.get("/admin/kb/searchmiss/add/").status_code == 403
    assert admin_client.post(f"/admin/kb/searchmiss/{row.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.django_db
def test_the_to_do_page_lists_what_was_missed_most(client: Client, admin_client: Client) -> None:
    old = TODAY - timedelta(days=40)
    SearchMiss.objects.create(kind=Kind.UNKNOWN_CODE, query="324", day=old, times=9)
    search(client, "109", "OL-301", "109", "plorb", "482913")
    send(client, "maintenance")

    piles = admin_client.get(reverse("admin:kb_article_todo")).context["piles"]

    tasks = {pile.title: [(task.name, task.why) for task in pile.tasks] for pile in piles}
    assert tasks["Codes without an article"] == [("109", "2 times in 30 days"), ("OL-301", "1 time in 30 days")]
    assert tasks["Searches that found nothing"] == [("plorb", "1 time in 30 days")]
    assert tasks["Searches after which nothing was opened"] == [("maintenance", "1 time in 30 days")]
    (pile,) = (pile for pile in piles if pile.title == "Searches that found nothing")
    assert pile.tasks[0].href == "/search/?q=plorb"
