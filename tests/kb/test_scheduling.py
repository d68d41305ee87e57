from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kb.desk import write_document
from kb.edition import current
from kb.models import Article, Edition, Revision, Scheduled
from kb.publishing import PublishRefused, publish, put_live
from kb.scheduling import current_at, release_due, schedule, unschedule
from tests.factories import a_guide, an_error, publish_document

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


def scheduled(document=None, *, at: datetime = TOMORROW) -> Scheduled:
    article = write_document(document or a_guide(title="Second words"))
    return schedule(article, at=at, by=None, now=NOW, note="As agreed")


def title_at(now: datetime) -> str:
    found = current_at(now).document("a-guide")
    return found.title if found else ""


def test_scheduled_article_goes_live_by_the_clock(empty_site: None) -> None:
    publish_document(a_guide(title="First words"))

    scheduled()

    assert title_at(TOMORROW - timedelta(seconds=1)) == "First words"
    assert title_at(TOMORROW) == "Second words"
    assert current().next_due_at is None


def test_the_revision_says_who_scheduled_it_and_why(empty_site: None) -> None:
    editor = get_user_model().objects.create_user("ed")
    schedule(write_document(a_guide()), at=TOMORROW, by=editor, now=NOW, note="As agreed")

    (revision,) = release_due(TOMORROW + timedelta(hours=3))

    assert (revision.published_by, revision.note) == (editor, "As agreed")
    assert revision.published_at == TOMORROW + timedelta(hours=3)


def test_a_reader_who_comes_after_the_time_sees_it(empty_site: None, client: Client) -> None:
    now = timezone.now()
    publish_document(a_guide(title="First words"))
    article = write_document(a_guide(title="Second words"))
    schedule(article, at=now + timedelta(hours=1), by=None, now=now)
    Scheduled.objects.update(at=now)
    Edition.objects.update(next_due_at=now)

    response = client.get("/guides/a-guide/")

    assert "Second words" in response.text
    assert "First words" not in response.text


def test_what_was_scheduled_is_what_was_checked_whatever_is_written_later(empty_site: None) -> None:
    scheduled()
    write_document(a_guide(title="Third words"))

    assert title_at(TOMORROW) == "Second words"


def test_publishing_by_hand_drops_what_was_scheduled(empty_site: None) -> None:
    scheduled()
    publish([write_document(a_guide(title="Third words"))], by=None, now=NOW)

    assert title_at(TOMORROW) == "Third words"
    assert not Scheduled.objects.exists()


def test_scheduling_again_takes_the_place_of_the_first(empty_site: None) -> None:
    scheduled(at=NOW + timedelta(hours=1))
    scheduled(a_guide(title="Third words"), at=TOMORROW)

    assert title_at(NOW + timedelta(hours=2)) == ""
    assert title_at(TOMORROW) == "Third words"


def test_unscheduled_article_stays_at_home(empty_site: None) -> None:
    unschedule(scheduled().article, by=None)

    assert title_at(TOMORROW) == ""
    assert current().next_due_at is None


def test_a_time_that_is_past_is_refused(empty_site: None) -> None:
    with pytest.raises(ValueError, match="past"):
        scheduled(at=NOW)


def test_unsound_article_is_not_scheduled(empty_site: None) -> None:
    with pytest.raises(PublishRefused, match="title"):
        scheduled(a_guide(title=""))

    assert not Scheduled.objects.exists()


def test_what_is_not_sound_any_more_stays_with_the_reasons_and_holds_nothing_up(empty_site: None) -> None:
    waiting = scheduled(a_guide("first"))
    scheduled(a_guide("second"))
    publish_document(a_guide("mover"))
    Article.objects.filter(slug="first").update(slug="put-aside")
    waiting.text = waiting.text.replace("slug: first", "slug: mover")
    waiting.save()

    revisions = release_due(TOMORROW)

    waiting.refresh_from_db()
    assert [revision.article.slug for revision in revisions] == ["second"]
    assert "is the address of another published article" in waiting.refusal
    assert release_due(TOMORROW) == []
    assert current().next_due_at is None


@pytest.mark.parametrize("text", ["no document", "---\nkind: error\nno_such_field: 1\n---\n"])
def test_what_this_version_cannot_read_holds_nothing_up(empty_site: None, text: str) -> None:
    waiting = scheduled(a_guide("first"))
    scheduled(a_guide("second"))
    Scheduled.objects.filter(pk=waiting.pk).update(text=text)

    revisions = release_due(TOMORROW)

    waiting.refresh_from_db()
    assert [revision.article.slug for revision in revisions] == ["second"]
    assert waiting.refusal
    assert release_due(TOMORROW) == []


def test_a_fault_of_the_site_holds_nothing_up_and_is_logged(
    empty_site: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = scheduled(a_guide("first"))
    scheduled(a_guide("second"))

    def fail_on_the_first(documents, **options):
        if documents[0][1].slug == "first":
            raise RuntimeError("a fault of the site")
        return put_live(documents, **options)

    monkeypatch.setattr("kb.scheduling.put_live", fail_on_the_first)
    revisions = release_due(TOMORROW)

    waiting.refresh_from_db()
    assert [revision.article.slug for revision in revisions] == ["second"]
    assert waiting.refusal == "the site failed on it, and its log says how"
    assert "a fault of the site" in caplog.text


def test_two_that_are_due_go_live_each_as_its_own(empty_site: None) -> None:
    scheduled(a_guide("first"))
    scheduled(an_error("700"))

    release_due(TOMORROW)

    assert set(current().entries) == {"first", "700"}
    assert Revision.objects.count() == 2


def test_waiting_costs_readers_no_query(empty_site: None, client: Client) -> None:
    publish_document(a_guide("first"))
    client.get("/guides/first/")
    with CaptureQueriesContext(connection) as before:
        client.get("/guides/first/")
    schedule(write_document(a_guide()), at=timezone.now() + timedelta(days=1), by=None, now=timezone.now())

    with CaptureQueriesContext(connection) as after:
        client.get("/guides/first/")

    assert len(after) == len(before) == 1
