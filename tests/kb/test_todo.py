from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kb.desk import write_document
from kb.document import Document
from kb.models import Article, Feedback, LinkCheck, Scheduled, SearchMiss
from kb.scheduling import release_due, schedule
from tests.factories import a_guide, an_error, publish_document

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_site")]

NOW = timezone.now()


def todo(client: Client) -> dict[str, list[tuple[str, str]]]:
    """The tasks of each pile: name and why."""
    response = client.get(reverse("admin:kb_article_todo"))
    assert response.status_code == 200
    return {pile.title: [(task.name, task.why) for task in pile.tasks] for pile in response.context["piles"]}


def told(article: Article, *verdicts: str) -> None:
    for visitor, verdict in enumerate(verdicts):
        Feedback.objects.tell(
            article_id=article.pk, revision=1, part="", verdict=Feedback.Verdict(verdict), comment="",
            visitor=str(visitor), now=NOW,
        )  # fmt: skip


def test_an_empty_desk_has_nothing_to_do(admin_client: Client) -> None:
    found = todo(admin_client)

    assert not any(found.values())
    assert "run manage.py check_links" in admin_client.get(reverse("admin:kb_article_todo")).text


def test_overdue_reviews_name_their_owner(admin_client: Client) -> None:
    long_ago = NOW.date() - timedelta(days=400)
    publish_document(a_guide("old", title="Old", owner="Ann", reviewed_on=long_ago))
    publish_document(a_guide("fresh", reviewed_on=NOW.date()))

    ((name, why),) = todo(admin_client)["Overdue reviews"]

    assert name == "Old"
    assert why.endswith(", Ann")


def test_articles_that_nobody_looks_after_are_listed(admin_client: Client) -> None:
    publish_document(a_guide("mine", owner="Ann"))
    write_document(a_guide("nobodys"))

    assert todo(admin_client)["Without an owner"] == [("Title of nobodys", "nobody is named to look after it")]


def test_what_did_not_go_live_says_why(admin_client: Client) -> None:
    waiting = schedule(write_document(a_guide("first")), at=NOW + timedelta(hours=1), by=None, now=NOW)
    publish_document(a_guide("other"))
    Scheduled.objects.update(text=waiting.text.replace("slug: first", "slug: other"))
    release_due(NOW + timedelta(hours=2))

    ((name, why),) = todo(admin_client)["Did not go live"]

    assert name == "Title of first"
    assert "is the address of another published article" in why


def test_links_to_what_is_not_published_are_listed(admin_client: Client) -> None:
    write_document(a_guide("linker", summary="See [[missing]]."))

    assert todo(admin_client)["Links to what is not published"] == [("Title of linker", "missing")]


def test_notes_of_the_check_include_figures_without_a_source(admin_client: Client) -> None:
    publish_document(an_error("700"))

    ((name, why),) = todo(admin_client)["Notes of the check"]

    assert name == "Error 700: Title of 700"
    assert "are editorial estimates without a published source" in why


@pytest.mark.parametrize(
    ("verdicts", "is_poor"),
    [
        (["no"] * 4, False),
        (["no"] * 5, True),
        (["no"] * 3 + ["yes"] * 2, True),
        (["no"] * 3 + ["yes"] * 3, False),
        (["no"] * 4 + ["waiting"] * 4, False),
    ],
)
def test_poor_feedback_of_enough_people_is_listed(admin_client: Client, verdicts: list[str], is_poor: bool) -> None:
    publish_document(a_guide())
    told(Article.objects.get(), *verdicts)

    assert bool(todo(admin_client)["Did not help"]) == is_poor


def test_outside_links_that_do_not_answer_are_listed(admin_client: Client) -> None:
    LinkCheck.objects.create(url="https://gone.example/", checked_at=NOW, fault="answers 404 Not Found")
    LinkCheck.objects.create(url="https://fine.example/", checked_at=NOW)

    assert todo(admin_client)["Outside links that do not answer"] == [
        ("https://gone.example/", "answers 404 Not Found")
    ]


def test_the_page_costs_the_same_however_much_there_is_to_do(admin_client: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(reverse("admin:kb_article_todo"))
        return len(queries)

    def some_work(slug: str) -> Document:
        return a_guide(slug, reviewed_on=NOW.date() - timedelta(days=400), summary="See [[missing]].")

    publish_document(some_work("one"))
    cost()
    alone = cost()
    for number in range(5):
        publish_document(some_work(f"more-{number}"))
    cost()

    assert cost() == alone


@pytest.mark.parametrize(("role", "is_shown"), [("Writers", False), ("Editors", True)])
def test_searches_in_vain_are_shown_to_whoever_may_read_them(role: str, is_shown: bool) -> None:
    SearchMiss.objects.create(day=NOW.date(), kind=SearchMiss.Kind.NOTHING, query="payroll", times=3)
    user = User.objects.create_user("somebody", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)

    page = client.get(reverse("admin:kb_article_todo"))

    assert "Overdue reviews" in page.text
    assert ("payroll" in page.text) == is_shown
    assert ("Searches that found nothing" in page.text) == is_shown
