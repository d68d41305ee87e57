from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from kb.desk import write_document
from kb.document import Lookalike, Related
from kb.edition import current
from kb.flow import Flow, Jump
from kb.models import Article, Edition, Redirect, Revision, Withdrawal
from kb.publishing import PublishRefused, publish
from kb.scheduling import release_due, schedule
from kb.withdrawing import unpublish
from tests.factories import a_flow, a_guide, an_error, publish_document, rows_of

pytestmark = pytest.mark.django_db

A_LOOKALIKE = (Lookalike("700", "Something else.", "Another sign."),)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def withdraw(slug: str) -> None:
    unpublish(Article.objects.get(slug=slug), by=None, now=NOW, note="Out of date")


@pytest.fixture
def withdrawn(empty_site: None) -> None:
    """Error 700 was published and taken back; the guide that it names is live."""
    publish_document(a_guide())
    publish_document(an_error("700", aliases=("err-700",), related=(Related("a-guide", "It comes next."),)))
    withdraw("700")


@pytest.mark.parametrize(
    "address",
    ["/errors/700/", "/e/700", "/triage/700/", "/triage/700/try/?site=yes", "/triage/700/map/", "/errors/700.md",
     "/errors/700.json"],
)  # fmt: skip
def test_its_addresses_say_that_it_was_taken_back_and_what_may_help(
    withdrawn: None, client: Client, address: str
) -> None:
    response = client.get(address)

    assert response.status_code == 410
    assert "We have taken this article back" in response.text
    assert "November 22, 2026" in response.text
    assert 'href="/guides/a-guide/"' in response.text
    assert "Verdict first." not in response.text
    assert not response.cookies


def test_lists_and_links_do_without_it(withdrawn: None, client: Client) -> None:
    publish_document(a_guide("other", summary="See [[700|that error]]."))

    assert "/errors/700/" not in client.get("/errors/").text
    assert "/errors/700/" not in client.get("/").text
    assert "See that error." in client.get("/guides/other/").text


def test_desk_copy_and_revisions_stay(withdrawn: None) -> None:
    article = Article.objects.with_state().get(slug="700")

    assert article.state == Article.State.UNPUBLISHED
    assert article.revisions.count() == 1
    assert article.withdrawal.note == "Out of date"


def test_what_was_scheduled_for_it_does_not_bring_it_back(empty_site: None, client: Client) -> None:
    publish_document(a_guide(title="First words"))
    article = write_document(a_guide(title="Second words"))
    schedule(article, at=NOW + timedelta(hours=1), by=None, now=NOW)

    withdraw("a-guide")

    assert release_due(NOW + timedelta(hours=2)) == []
    assert client.get("/guides/a-guide/").status_code == 410
    assert current().next_due_at is None


def test_withdrawing_it_twice_is_withdrawing_it_once(withdrawn: None) -> None:
    before = rows_of(Edition, Withdrawal, Redirect)

    withdraw("700")

    assert rows_of(Edition, Withdrawal, Redirect) == before


def test_publishing_again_brings_it_back_at_the_same_address(withdrawn: None, client: Client) -> None:
    publish([Article.objects.get(slug="700")], by=None, now=NOW)

    assert client.get("/errors/700/").status_code == 200
    assert Revision.objects.filter(article__slug="700").count() == 2
    assert not Withdrawal.objects.exists()
    assert not Redirect.objects.exists()


def test_another_article_may_take_the_address(withdrawn: None, client: Client) -> None:
    Article.objects.filter(slug="700").update(slug="799", code="799")
    publish_document(an_error("700", title="A new one"))

    assert "A new one" in client.get("/errors/700/").text


def test_an_address_from_before_a_rename_says_so_too(empty_site: None, client: Client) -> None:
    publish_document(a_guide("old"))
    Article.objects.filter(slug="old").update(slug="new")
    publish([Article.objects.get(slug="new")], by=None, now=NOW)
    withdraw("new")

    assert client.get("/e/old").status_code == 410
    assert client.get("/guides/new/").status_code == 410


def test_an_article_that_others_cannot_do_without_is_kept(empty_site: None, client: Client) -> None:
    publish_document(an_error("701", lookalikes=A_LOOKALIKE, related=(Related("700", "It comes next."),)))
    nodes = [node for node in a_flow().nodes if node.key != "done"]
    publish_document(an_error("700", flow=Flow("site", (*nodes, Jump("done", "701", "It is the other one")))))

    with pytest.raises(PublishRefused, match=r"700: flow.nodes.*701"):
        withdraw("701")

    assert client.get("/errors/701/").status_code == 200


def test_states_of_the_desk(empty_site: None) -> None:
    write_document(a_guide("draft"))
    publish_document(a_guide("live"))
    publish_document(a_guide("changed"))
    write_document(a_guide("changed", title="Other words"))

    states = Article.objects.with_state().values_list("slug", "state")

    assert dict(states) == {"draft": "draft", "live": "live", "changed": "changed"}
    assert len(current().entries) == 2
