"""What the pages of the desk don't send, they don't take either."""

import pytest
from django.contrib import admin
from django.test import Client

from kb.admin.careful import CarefulAdmin
from kb.models import Article, AuditEntry, Feedback, Node, Redirect, SearchMiss
from tests.kb.test_admin import REGISTERED, a_row, name_of, page

pytestmark = pytest.mark.django_db

HUGE = "9" * 30


def test_every_table_of_the_desk_is_looked_after() -> None:
    assert [name_of(model) for model in REGISTERED if not isinstance(admin.site._registry[model], CarefulAdmin)] == []


@pytest.mark.parametrize("lookup", ["visitor", "visitor__startswith", "visitor__regex", "id__range", "article__title"])
def test_list_can_not_be_asked_for_what_it_does_not_offer(admin_client: Client, lookup: str) -> None:
    """A list that is narrowed down by a column would tell what stands in it."""
    a_row(Feedback)

    assert admin_client.get(page(Feedback, "changelist"), {lookup: "("}).status_code == 400


@pytest.mark.parametrize("value", ["", "x", "0", "9999", HUGE, "\x00", "\N{SUPERSCRIPT TWO}", "-1"])
@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (SearchMiss, "day__year"),
        (SearchMiss, "kind__exact"),
        (Feedback, "article__id__exact"),
        (Feedback, "article__exact"),
        (Feedback, "comment__isempty"),
        (Article, "owner"),
        (AuditEntry, "who"),
    ],
)
def test_filter_takes_any_nonsense(admin_client: Client, model: type, lookup: str, value: str) -> None:
    a_row(model)

    response = admin_client.get(page(model, "changelist"), {lookup: value}, follow=True)

    assert response.status_code in {200, 400}


@pytest.mark.parametrize("month", ["", "0", "13", HUGE])
def test_month_is_any_nonsense(admin_client: Client, month: str) -> None:
    query = {"day__year": "9998", "day__month": month, "day__day": "31"}

    response = admin_client.get(page(SearchMiss, "changelist"), query, follow=True)

    assert response.status_code in {200, 400}


@pytest.mark.parametrize("key", ["x", "", HUGE, "\x00", "1.5", "\N{SUPERSCRIPT TWO}"])
def test_rows_that_can_not_be_are_refused(admin_client: Client, key: str) -> None:
    row = a_row(Article)

    response = admin_client.post(
        page(Article, "changelist"), {"action": "delete_selected", "_selected_action": [row.pk, key], "post": "yes"}
    )

    assert response.status_code == 400
    assert Article.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("action", ["change", "delete"])
def test_empty_name_of_a_field_is_none(admin_client: Client, action: str) -> None:
    address = page(Article, action, a_row(Article).pk)

    assert admin_client.get(address, {"_to_field": ""}).status_code == 200


@pytest.mark.parametrize("article", ["x", "[", HUGE, "\x00", ""])
def test_choice_that_can_not_be_is_said_at_its_field(admin_client: Client, article: str) -> None:
    response = admin_client.post(page(Redirect, "add"), {"identity": "old", "article": article})

    assert response.status_code == 200
    assert "article" in response.context["adminform"].form.errors


def test_filters_that_a_list_offers_are_taken(admin_client: Client) -> None:
    a_row(Node)

    a_row(AuditEntry)

    for query in ({"kind__exact": "question"}, {"kind__exact": "jump"}):
        response = admin_client.get(page(Node, "changelist"), query)
        assert response.context["cl"].result_count == Node.objects.filter(kind=query["kind__exact"]).count() > 0
    for model, query in (
        (Feedback, {"article__id__exact": "1", "comment__isempty": "1", "created_at__year": "2026"}),
        (AuditEntry, {"who": "somebody", "at__year": "2026", "at__month": "11", "at__day": "22"}),
        (Article, {"owner": "-", "state": "live", "kind__exact": "error"}),
    ):
        assert admin_client.get(page(model, "changelist"), query).status_code == 200
