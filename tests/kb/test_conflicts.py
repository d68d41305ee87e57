import os
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kb.admin.rows import gone_rows_as_new
from kb.desk import read_document, write_document
from kb.document import Section as DocumentSection
from kb.models import Article, Cause, Node, Section
from tests.factories import a_guide, an_error, publish_document
from tests.kb.test_admin import filled_in, staff
from tests.kb.test_publishing import fresh_database

__all__ = ["fresh_database"]

pytestmark = pytest.mark.django_db

type Response = Any
type Typed = dict[str, str]


@pytest.fixture
def article() -> Article:
    return write_document(an_error("900"))


@pytest.fixture
def section() -> Section:
    """A part whose page is small."""
    return write_document(a_guide("shared")).sections.get()


@pytest.fixture
def ann() -> Client:
    return _editor("ann", first_name="Ann", last_name="Lee")


@pytest.fixture
def bob() -> Client:
    return _editor("bob")


def _editor(name: str, **more: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(name, **more))
    return client


def page_of(row: Any) -> str:
    return reverse(f"admin:kb_{row._meta.model_name}_change", args=[row.pk])


def opened(client: Client, row: Any) -> Typed:
    """What the form of a page holds when it is opened."""
    return filled_in(client.get(page_of(row)))


def save(client: Client, row: Any, typed: Typed, **pressed: str) -> Response:
    return client.post(page_of(row), typed | (pressed or {"_save": "1"}))


def conflict_in(response: Response) -> Any:
    assert response.status_code == 200, "it was saved"
    return response.context["conflict"]


def title_of(row: Article | Section) -> str:
    row.refresh_from_db()
    return row.title


def shown(response: Response) -> str:
    return response.content.decode()


# The second save


def test_second_save_is_refused_and_the_first_stays(section: Section, ann: Client, bob: Client) -> None:
    of_ann, of_bob = opened(ann, section), opened(bob, section)

    first = save(ann, section, of_ann | {"title": "Title by Ann"})
    second = save(bob, section, of_bob | {"title": "Title by Bob"})

    assert first.status_code == 302
    assert conflict_in(second)
    assert title_of(section) == "Title by Ann"


def test_saves_one_after_the_other_are_no_conflict(section: Section, ann: Client, bob: Client) -> None:
    for client, title in ((ann, "Title by Ann"), (bob, "Title by Bob"), (bob, "Another by Bob")):
        assert save(client, section, opened(client, section) | {"title": title}).status_code == 302

    assert title_of(section) == "Another by Bob"


def test_page_says_who_saved_and_when(section: Section, ann: Client, bob: Client) -> None:
    of_bob = opened(bob, section)
    save(ann, section, opened(ann, section) | {"title": "Title by Ann"})

    response = save(bob, section, of_bob | {"title": "Title by Bob"})

    assert "Ann Lee saved this page on" in shown(response)
    assert conflict_in(response).saved_at <= timezone.now()


def test_page_says_that_it_was_oneself_in_another_window(section: Section, ann: Client) -> None:
    one, other = opened(ann, section), opened(ann, section)
    save(ann, section, one | {"title": "Title here"})

    response = save(ann, section, other | {"title": "Title there"})

    assert "You, in another window, saved this page on" in shown(response)


def test_nobody_is_named_for_what_was_loaded_from_a_file(section: Section, ann: Client, bob: Client) -> None:
    save(ann, section, opened(ann, section))
    of_bob = opened(bob, section)
    write_document(a_guide("shared", sections=(DocumentSection("when", "Title from a file", "Now."),)))

    response = save(bob, section, of_bob | {"title": "Title by Bob"})

    assert conflict_in(response).saved_by == ""
    assert "This was changed after you had opened it." in shown(response)


def test_deliberate_second_press_saves_mine_over_theirs(section: Section, ann: Client, bob: Client) -> None:
    of_bob = opened(bob, section)
    save(ann, section, opened(ann, section) | {"title": "Title by Ann", "body": "By Ann."})
    refused = save(bob, section, of_bob | {"title": "Title by Bob"})

    again = save(bob, section, filled_in(refused))
    over = save(bob, section, filled_in(refused), _save="1", _over=conflict_in(refused).present)

    assert conflict_in(again), "pressing the same button again is not deliberate"
    assert over.status_code == 302
    section.refresh_from_db()
    assert (section.title, section.body) == ("Title by Bob", "Now.")


def test_third_editor_in_between_is_not_overwritten_unseen(section: Section, ann: Client, bob: Client) -> None:
    of_bob = opened(bob, section)
    save(ann, section, opened(ann, section) | {"title": "Title by Ann"})
    refused = save(bob, section, of_bob | {"title": "Title by Bob"})
    save(ann, section, opened(ann, section) | {"title": "Later title by Ann"})

    over = save(bob, section, filled_in(refused), _save="1", _over=conflict_in(refused).present)

    assert conflict_in(over)
    assert title_of(section) == "Later title by Ann"


def test_fault_elsewhere_does_not_undo_the_choice_to_save_over(section: Section, ann: Client, bob: Client) -> None:
    of_bob = opened(bob, section)
    save(ann, section, opened(ann, section) | {"title": "Title by Ann"})
    present = conflict_in(save(bob, section, of_bob)).present

    faulty = save(bob, section, of_bob | {"title": ""}, _save="1", _over=present)

    assert "conflict" not in faulty.context
    assert f'<input type="hidden" name="_over" value="{present}">' in shown(faulty)


def test_faults_beside_the_conflict_are_to_be_mended_first(section: Section, ann: Client, bob: Client) -> None:
    of_bob = opened(bob, section)
    save(ann, section, opened(ann, section) | {"title": "Title by Ann"})

    response = save(bob, section, of_bob | {"key": "no key", "body": "By Bob."})

    assert conflict_in(response).differences is None
    assert "Mend the errors below and save again" in shown(response)
    assert filled_in(response)["body"] == "By Bob."


@pytest.mark.parametrize("seen", ["", "nonsense", ".", "0" * 32 + ".1", "0" * 32 + "." + "9" * 13, "9" * 400])
def test_page_that_does_not_say_what_it_showed_is_not_saved(section: Section, ann: Client, seen: str) -> None:
    response = save(ann, section, opened(ann, section) | {"title": "Title by Ann", "seen": seen})

    assert conflict_in(response)
    assert title_of(section) == "When to do it"


# Both versions


def test_both_versions_are_shown_side_by_side(article: Article, ann: Client, bob: Client) -> None:
    of_bob = opened(bob, article)
    save(ann, article, opened(ann, article) | {"title": "Title by Ann", "causes-0-title": "A cause by Ann"})

    response = save(bob, article, of_bob | {"title": "Title by Bob", "sections-1-body": "Prose by Bob."})

    titles = [difference.title for difference in conflict_in(response).differences]
    assert titles == ["Title", "Cause: An outage", "Section: Heading of data"]
    for text in ("<del>Ann</del>", "<ins>Bob</ins>", "A cause by", "Prose by Bob."):
        assert text in shown(response)


def test_looking_at_both_versions_saves_nothing(article: Article, ann: Client, bob: Client) -> None:
    of_bob = opened(bob, article)
    save(ann, article, opened(ann, article) | {"title": "Title by Ann"})
    before = read_document(Article.objects.get(pk=article.pk))

    response = save(bob, article, of_bob | added_cause(1, "moved") | {"causes-0-DELETE": "on"})

    titles = [difference.title for difference in conflict_in(response).differences]
    assert titles == ["Title", "Cause: An outage", "Cause: Title of moved"]
    assert read_document(Article.objects.get(pk=article.pk)) == before
    assert [row["key"] for row in rows_of(response, "causes")] == ["outage", "moved"]


def test_refused_page_is_not_published_either(article: Article, ann: Client, bob: Client, client: Client) -> None:
    publish_document(an_error("900"))
    of_bob = opened(bob, article)
    save(ann, article, opened(ann, article) | {"title": "Title by Ann"})

    pressed = {"_publish": "1", "publish-note": "A note by Bob"}
    response = save(bob, article, of_bob | {"title": "Title by Bob"}, **pressed)

    assert conflict_in(response)
    assert 'value="A note by Bob"' in shown(response)
    assert "Title by" not in client.get("/errors/900/").content.decode()


# Which pages


def test_what_the_page_does_not_show_is_no_conflict(article: Article, ann: Client) -> None:
    of_article = opened(ann, article)
    Node.objects.filter(flow__article=article, key="wait").update(text="Wait a little")

    response = save(ann, article, of_article | {"title": "Title by Ann"})

    assert response.status_code == 302
    assert Node.objects.get(flow__article=article, key="wait").text == "Wait a little"
    assert title_of(article) == "Title by Ann"


def test_page_of_a_part_refuses_a_second_save_too(article: Article, ann: Client, bob: Client) -> None:
    cause = article.causes.get()
    of_bob = opened(bob, cause)
    save(ann, cause, opened(ann, cause) | {"title": "by-ann"})

    response = save(bob, cause, of_bob | {"title": "by-bob"})

    cause.refresh_from_db()
    assert cause.title == "by-ann"
    assert len(conflict_in(response).differences) == 1
    assert "<del>ann</del>" in shown(response)
    assert "<ins>bob</ins>" in shown(response)


def test_page_of_a_part_and_the_page_of_its_article_know_of_each_other(
    article: Article, ann: Client, bob: Client
) -> None:
    cause = article.causes.get()
    of_cause = opened(ann, cause)
    save(bob, article, opened(bob, article) | {"causes-0-title": "A cause by Bob"})

    response = save(ann, cause, of_cause | {"title": "A cause by Ann"})

    assert [difference.title for difference in conflict_in(response).differences] == ["Cause: A cause by Ann"]


# Rows


def added_cause(number: int, key: str) -> Typed:
    values = {
        "key": key,
        "title": f"Title of {key}",
        "percent": "10",
        "position": "5",
        "text": "",
        "source": "estimate",
    }
    return {"causes-TOTAL_FORMS": str(number + 1)} | {
        f"causes-{number}-{name}": value for name, value in values.items()
    }


def rows_of(response: Response, part: str) -> list[Typed]:
    inline = next(inline for inline in response.context["inline_admin_formsets"] if inline.formset.prefix == part)
    return [{field.name: field.value() for field in form} for form in inline.formset.forms]


def test_row_that_was_added_is_still_in_the_refused_form(article: Article, ann: Client, bob: Client) -> None:
    of_bob = opened(bob, article)
    save(ann, article, opened(ann, article) | {"title": "Title by Ann"})

    refused = save(bob, article, of_bob | added_cause(1, "moved"))
    save(bob, article, filled_in(refused), _save="1", _over=conflict_in(refused).present)

    assert [row["key"] for row in rows_of(refused, "causes")] == ["outage", "moved"]
    assert set(Cause.objects.filter(article=article).values_list("key", flat=True)) == {"outage", "moved"}


def test_row_that_the_other_editor_deleted_is_still_in_the_refused_form(
    article: Article, ann: Client, bob: Client
) -> None:
    save(ann, article, opened(ann, article) | added_cause(1, "moved"))
    of_ann, of_bob = opened(ann, article), opened(bob, article)
    save(ann, article, of_ann | {"causes-0-DELETE": "on"})

    refused = save(bob, article, of_bob | {"causes-0-text": "Typed by Bob."} | added_cause(2, "third"))
    over = save(bob, article, filled_in(refused), _save="1", _over=conflict_in(refused).present)

    assert {row["key"]: row["text"] for row in rows_of(refused, "causes")}["outage"] == "Typed by Bob."
    assert over.status_code == 302
    assert dict(Cause.objects.filter(article=article).values_list("key", "text")) == {
        "moved": "",
        "outage": "Typed by Bob.",
        "third": "",
    }


def test_row_that_the_other_editor_added_is_kept_by_saving_over(article: Article, ann: Client, bob: Client) -> None:
    of_bob = opened(bob, article)
    save(ann, article, opened(ann, article) | added_cause(1, "moved"))

    refused = save(bob, article, of_bob | {"title": "Title by Bob"})
    save(bob, article, filled_in(refused), _save="1", _over=conflict_in(refused).present)

    assert [difference.title for difference in conflict_in(refused).differences] == ["Title"]
    assert Cause.objects.filter(article=article, key="moved").exists()


def test_flow_that_was_deleted_meanwhile_is_no_error(article: Article, ann: Client, bob: Client) -> None:
    of_bob = opened(bob, article)
    article.flow.delete()

    refused = save(bob, article, of_bob | {"title": "Title by Bob"})
    over = save(bob, article, filled_in(refused), _save="1", _over=conflict_in(refused).present)

    assert over.status_code == 302
    assert title_of(article) == "Title by Bob"
    assert read_document(Article.objects.get(pk=article.pk)).flow is None


@given(
    st.lists(st.tuples(st.sampled_from(["", "1", "2", "3", "x"]), st.text("ab ", max_size=3)), max_size=6),
    st.sets(st.sampled_from(["1", "2", "3"])),
)
def test_rows_keep_all_that_was_typed_whatever_is_gone(rows: list[tuple[str, str]], present: set[str]) -> None:
    rows.sort(key=lambda row: not row[0])  # a page lists what has an original first
    data = QueryDict(mutable=True)
    data.update({"parts-TOTAL_FORMS": str(len(rows)), "parts-INITIAL_FORMS": str(sum(bool(row) for row, _ in rows))})
    for at, (original, typed) in enumerate(rows):
        data.update({f"parts-{at}-id": original, f"parts-{at}-text": typed})
    data["title"] = "Something else"

    taken = gone_rows_as_new(data, "parts", present)

    found = [(taken[f"parts-{at}-id"], taken[f"parts-{at}-text"]) for at in range(int(taken["parts-TOTAL_FORMS"]))]
    assert Counter(found) == Counter((original if original in present else "", typed) for original, typed in rows)
    assert all(bool(original) == (at < int(taken["parts-INITIAL_FORMS"])) for at, (original, _) in enumerate(found))
    assert taken["title"] == "Something else"


@pytest.mark.parametrize("total", ["", "x"])
def test_nonsense_in_the_count_of_rows_is_refused_without_an_error(article: Article, ann: Client, total: str) -> None:
    typed = opened(ann, article) | {"causes-0-id": "99999999", "causes-TOTAL_FORMS": total}

    assert save(ann, article, typed).status_code == 200


# Who, and how much


def test_new_article_conflicts_with_nothing(ann: Client) -> None:
    address = reverse("admin:kb_article_add")
    typed = filled_in(ann.get(address)) | {"kind": "guide", "slug": "new", "title": "New", "reviewed_on": "2026-11-01"}

    assert ann.post(address, typed | {"_save": "1"}).status_code == 302


def test_who_may_only_look_sees_no_field_of_ours(article: Article) -> None:
    looking = staff("view_article", "view_cause")

    response = looking.get(page_of(article))

    assert response.status_code == 200
    assert 'name="seen"' not in shown(response)
    assert "Seen" not in shown(response)


def test_history_does_not_mention_the_field(section: Section, ann: Client) -> None:
    save(ann, section, opened(ann, section) | {"title": "Title by Ann"})

    assert LogEntry.objects.latest("pk").get_change_message() == "Changed Title."


def test_article_of_any_size_costs_the_same_number_of_queries(ann: Client) -> None:
    small, large = write_document(a_guide("small")), write_document(an_error("901"))
    counts = []
    for article in (small, large):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ann.get(page_of(article))
        counts.append(len(queries))

    assert counts[1] - counts[0] <= 3  # an error has a flow


# What the browser may forget


def test_browser_hears_that_the_page_was_saved(section: Section, ann: Client) -> None:
    typed = opened(ann, section)

    response = save(ann, section, typed | {"title": "Title by Ann"})

    cookie = response.cookies["saved"]
    assert cookie.value == typed["seen"]
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == ("/admin/", "Strict", "")


def test_browser_keeps_what_was_not_saved(section: Section, ann: Client, bob: Client) -> None:
    of_bob = opened(bob, section)
    save(ann, section, opened(ann, section) | {"title": "Title by Ann"})

    answers = {
        "conflict": save(bob, section, of_bob),
        "fault": save(bob, section, of_bob | {"title": ""}),
        "signed out": Client().post(page_of(section), of_bob),
        "gone": bob.post(reverse("admin:kb_section_change", args=[999_999]), of_bob),
    }

    assert [answer.status_code for answer in answers.values()] == [200, 200, 302, 302]
    assert not any("saved" in answer.cookies for answer in answers.values())


def test_what_is_no_name_of_a_page_is_not_echoed(ann: Client) -> None:
    address = reverse("admin:kb_article_add")
    typed = filled_in(ann.get(address)) | {"kind": "guide", "slug": "new", "title": "New", "reviewed_on": "2026-11-01"}

    response = ann.post(address, typed | {"seen": "x\r\nSet-Cookie: a=b"})

    assert response.status_code == 302
    assert "saved" not in response.cookies


# At the same moment

RACE = """
import threading
import django
from tests.conftest import pytest_configure
pytest_configure()
django.setup()
from django.test.utils import setup_test_environment
setup_test_environment()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from kb.desk import write_document
from kb.models import Article
from tests.factories import an_error
from tests.kb.test_admin import filled_in

call_command("migrate", verbosity=0)
User.objects.create_superuser("ann")
article = write_document(an_error("900"))
cause = article.causes.get()
pages = {
    f"/admin/kb/article/{article.pk}/change/": "causes-0-title",
    f"/admin/kb/cause/{cause.pk}/change/": "title",
}
answers = []

def save(client, address, typed):
    together.wait()
    answers.append(client.post(address, typed).status_code)
    connection.close()

for turn in range(4):
    threads = []
    together = threading.Barrier(4)
    for at, (address, field) in enumerate([*pages.items(), *pages.items()]):
        client = Client()
        client.force_login(User.objects.get())
        typed = filled_in(client.get(address)) | {field: f"{turn} {at}"}
        threads.append(threading.Thread(target=save, args=[client, address, typed]))
    for thread in threads: thread.start()
    for thread in threads: thread.join()
print(sorted(answers))
connection.close()
"""


def test_of_saves_at_the_same_moment_one_is_taken(fresh_database: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", RACE],
        env={**os.environ, "DATABASE_URL": fresh_database, "SITE_URL": "http://testserver"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.stderr == ""
    assert run.stdout.strip() == str([200] * 12 + [302] * 4)
