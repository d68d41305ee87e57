from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kb.desk import write_document
from kb.document import Section
from kb.models import Article, Feedback, PreviewLink, Revision, Scheduled, Withdrawal
from kb.publishing import publish
from tests.factories import a_guide, publish_document
from tests.kb.test_admin import desk_copy, edition_number, filled_in, messages_of, page, press, staff

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]

type Response = Any

IN_AN_HOUR = (timezone.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")


def action(name: str, *arguments: Any) -> str:
    return reverse(f"admin:kb_article_{name}", args=arguments)


@pytest.fixture
def article(empty_site: None) -> Article:
    """A guide that is live in its second revision; the first had other words."""
    publish_document(a_guide(title="First words"))
    publish_document(a_guide(title="Second words"))
    return desk_copy("a-guide")


def listed_states(client: Client, **query: str) -> dict[str, str]:
    response = client.get(page(Article, "changelist"), query)
    changelist = response.context["cl"]
    return {row.slug: changelist.model_admin.state(row) for row in changelist.result_list}


# The list


def test_the_list_says_where_each_article_stands(admin_client: Client, article: Article) -> None:
    write_document(a_guide("draft"))
    publish_document(a_guide("changed"))
    publish_document(a_guide("gone"))
    press(admin_client, "_schedule", write_document(a_guide("waiting")), **{"publish-at": IN_AN_HOUR})
    press(admin_client, "_save", desk_copy("changed"), title="Other words")
    admin_client.post(action("unpublish", desk_copy("gone").pk))

    states = listed_states(admin_client)

    assert states.pop("waiting").startswith("Scheduled for ")
    assert states == {
        "a-guide": "Live, revision 2",
        "changed": "Live, with changes not yet published, revision 1",
        "draft": "Draft",
        "gone": "Unpublished",
    }
    assert listed_states(admin_client, state="changed").keys() == {"changed"}
    assert listed_states(admin_client, state="nonsense").keys() == {"a-guide", "changed", "draft", "gone", "waiting"}


def test_a_change_of_any_part_is_a_change_of_its_article(admin_client: Client, article: Article) -> None:
    section = article.sections.get()
    address = page(type(section), "change", section.pk)

    admin_client.post(address, filled_in(admin_client.get(address)) | {"title": "Later"})

    assert listed_states(admin_client) == {"a-guide": "Live, with changes not yet published, revision 2"}


def test_overdue_reviews_stand_out(admin_client: Client, article: Article) -> None:
    publish_document(a_guide("old", reviewed_on=timezone.now().date() - timedelta(days=400)))

    everything = admin_client.get(page(Article, "changelist")).text

    assert everything.count("Overdue since") == 1
    assert listed_states(admin_client, review="overdue").keys() == {"old"}
    assert listed_states(admin_client, review="soon").keys() <= {"a-guide"}


def test_unresolved_links_are_listed_until_their_target_is_live(admin_client: Client, article: Article) -> None:
    write_document(a_guide("linker", summary="See [[not-there-yet]] and [[a-guide]]."))

    before = admin_client.get(page(Article, "changelist"), {"needs": "links"})
    publish_document(a_guide("not-there-yet"))
    after = admin_client.get(page(Article, "changelist"), {"needs": "links"})

    assert [row.slug for row in before.context["cl"].result_list] == ["linker"]
    assert "not-there-yet" in before.text
    assert list(after.context["cl"].result_list) == []


def test_the_list_counts_whom_an_article_helped(admin_client: Client, article: Article) -> None:
    for visitor, verdict in enumerate(("yes", "yes", "no", "waiting")):
        Feedback.objects.tell(
            article_id=article.pk, revision=2, part="", verdict=Feedback.Verdict(verdict), comment="",
            visitor=str(visitor), now=timezone.now(),
        )  # fmt: skip

    assert "2 of 3" in admin_client.get(page(Article, "changelist")).text


def test_reviewed_articles_go_live_with_their_new_date(admin_client: Client, article: Article) -> None:
    publish_document(a_guide("changed"))
    press(admin_client, "_save", desk_copy("changed"), title="Not ready")

    response = admin_client.post(
        page(Article, "changelist"),
        {"action": "mark_reviewed", "_selected_action": [article.pk, desk_copy("changed").pk]},
        follow=True,
    )

    today = timezone.now().date()
    assert desk_copy("a-guide").entry.revision.document.reviewed_on == today
    assert desk_copy("a-guide").entry.revision.note == "Reviewed"
    assert desk_copy("changed").reviewed_on == today
    assert desk_copy("changed").entry.revision.number == 1
    assert "1 marked on the desk only" in messages_of(response)


def test_reviewed_articles_that_are_refused_are_named_and_counted(admin_client: Client, article: Article) -> None:
    publish_document(a_guide("linker", summary="See [[a-guide#when]]."))
    publish_document(a_guide(title="Third words", sections=(Section("other", "Other", "Text."),)))

    response = admin_client.post(
        page(Article, "changelist"),
        {"action": "mark_reviewed", "_selected_action": [article.pk, desk_copy("linker").pk]},
        follow=True,
    )

    said = messages_of(response)
    assert "Not published: linker has 1 fault." in said
    assert "links to “#when”" in said
    assert "Saved" not in said
    assert "2 marked on the desk only" in said
    assert desk_copy("linker").reviewed_on == timezone.now().date()


def test_who_may_not_publish_marks_reviews_on_the_desk_only(article: Article) -> None:
    writer = staff("view_article", "change_article")

    writer.post(page(Article, "changelist"), {"action": "mark_reviewed", "_selected_action": [article.pk]})

    assert desk_copy("a-guide").reviewed_on == timezone.now().date()
    assert desk_copy("a-guide").entry.revision.number == 2


# Publishing with a note, and later


def test_the_note_of_a_publish_is_kept_with_its_revision(admin_client: Client, article: Article) -> None:
    press(admin_client, "_publish", article, title="Third words", **{"publish-note": "Clearer title"})

    assert Revision.objects.get(article=article, number=3).note == "Clearer title"


def test_a_note_survives_a_refusal(admin_client: Client, article: Article) -> None:
    response = press(admin_client, "_publish", article, description="", **{"publish-note": "Clearer title"})

    assert 'value="Clearer title"' in response.text


def test_an_article_is_scheduled_and_the_schedule_dropped(admin_client: Client, article: Article) -> None:
    response = press(admin_client, "_schedule", article, title="Third words", **{"publish-at": IN_AN_HOUR})
    assert "Scheduled: readers see it from" in messages_of(response)
    assert Scheduled.objects.get().document.title == "Third words"

    response = admin_client.post(action("unschedule", article.pk), follow=True)

    assert "Nothing is scheduled any more." in messages_of(response)
    assert not Scheduled.objects.exists()
    assert desk_copy("a-guide").title == "Third words"


@pytest.mark.parametrize(
    ("at", "message"),
    [
        ("", "Say when"),
        ("tomorrow", "Enter a valid date/time."),
        ("2020-01-01T10:00", "the time to publish is past"),
        ("9999-99-99T99:99", "Enter a valid date/time."),
    ],
)
def test_a_time_that_makes_no_sense_is_refused_and_nothing_is_lost(
    admin_client: Client, article: Article, at: str, message: str
) -> None:
    response = press(admin_client, "_schedule", article, title="Third words", **{"publish-at": at})

    assert "Saved, but not scheduled" in messages_of(response)
    assert message in messages_of(response)
    assert desk_copy("a-guide").title == "Third words"
    assert not Scheduled.objects.exists()


def test_a_faulty_article_is_not_scheduled(admin_client: Client, article: Article) -> None:
    response = press(admin_client, "_schedule", article, description="", **{"publish-at": IN_AN_HOUR})

    assert "Saved, but not scheduled: a-guide has 1 fault." in messages_of(response)


# Taking back


def test_unpublishing_asks_first_and_names_who_links_here(admin_client: Client, article: Article) -> None:
    publish_document(a_guide("linker", summary="See [[a-guide]]."))

    asked = admin_client.get(action("unpublish", article.pk))
    still_live = Client().get("/guides/a-guide/").status_code
    admin_client.post(action("unpublish", article.pk), {"note": "Out of date"})

    assert "Title of linker" in asked.text
    assert still_live == 200
    assert Client().get("/guides/a-guide/").status_code == 410
    assert Withdrawal.objects.get().note == "Out of date"
    assert "Publish it to bring it back." in admin_client.get(page(Article, "change", article.pk)).text


def test_what_is_not_live_cannot_be_unpublished(admin_client: Client, article: Article) -> None:
    assert admin_client.post(action("unpublish", write_document(a_guide("draft")).pk)).status_code == 404


# History and revert


def test_history_tells_who_published_what_when_and_why(admin_client: Client, article: Article) -> None:
    publish([write_document(a_guide(title="Third words"))], by=User.objects.get(), now=timezone.now(), note="As asked")

    history = admin_client.get(page(Article, "history", article.pk)).text

    assert "As asked" in history
    assert "3 (live)" in history
    assert action("revert", article.pk, 1) in history
    assert action("revert", article.pk, 3) not in history


def test_any_two_versions_are_shown_side_by_side(admin_client: Client, article: Article) -> None:
    write_document(a_guide(title="Desk words"))

    changes = admin_client.get(action("compare", article.pk)).text
    earlier = admin_client.get(action("compare", article.pk), {"from": "1", "to": "2"}).text
    same = admin_client.get(action("compare", article.pk), {"from": "2", "to": "2"}).text

    assert "<del>Second</del>" in changes
    assert "<ins>Desk</ins>" in changes
    assert "<del>First</del>" in earlier
    assert "say exactly the same" in same


@pytest.mark.parametrize("number", ["0", "99", "x", "-1", "9" * 30, "²"])
def test_a_version_that_never_was_is_not_found(admin_client: Client, article: Article, number: str) -> None:
    assert admin_client.get(action("compare", article.pk), {"from": number}).status_code == 404


@pytest.mark.parametrize("identity", ["0", "99", "x", "9" * 30, "²"])
def test_the_history_of_what_is_no_article_leads_back_to_the_start(admin_client: Client, identity: str) -> None:
    answer = admin_client.get(f"/admin/kb/article/{identity}/history/", follow=True)

    assert answer.redirect_chain[-1] == ("/admin/", 302)
    assert "doesn’t exist" in messages_of(answer)


def test_reverting_makes_a_new_revision_and_takes_the_desk_along(admin_client: Client, article: Article) -> None:
    asked = admin_client.get(action("revert", article.pk, 1))
    admin_client.post(action("revert", article.pk, 1), {"note": "The old one was right"})

    assert "<ins>First</ins>" in asked.text
    revision = desk_copy("a-guide").entry.revision
    assert (revision.number, revision.document.title, revision.note) == (3, "First words", "The old one was right")
    assert desk_copy("a-guide").title == "First words"
    assert "First words" in Client().get("/guides/a-guide/").text


def test_reverting_leaves_changes_that_were_never_published_alone(admin_client: Client, article: Article) -> None:
    write_document(a_guide(title="Work of a week"))

    asked = admin_client.get(action("revert", article.pk, 1))
    admin_client.post(action("revert", article.pk, 1))
    kept = desk_copy("a-guide").title
    opened = admin_client.get(action("revert", article.pk, 2))
    admin_client.post(action("revert", article.pk, 2), {"replace": "on", "on_desk": opened.context["on_desk"]})

    assert "changes that were never published" in asked.text
    assert kept == "Work of a week"
    assert desk_copy("a-guide").title == "Second words"


def test_reverting_gives_up_nothing_that_was_saved_after_its_page_was_opened(
    admin_client: Client, article: Article
) -> None:
    write_document(a_guide(title="Work of a week"))
    opened = admin_client.get(action("revert", article.pk, 1))
    write_document(a_guide(title="Work of a colleague"))
    typed = {"replace": "on", "note": "It was better", "on_desk": opened.context["on_desk"]}

    refused = admin_client.post(action("revert", article.pk, 1), typed)

    assert "Not reverted: the desk copy was changed after you had opened this page." in messages_of(refused)
    assert 'value="It was better"' in refused.text
    assert desk_copy("a-guide").title == "Work of a colleague"
    assert desk_copy("a-guide").entry.revision.number == 2

    admin_client.post(action("revert", article.pk, 1), {**typed, "on_desk": refused.context["on_desk"]})

    assert desk_copy("a-guide").title == "First words"


def test_a_revert_is_done_whole_or_not_at_all(admin_client: Client, article: Article) -> None:
    def break_off(execute: Any, sql: str, *rest: Any) -> Any:
        """After the revision is live, and before the desk has it."""
        if sql.startswith('UPDATE "kb_article"'):
            raise InterruptedError
        return execute(sql, *rest)

    with connection.execute_wrapper(break_off), pytest.raises(InterruptedError):
        admin_client.post(action("revert", article.pk, 1))

    assert "Second words" in Client().get("/guides/a-guide/").text
    assert desk_copy("a-guide").title == "Second words"
    assert not Revision.objects.filter(number=3).exists()


# Previews


def test_a_preview_opens_the_draft_and_can_be_closed(admin_client: Client, article: Article) -> None:
    response = press(admin_client, "_preview", article, title="Draft words")
    address = response.redirect_chain[-1][0]
    assert "Draft words" in Client().get(address).text

    link = PreviewLink.objects.get()
    assert address in admin_client.get(page(Article, "change", article.pk)).text
    admin_client.post(action("revoke", link.pk))

    assert Client().get(address).status_code == 404


def test_a_second_preview_uses_the_same_link(admin_client: Client, article: Article) -> None:
    press(admin_client, "_preview", article)
    press(admin_client, "_preview", article)

    assert PreviewLink.objects.count() == 1


# Who may


@pytest.mark.parametrize("name", ["unpublish", "unschedule", "revert"])
def test_going_live_and_back_needs_the_permission(article: Article, name: str) -> None:
    writer = staff("view_article", "change_article", "add_article", "delete_article")
    address = action(name, article.pk, *([1] if name == "revert" else []))
    before = edition_number()

    assert writer.post(address).status_code == 403
    assert edition_number() == before


@pytest.mark.parametrize("name", ["unpublish", "unschedule", "revert", "preview", "revoke", "compare"])
def test_strangers_are_sent_to_sign_in(article: Article, client: Client, name: str) -> None:
    address = action(name, article.pk, *([1] if name == "revert" else []))

    for response in (client.get(address), client.post(address)):
        assert response.status_code == 302
        assert response.headers["Location"].startswith(reverse("admin:login"))


def test_what_changes_something_cannot_be_done_by_a_link(admin_client: Client, article: Article) -> None:
    before = edition_number()

    answers = [admin_client.get(action(name, article.pk)).status_code for name in ("unschedule", "preview", "revoke")]
    for name, rest in (("unpublish", ()), ("revert", (1,))):
        admin_client.get(action(name, article.pk, *rest))

    assert answers == [405, 405, 405]
    assert edition_number() == before
    assert not PreviewLink.objects.exists()
