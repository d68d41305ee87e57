"""The article's page is checked as it stands in the browser, before anything is saved."""

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from kb.desk import read_document, write_document
from kb.document import Document
from kb.models import Article, DeskEntry
from tests.factories import a_guide, an_error, publish_document
from tests.kb.test_admin import TWO_CAUSES, desk_copy, filled_in, page, signed_in
from tests.kb.test_roles import ROLES, somebody

pytestmark = pytest.mark.django_db

SUM = "the likelihoods add up to 90 %, not 100 %"


@pytest.fixture
def sound() -> Document:
    """An error without a fault, live."""
    document = an_error("900")
    publish_document(document)
    return document


def opened(client: Client, article: Article) -> dict[str, str]:
    """The page's form as a browser would send it, nothing changed."""
    return filled_in(client.get(page(Article, "change", article.pk)))


def address(article: Article) -> str:
    return reverse("admin:kb_article_live_check", args=[article.pk])


def told(client: Client, typed: dict[str, str], identity: str = "900", **more: str) -> dict[str, str]:
    """What the check says: each sentence with the place that it is about."""
    answer = client.post(address(desk_copy(identity)), typed | more)
    assert answer.status_code == 200
    return {fault["sentence"]: fault["place"] for fault in answer.json()["faults"]}


# Who may ask


@pytest.mark.parametrize("role", ROLES)
def test_check_is_for_whoever_may_change_articles(role: str, sound: Document) -> None:
    client = somebody(role)
    typed = {} if role == "nobody" else opened(client, desk_copy("900"))

    assert client.post(address(desk_copy("900")), typed).status_code == (403 if role == "nobody" else 200)


def test_others_are_told_to_sign_in(sound: Document) -> None:
    visitor = signed_in(User.objects.create_user("visitor", is_superuser=True))

    for client in (Client(), visitor):
        response = client.post(address(desk_copy("900")))
        assert response.status_code == 403
        assert response.text.startswith("You are signed out.")


def test_only_posts_of_this_site_about_what_there_is_are_answered(admin_user: User, sound: Document) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(admin_user)
    client = signed_in(admin_user)

    assert careful.post(address(desk_copy("900"))).status_code == 403
    assert client.get(address(desk_copy("900"))).status_code == 405
    assert client.post("/admin/kb/article/999999/check/").status_code == 404


# What it says


def test_sound_article_has_nothing_to_hear(admin_client: Client, sound: Document) -> None:
    typed = opened(admin_client, desk_copy("900"))

    assert told(admin_client, typed) == {}
    assert told(admin_client, typed, every="1") == {}


@pytest.mark.parametrize(
    ("changes", "sentence", "place"),
    [
        ({"causes-0-percent": "90"}, SUM, "causes-group"),
        ({"causes-0-percent": "0"}, "A likelihood is from 1 to 100 percent.", "causes-0"),
        (
            {"costestimates-0-low": "900", "costestimates-0-high": "100"},
            "The low price is above the high price.",
            "costestimates-0",
        ),
        ({"reviewed_on": "soon"}, "Enter a valid date.", "id_reviewed_on"),
        ({"title": ""}, None, ""),
    ],
)
def test_what_the_changes_break_is_said_at_its_place(
    admin_client: Client, sound: Document, changes: dict[str, str], sentence: str | None, place: str
) -> None:
    typed = opened(admin_client, desk_copy("900"))

    assert told(admin_client, typed | changes) == ({sentence: place} if sentence else {})


def test_time_upside_down_is_said_at_its_field(admin_client: Client, sound: Document) -> None:
    typed = opened(admin_client, desk_copy("900"))

    faults = told(admin_client, typed | {"repairsteps-0-time": "10-5 min"})

    assert list(faults.values()) == ["id_repairsteps-0-time"]


def test_step_that_cannot_be_undone_and_is_not_guarded_is_said_at_the_flow(
    admin_client: Client, sound: Document
) -> None:
    typed = opened(admin_client, desk_copy("900"))

    faults = told(admin_client, typed | {"repairsteps-0-irreversible": "on"})

    assert "flow-group" in faults.values()


def test_nothing_is_saved(admin_client: Client, sound: Document) -> None:
    typed = opened(admin_client, desk_copy("900"))
    before, entries = read_document(desk_copy("900")), list(DeskEntry.objects.values())

    told(admin_client, typed | {"title": "Other words", "causes-0-percent": "90", "repairsteps-0-DELETE": "on"})

    assert read_document(desk_copy("900")) == before
    assert list(DeskEntry.objects.values()) == entries


def test_rows_that_are_added_moved_and_taken_out_count_as_typed(admin_client: Client) -> None:
    write_document(an_error("900", causes=TWO_CAUSES))
    typed = opened(admin_client, desk_copy("900"))
    added = {
        "causes-TOTAL_FORMS": "3", "causes-2-key": "new", "causes-2-title": "New", "causes-2-percent": "101",
        "causes-2-position": "0", "causes-2-source": "estimate", "causes-2-id": "",
        "causes-2-article": typed["causes-0-article"],
    }  # fmt: skip

    taken_out = told(admin_client, typed | {"causes-0-DELETE": "on"})
    named_wrongly = told(admin_client, typed | added | {"causes-2-percent": "10", "causes-2-source": "nowhere"})

    assert taken_out["the likelihoods add up to 40 %, not 100 %"] == "causes-group"
    assert named_wrongly["the likelihoods add up to 110 %, not 100 %"] == "causes-group"
    assert named_wrongly["names the source “nowhere”, which is not among the article’s sources"] == "id_causes-2-source"


def test_what_was_wrong_before_is_kept_for_the_check(admin_client: Client) -> None:
    write_document(replace(an_error("900", causes=TWO_CAUSES[:1]), description=""))
    typed = opened(admin_client, desk_copy("900"))

    assert told(admin_client, typed | {"title": "Other words"}) == {}
    assert "the likelihoods add up to 60 %, not 100 %" in told(admin_client, typed, every="1")


def test_save_by_somebody_else_is_said_before_this_one_is_refused(admin_client: Client, sound: Document) -> None:
    typed = opened(admin_client, desk_copy("900"))
    Article.objects.update(title="By a colleague")

    ((sentence, place),) = told(admin_client, typed | {"title": "Mine"}).items()

    assert sentence.startswith("Somebody saved this page after you had opened it.")
    assert place == ""


def test_half_a_form_is_no_fault_of_the_site(admin_client: Client, sound: Document) -> None:
    for typed in ({}, {"causes-TOTAL_FORMS": "x"}, {"title": "\x00"}):
        assert admin_client.post(address(desk_copy("900")), typed).status_code == 200


def test_more_articles_cost_no_more_queries(admin_client: Client, django_assert_max_num_queries: Any) -> None:
    publish_document(an_error("900"))
    typed = opened(admin_client, desk_copy("900"))
    with django_assert_max_num_queries(200) as few:
        told(admin_client, typed)
    Article.objects.bulk_create(
        Article(kind="guide", slug=f"many-{at}", title=f"Many {at}", reviewed_on="2026-01-01") for at in range(1_000)
    )

    with django_assert_max_num_queries(len(few)):
        told(admin_client, typed)


def test_guides_are_checked_too(admin_client: Client) -> None:
    publish_document(a_guide())
    typed = opened(admin_client, desk_copy("a-guide"))

    assert told(admin_client, typed | {"sections-0-body": ""}, "a-guide") != {}
