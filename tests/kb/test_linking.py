"""What is offered while a link is typed at the desk."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from kb.desk import write_document
from kb.document import Section
from kb.links import anchors_of, parts_of
from kb.models import Article
from tests.factories import a_guide, an_error, publish_document
from tests.kb.test_admin import signed_in, staff
from tests.kb.test_roles import ROLES, somebody

pytestmark = pytest.mark.django_db

LINKS = "/admin/kb/article/links/"


def offered(client: Client, typed: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = client.get(LINKS, {"q": typed}).json()["suggestions"]
    return found


def targets(client: Client, typed: str) -> list[str]:
    return [suggestion["target"] for suggestion in offered(client, typed)]


# Who may ask


@pytest.mark.parametrize("role", ROLES)
def test_links_are_offered_to_whoever_may_read_articles_at_the_desk(role: str) -> None:
    assert somebody(role).get(LINKS, {"q": "1"}).status_code == (403 if role == "nobody" else 200)


def test_nobody_else_gets_an_answer() -> None:
    visitor = signed_in(User.objects.create_user("visitor", is_superuser=True))

    for client in (Client(), visitor):
        response = client.get(LINKS, {"q": "1"})
        assert response.status_code == 403
        assert response.text.startswith("You are signed out.")


def test_only_gets_are_answered_and_nothing_is_kept() -> None:
    client = staff("view_article")

    assert client.post(LINKS).status_code == 405
    assert client.get(LINKS).headers["Cache-Control"] == "no-store"


# Articles


@pytest.mark.parametrize("typed", ["901", "90", "ERR-901", "silent bank", "BANK silent"])
def test_articles_are_found_by_code_title_and_alias(typed: str) -> None:
    write_document(an_error("901", title="The silent bank", aliases=("err-901",)))

    assert targets(staff("view_article"), typed) == ["901"]


def test_what_begins_with_the_words_comes_first() -> None:
    for slug in ("zebra-b", "a-zebra", "zebra"):
        write_document(a_guide(slug))

    assert targets(staff("view_article"), "zebra") == ["zebra", "zebra-b", "a-zebra"]


def test_what_readers_cannot_open_yet_is_said_to_be_so() -> None:
    publish_document(a_guide("shown-guide", title="Shown"))
    write_document(a_guide("draft-guide", title="Draft"))

    assert offered(staff("view_article"), "-guide") == [
        {"target": "draft-guide", "title": "Draft", "note": "not published yet"},
        {"target": "shown-guide", "title": "Shown", "note": ""},
    ]


def test_errors_are_linked_by_their_code_as_quickbooks_shows_it() -> None:
    write_document(an_error("OL-901"))

    assert targets(staff("view_article"), "ol-901") == ["OL-901"]


@pytest.mark.parametrize("typed", ["", "#", "zzz", "zzz#", "\x00", "%", "'; --", "x" * 5_000, "102#" + "y " * 3_000])
def test_anything_may_be_typed(typed: str) -> None:
    assert isinstance(offered(staff("view_article"), typed), list)


def test_a_thousand_articles_cost_no_more_queries_than_a_few(django_assert_max_num_queries: Any) -> None:
    client = staff("view_article")
    write_document(a_guide("many-0"))
    offered(client, "first")  # a new session is written down once
    with django_assert_max_num_queries(10) as for_articles:
        offered(client, "many")
    with django_assert_max_num_queries(30) as for_parts:
        offered(client, "many-0#")
    Article.objects.bulk_create(
        Article(kind="guide", slug=f"many-{at}", title=f"Many {at}", reviewed_on="2026-01-01") for at in range(1, 1_000)
    )

    with django_assert_max_num_queries(len(for_articles)):
        assert len(targets(client, "many")) == 8
    with django_assert_max_num_queries(len(for_parts)):
        assert targets(client, "many-0#when") == ["many-0#when"]


# Parts


def test_parts_of_an_article_are_offered_after_the_mark() -> None:
    publish_document(an_error("901"))
    client = staff("view_article")

    everything = {suggestion["target"]: suggestion["title"] for suggestion in offered(client, "901#step")}

    assert everything
    assert all(target.startswith("901#step-") for target in everything)


def test_part_that_only_the_desk_has_is_said_to_be_so() -> None:
    publish_document(a_guide(sections=(Section("old", "Old part", "Words."),)))
    write_document(a_guide(sections=(Section("old", "Old part", "Words."), Section("new", "New part", "Words."))))

    assert offered(staff("view_article"), "a-guide#part") == [
        {"target": "a-guide#old", "title": "Old part", "note": "old"},
        {"target": "a-guide#new", "title": "New part", "note": "not published yet"},
    ]


def test_parts_are_found_under_any_name_of_the_article() -> None:
    publish_document(a_guide("a-guide", aliases=("other-name",), sections=(Section("one", "One", "Words."),)))

    assert targets(staff("view_article"), "Other-Name#on") == ["Other-Name#one"]


def test_every_part_that_is_offered_can_be_linked_to() -> None:
    for document in (an_error("901"), a_guide()):
        assert {anchor for anchor, _ in parts_of(document)} <= anchors_of(document)


def test_fields_for_prose_name_the_address(admin_client: Client) -> None:
    article = write_document(an_error("901"))

    page = admin_client.get(reverse("admin:kb_article_change", args=[article.pk])).text

    for field in ("id_summary", "id_sections-0-body", "id_causes-0-text"):
        assert (
            f'data-links="{LINKS}"'
            in page.split(f'id="{field}"')[0].rsplit("<textarea", 1)[1] + page.split(f'id="{field}"')[1].split(">")[0]
        )
