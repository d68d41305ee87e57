from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kb.models import Article, DailySalt, Feedback, PostCount
from kb.views.feedback import comment_in
from tests.factories import a_guide, an_error, publish_document
from tests.markup import Element, tree

MORNING = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def article(db) -> None:
    publish_document(an_error())


def _form(client: Client, address: str) -> Element:
    return tree(client.get(address).content.decode()).one("main").one("form", method="post")


def _send(client: Client, address: str = "/errors/700/", **fields: str) -> Any:
    """Send the form of a page as a browser does: every field, and the button that was pressed."""
    form = _form(client, address)
    filled = {field["name"]: field["value"] for field in form.all("input", "textarea")}
    return client.post(form["action"], {**filled, "verdict": "yes", **fields})


# One tap


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/errors/102/", "/errors/350/", "/guides/manual-import/"])
@pytest.mark.parametrize("verdict", ["yes", "no"])
def test_one_tap_leads_to_thanks_and_back_without_a_cookie(client: Client, address: str, verdict: str) -> None:
    response = _send(client, address, verdict=verdict)

    thanks = client.get(response["Location"])
    assert response.status_code == 303
    assert thanks.status_code == 200
    assert tree(thanks.content.decode()).one("main").one("a", class_="button")["href"] == address
    assert thanks["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert thanks["Vary"] == "Accept-Encoding"
    assert b"noindex" in thanks.content
    assert not client.cookies
    feedback = Feedback.objects.get()
    assert (feedback.verdict, feedback.revision, feedback.part, feedback.comment) == (verdict, 1, "", "")


@pytest.mark.django_db
def test_waiting_for_the_bank_is_an_answer_to_an_error_only(client: Client) -> None:
    on_error = [button["value"] for button in _form(client, "/errors/102/").all("button")]
    on_guide = [button["value"] for button in _form(client, "/guides/manual-import/").all("button")]

    assert on_error == ["yes", "waiting", "no"]
    assert on_guide == ["yes", "no"]


@pytest.mark.django_db
def test_every_field_that_is_seen_has_a_label(client: Client) -> None:
    form = _form(client, "/errors/102/")

    seen = [
        field
        for field in form.all("input", "textarea")
        if "hidden" not in field.attributes and field["type"] != "hidden"
    ]
    assert {label["for"] for label in form.all("label")} == {field["id"] for field in seen}


@pytest.mark.django_db
def test_a_comment_on_one_step_is_kept_with_its_key(client: Client, article: None) -> None:
    _send(client, verdict="no", part="1", comment="  The button is gone.\r\nIt was there before.\t")

    feedback = Feedback.objects.get()
    assert feedback.part == "update"
    assert feedback.comment == "The button is gone.\nIt was there before."


@pytest.mark.django_db
def test_feedback_belongs_to_the_revision_that_was_read(client: Client, article: None) -> None:
    form = _form(client, "/errors/700/")
    publish_document(an_error(title="Another title"))

    client.post(form["action"], {"revision": form.one("input", name="revision")["value"], "verdict": "yes"})
    _send(client)

    assert sorted(Feedback.objects.values_list("revision", flat=True)) == [1, 2]


# Counted once


@pytest.mark.django_db
def test_a_visitor_counts_once_a_day_and_the_last_word_stands(client: Client, article: None) -> None:
    _send(client, verdict="waiting", comment="Still down.")
    _send(client, verdict="yes")
    _send(client, verdict="yes")

    feedback = Feedback.objects.get()
    assert feedback.verdict == "yes"
    assert feedback.comment == "Still down."


@pytest.mark.django_db
def test_a_second_comment_takes_the_place_of_the_first(client: Client, article: None) -> None:
    _send(client, comment="Still down.")
    _send(client, comment="It is back.")

    assert Feedback.objects.get().comment == "It is back."


@pytest.mark.django_db
def test_parts_visitors_and_days_count_for_themselves(
    client: Client, article: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: MORNING)
    _send(client)
    _send(client, part="1")
    client.post("/errors/700/feedback/", {"revision": "1", "verdict": "yes"}, REMOTE_ADDR="192.0.2.1")
    monkeypatch.setattr(timezone, "now", lambda: MORNING + timedelta(days=1))
    _send(client)

    assert Feedback.objects.count() == 4


# What is refused


@pytest.mark.django_db
def test_who_fills_in_what_nobody_sees_is_thanked_and_not_heard(client: Client, article: None) -> None:
    response = _send(client, comment="Buy pills", website="https://pills.example")

    assert response.status_code == 303
    assert not Feedback.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/errors/999/feedback/", {}),
        ("/guides/700/feedback/", {}),
        ("/errors/a-guide/feedback/", {}),
        ("/errors/700%00/feedback/", {}),
        ("/errors/700/feedback/", {"revision": "2"}),
    ],
)
def test_what_is_not_there_gets_no_feedback(client: Client, article: None, path: str, fields: dict[str, str]) -> None:
    publish_document(a_guide())

    response = client.post(path, {"revision": "1", "verdict": "yes", **fields})

    assert response.status_code == 404
    assert b"There is no page at this address" in response.content
    assert not Feedback.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": ""},
        {"verdict": "maybe"},
        {"verdict": "\x00"},
        {"revision": "x"},
        {"revision": "9" * 30},
        {"part": "0"},
        {"part": "2"},
        {"part": "-1"},
        {"part": "☃<script>"},
        {"part": "9" * 5000},
    ],
)
def test_an_answer_that_makes_no_sense_gets_a_page(client: Client, article: None, fields: dict[str, str]) -> None:
    response = client.post("/errors/700/feedback/", {"revision": "1", "verdict": "yes", **fields})

    assert response.status_code == 400
    assert b"<h1>We could not read your answer</h1>" in response.content
    assert b"<script>" not in response.content
    assert not Feedback.objects.exists()


@pytest.mark.django_db
def test_feedback_from_another_site_is_refused(client: Client, article: None) -> None:
    response = client.post(
        "/errors/700/feedback/", {"revision": "1", "verdict": "yes"}, headers={"Origin": "https://evil.example"}
    )

    assert response.status_code == 403
    assert not Feedback.objects.exists()


@pytest.mark.django_db
def test_a_flood_of_feedback_is_held_off(client: Client, article: None) -> None:
    posts = [client.post("/errors/700/feedback/", {"revision": "1", "verdict": "yes"}) for _ in range(31)]

    assert [post.status_code for post in posts] == [303] * 30 + [429]
    assert 0 < int(posts[-1]["Retry-After"]) <= 3600
    assert Feedback.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "status", "address"),
    [
        ("/errors/700/feedback/", 302, "/errors/700/"),
        ("/errors/seven-hundred/thanks/", 301, "/errors/700/thanks/"),
    ],
)
def test_other_addresses_lead_to_the_right_one(client: Client, asked: str, status: int, address: str) -> None:
    publish_document(an_error(aliases=("seven-hundred",)))

    response = client.get(asked)

    assert response.status_code == status
    assert response["Location"] == address


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/errors/999/thanks/", "/guides/102/thanks/", "/errors/manual-import/thanks/"])
def test_nobody_is_thanked_for_an_article_that_is_not_there(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


# Comments


@given(st.text(max_size=2000))
def test_a_comment_is_plain_text_of_at_most_a_thousand_characters(text: str) -> None:
    comment = comment_in(text)

    assert len(comment) <= 1000
    assert comment == comment.strip()
    assert all(character.isprintable() or character == "\n" or ord(character) > 0x9F for character in comment)
    comment.encode()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b\x07c\x1b[31m", "abc[31m"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("\u202etxt.exe\u2066", "txt.exe"),
        ("👩‍🔧 שלום", "👩‍🔧 שלום"),
        ("x" * 1001, "x" * 1000),
        ("\x00\x00", ""),
    ],
)
def test_controls_are_taken_out_of_a_comment(text: str, kept: str) -> None:
    assert comment_in(text) == kept


@pytest.mark.django_db
def test_editors_read_comments_escaped_newest_first_and_change_nothing(
    client: Client, admin_client: Client, article: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: MORNING)
    _send(client, comment="<script>alert('first')</script>")
    monkeypatch.setattr(timezone, "now", lambda: MORNING + timedelta(days=1))
    _send(client, comment="second")
    feedback = Feedback.objects.get(comment="second")
    monkeypatch.undo()

    listed = admin_client.get("/admin/kb/feedback/").content.decode()
    shown = admin_client.get(f"/admin/kb/feedback/{feedback.pk}/change/").content.decode()

    assert "&lt;script&gt;alert(" in listed
    assert "<script>alert(" not in listed
    assert listed.index("second") < listed.index("&lt;script&gt;alert(")
    assert "second" in shown
    assert feedback.visitor not in listed + shown
    assert admin_client.post(f"/admin/kb/feedback/{feedback.pk}/change/", {"comment": "x"}).status_code == 403
    assert admin_client.post(f"/admin/kb/feedback/{feedback.pk}/delete/").status_code == 403
    assert admin_client.get("/admin/kb/feedback/add/").status_code == 403


@pytest.mark.django_db
def test_readers_see_no_comment(client: Client, article: None) -> None:
    _send(client, comment="Only for editors")

    publish_document(an_error(title="Another title"))

    for address in ("/errors/700/", "/errors/700.json", "/errors/700.md", "/errors/700/thanks/"):
        assert b"Only for editors" not in client.get(address).content


@pytest.mark.django_db
def test_the_list_for_editors_costs_the_same_for_one_and_for_many(
    admin_client: Client, article: None, django_assert_max_num_queries
) -> None:
    number = Article.objects.get(code="700").pk
    for at in range(30):
        Feedback.objects.tell(
            article_id=number,
            revision=1,
            part="",
            verdict=Feedback.Verdict.NO,
            comment="x",
            visitor=f"visitor {at}",
            now=MORNING,
        )

    with django_assert_max_num_queries(15):
        admin_client.get("/admin/kb/feedback/")


# Forgetting


def _forget(*arguments: str) -> str:
    out = StringIO()
    call_command("forget", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_comments_are_forgotten_after_half_a_year_and_verdicts_never(
    client: Client, article: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (0, 1, 180):
        monkeypatch.setattr(timezone, "now", lambda day=day: MORNING + timedelta(days=day))
        _send(client, comment=f"Day {day}")
    monkeypatch.setattr(timezone, "now", lambda: MORNING + timedelta(days=180, minutes=1))

    said = _forget()

    assert said == "Forgotten: comments: 1, searches: 0, visitors’ hashes: 2, rows of the audit log: 0.\n"
    assert [feedback.comment for feedback in Feedback.objects.order_by("day")] == ["", "Day 1", "Day 180"]
    assert {feedback.verdict for feedback in Feedback.objects.all()} == {"yes"}


@pytest.mark.django_db
def test_how_long_comments_are_kept_can_be_chosen(
    client: Client, article: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: MORNING)
    _send(client, comment="A week old")
    monkeypatch.setattr(timezone, "now", lambda: MORNING + timedelta(days=7))

    _forget("--comments-after", "8")
    kept = Feedback.objects.get().comment
    _forget("--comments-after", "6")

    assert kept == "A week old"
    assert Feedback.objects.get().comment == ""


@pytest.mark.django_db
@pytest.mark.parametrize("days", ["0", "-1", "x", "99999", "1.5"])
def test_a_nonsense_number_of_days_forgets_nothing(days: str) -> None:
    with pytest.raises(CommandError, match="number of days"):
        _forget(f"--comments-after={days}")


@pytest.mark.django_db
def test_visitors_are_forgotten_after_their_day_and_two_of_one_day_can_be(
    client: Client, article: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: MORNING)
    for address in ("192.0.2.1", "192.0.2.2"):
        client.post("/errors/700/feedback/", {"revision": "1", "verdict": "yes"}, REMOTE_ADDR=address)
    monkeypatch.setattr(timezone, "now", lambda: MORNING + timedelta(hours=14, minutes=59))
    _forget()
    same_day = set(Feedback.objects.values_list("visitor", flat=True))
    salts = DailySalt.objects.count()
    monkeypatch.setattr(timezone, "now", lambda: MORNING + timedelta(hours=15))

    _forget()

    assert len(same_day) == 2
    assert "" not in same_day
    assert salts == 1
    assert set(Feedback.objects.values_list("visitor", flat=True)) == {""}
    assert Feedback.objects.count() == 2
    assert not DailySalt.objects.exists()
    assert not PostCount.objects.exists()
