import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.utils import timezone

from kb import models
from kb.desk import PARTS, read_document, write_document
from kb.document import Document, Kind, dump
from kb.edition import current
from kb.flow import Disposition, Flow, Jump
from kb.models import Article, Edition, EditionEntry, Redirect, Revision
from kb.problems import Gravity
from kb.publishing import PublishRefused, check, publish
from kb.signs import Fit, Observation, Sign
from tests.factories import a_flow, a_guide, an_error, an_outcome, publish_document, rows_of

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def publish_all(*articles: Article) -> list[Revision]:
    return publish(articles, by=None, now=NOW)


def everything() -> list[list[dict[str, Any]]]:
    """All that publishing may change."""
    return rows_of(Edition, EditionEntry, Revision, Redirect)


def jumping_to(code: str, target: str) -> Document:
    """An error whose flow can end in that of another."""
    nodes = [node for node in a_flow().nodes if node.key != "done"]
    return an_error(code, flow=Flow("site", (*nodes, Jump("done", target, "It is the other one"))))


def a_chooser(slug: str) -> Document:
    return a_guide(slug, kind=Kind.CHOOSER, sections=(), flow=Flow("end", (an_outcome("end", causes=()),)))


def test_publishing_freezes_the_desk_copy_as_a_revision(empty_site: None) -> None:
    editor = get_user_model().objects.create_user("ed")
    article = write_document(a_guide())

    (revision,) = publish([article], by=editor, now=NOW, note="First words")

    stored = Revision.objects.get()
    assert stored == revision
    assert stored.text == dump(a_guide())
    assert stored.document == a_guide()
    assert (stored.article, stored.number, stored.note) == (article, 1, "First words")
    assert (stored.published_by, stored.published_at) == (editor, NOW)
    assert current().document("a-guide") == a_guide()


def test_each_article_counts_its_revisions(empty_site: None) -> None:
    for title in ("One", "Two", "Three"):
        publish_document(a_guide(title=title))
    publish_document(a_guide("other"))

    numbers = Revision.objects.order_by("pk").values_list("article__slug", "number")

    assert list(numbers) == [("a-guide", 1), ("a-guide", 2), ("a-guide", 3), ("other", 1)]
    assert current().entries["a-guide"].revision == 3


def test_articles_published_together_are_one_edition(empty_site: None) -> None:
    publish_document(a_guide("first"))
    before = Edition.objects.get()
    articles = [write_document(a_guide(f"guide-{at}")) for at in range(5)]

    revisions = publish_all(*articles)

    after = Edition.objects.get()
    assert len(revisions) == 5
    assert after.number == before.number + 1
    assert after.stamp != before.stamp
    assert after.published_at == NOW
    assert current().number == after.number


def test_what_is_live_already_makes_no_revision_and_no_edition(empty_site: None) -> None:
    publish_document(a_guide())
    article = Article.objects.get()
    Article.objects.update(title="Another title")
    Article.objects.update(title=a_guide().title)
    before = everything()

    revisions = publish_all(article, article)

    assert revisions == []
    assert everything() == before


def test_only_what_has_changed_gets_a_revision(empty_site: None) -> None:
    same, new = write_document(a_guide("same")), write_document(a_guide("new"))
    publish_all(same, new)
    write_document(a_guide("new", title="Another title"))

    revisions = publish_all(same, Article.objects.get(slug="new"))

    assert [(revision.article.slug, revision.number) for revision in revisions] == [("new", 2)]


def test_a_refusal_names_every_reason_by_article_and_changes_nothing(empty_site: None, client: Client) -> None:
    publish_document(an_error())
    articles = [
        write_document(a_guide("fine")),
        write_document(a_guide("unsound", title="", summary="[^nobody]")),
        write_document(an_error(title="Changed", fast_fix_source="gone")),
    ]
    before, page = everything(), client.get("/errors/700/").content

    with pytest.raises(PublishRefused) as refusal:
        publish_all(*articles)

    assert {identity: [problem.field for problem in found] for identity, found in refusal.value.problems.items()} == {
        "unsound": ["title", "summary"],
        "700": ["fast_fix_source"],
    }
    assert str(refusal.value).startswith("unsound: title: is empty; unsound: summary: refers to the source “nobody”")
    assert everything() == before
    assert client.get("/errors/700/").content == page


def test_warnings_do_not_keep_an_article_back(empty_site: None) -> None:
    article = write_document(an_error(summary="See [[not-yet]]."))

    ((_, found),) = check([article], now=NOW).items()
    revisions = publish_all(article)

    assert {problem.gravity for problem in found} == {Gravity.WARNING}
    assert len(revisions) == 1


def test_a_check_changes_nothing(empty_site: None) -> None:
    article = write_document(an_error(title=""))
    before = everything()

    found = check([article], now=NOW)

    assert [problem.field for problem in found["700"] if problem.gravity is Gravity.ERROR] == ["title"]
    assert everything() == before


def test_articles_that_jump_to_each_other_can_only_be_published_together(empty_site: None) -> None:
    one, other = write_document(jumping_to("800", "801")), write_document(jumping_to("801", "800"))

    for alone in (one, other):
        with pytest.raises(PublishRefused, match="which is not published"):
            publish_all(alone)
    revisions = publish_all(one, other)

    assert len(revisions) == 2


def test_a_new_identity_leaves_a_redirect_from_the_old(empty_site: None, client: Client) -> None:
    publish_document(a_guide("old-name"))
    article = Article.objects.get()
    article.slug = "new-name"
    article.save()

    publish_all(article)

    assert list(Redirect.objects.values_list("identity", "article")) == [("old-name", article.pk)]
    assert "old-name" not in current().entries
    answer = client.get("/guides/old-name/")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/guides/new-name/")
    assert client.get("/guides/new-name/").status_code == 200


def test_an_article_that_takes_a_former_identity_ends_its_redirect(empty_site: None, client: Client) -> None:
    publish_document(a_guide("first-name"))
    article = Article.objects.get()
    for slug in ("second-name", "first-name"):
        article.slug = slug
        article.save()
        publish_all(article)

    assert list(Redirect.objects.values_list("identity", flat=True)) == ["second-name"]
    assert client.get("/guides/first-name/").status_code == 200
    assert client.get("/guides/second-name/").headers["Location"] == "/guides/first-name/"


def test_the_address_of_a_published_article_is_not_given_to_another(empty_site: None) -> None:
    publish_document(a_guide("name"))
    Article.objects.update(slug="renamed-on-the-desk")
    other = write_document(a_guide("name", title="Another"))

    with pytest.raises(PublishRefused, match="“name” is the address of another published article"):
        publish_all(other)


def test_there_is_one_chooser(empty_site: None) -> None:
    one, other = write_document(a_chooser("one")), write_document(a_chooser("other"))

    with pytest.raises(PublishRefused, match="there can be only one"):
        publish_all(one, other)
    assert len(publish_all(one)) == 1
    with pytest.raises(PublishRefused, match="other: kind: there is a published “which error is it\\?” already"):
        publish_all(other)


SMOKE, NOISE = Observation("smoke", "Do you see smoke?", "smoke"), Observation("noise", "Do you hear it?", "noise")


def test_signs_are_held_against_the_list_that_is_published_or_published_with_them(empty_site: None) -> None:
    chooser = write_document(replace(a_chooser("which"), observations=(SMOKE,)))
    one, other = (write_document(an_error(code, signs=(Sign("smoke", Fit.YES),))) for code in ("700", "702"))
    stray = write_document(an_error("704", signs=(Sign("noise", Fit.YES),)))

    assert len(publish_all(chooser, one)) == 2
    assert len(publish_all(other)) == 1
    with pytest.raises(PublishRefused, match=r"704: .* “noise” is not among the observations"):
        publish_all(stray)


def test_an_observation_that_published_signs_rest_on_cannot_be_dropped_alone(empty_site: None) -> None:
    publish_document(replace(a_chooser("which"), observations=(SMOKE, NOISE)))
    publish_document(an_error("700", signs=(Sign("smoke", Fit.YES), Sign("noise", Fit.NO))))
    chooser = write_document(replace(a_chooser("which"), observations=(NOISE,)))

    with pytest.raises(PublishRefused, match="“smoke” is not listed any more, but has signs in Error 700"):
        publish_all(chooser)
    error = write_document(an_error("700", signs=(Sign("noise", Fit.NO),)))
    assert len(publish_all(chooser, error)) == 2


def test_a_published_node_key_cannot_change_its_meaning_even_later(empty_site: None) -> None:
    def ending(**changes: object) -> Document:
        nodes = [replace(node, **changes) if node.key == "wait" else node for node in a_flow().nodes]
        return an_error(flow=Flow("site", tuple(nodes)))

    publish_document(ending())
    publish_document(ending(text="Reworded"))
    publish_document(an_error(flow=Flow("done", (an_outcome("done", disposition=Disposition.FIXED),))))

    with pytest.raises(PublishRefused, match="the key “wait” was published for “Reworded”"):
        publish_document(ending(disposition=Disposition.CALL_BANK))
    publish_document(ending(text="Worded once more"))


def test_a_revision_is_never_changed(empty_site: None) -> None:
    revision = publish_document(a_guide())
    revision.text = "Rewritten history"

    with pytest.raises(ValueError, match="a revision is never changed"):
        revision.save()

    assert Revision.objects.get().text == dump(a_guide())


def test_a_live_revision_and_its_article_cannot_be_deleted(empty_site: None) -> None:
    revision = publish_document(a_guide())

    with pytest.raises(Exception, match="protected foreign keys"):
        revision.delete()
    with pytest.raises(Exception, match="protected foreign keys"):
        revision.article.delete()


@pytest.mark.parametrize(
    ("model", "changes", "field"),
    [
        (models.Section, {"title": "Two\nlines"}, "sections"),
        (models.Section, {"body": "A bell\x07"}, "sections"),
        (models.Section, {"body": "## {#loose} heading"}, "sections[0].body"),
        (models.Article, {"summary": "A bell\x07"}, "summary"),
    ],
)
def test_what_could_not_be_stored_without_a_loss_is_refused(
    empty_site: None, model: type[models.Article], changes: dict[str, str], field: str
) -> None:
    article = write_document(a_guide())
    model._default_manager.update(**changes)

    with pytest.raises(PublishRefused) as refusal:
        publish_all(Article.objects.get(pk=article.pk))

    assert field in {problem.field for problem in refusal.value.problems["a-guide"]}


def addresses() -> Iterator[str]:
    edition = current()
    yield from ("/", "/errors/", "/guides/", "/compare/", "/triage/", "/about/", "/search/?q=bank")
    for entry in edition.entries.values():
        yield entry.triage_url if entry.has_flow else entry.url
        if entry.kind is not Kind.CHOOSER:
            yield from (entry.url, f"{entry.url.rstrip('/')}.md", f"{entry.url.rstrip('/')}.json")
        if entry.has_flow:
            yield f"/triage/{entry.identity}/map/"


def test_readers_never_see_the_desk(client: Client) -> None:
    before = {address: client.get(address).content for address in addresses()}

    for _, model in PARTS.values():
        model._default_manager.all().delete()
    models.Flow.objects.all().delete()
    Article.objects.update(
        title="Draft", summary="Draft", fault="Draft", sign="Draft", description="Draft", owner="Draft"
    )
    Article.objects.filter(kind=Kind.GUIDE).update(slug="draft")
    Edition.objects.update(stamp="read everything anew")

    assert {address: client.get(address).content for address in addresses()} == before
    assert len(before) > 40


def test_a_person_who_left_takes_no_revision_along(empty_site: None) -> None:
    editor = get_user_model().objects.create_user("ed")
    article = write_document(a_guide())
    publish([article], by=editor, now=timezone.now())

    editor.delete()

    assert Revision.objects.get().published_by is None


RACE = """
import threading
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from kb.desk import write_document
from kb.models import Article, Edition, Revision
from kb.publishing import publish
from tests.factories import a_guide

call_command("migrate", verbosity=0)
names = ("a", "b", "c")
for slug in (*names, "shared"):
    write_document(a_guide(slug))
together = threading.Barrier(len(names))

def work(name):
    together.wait()
    for turn in range(4):
        Article.objects.filter(slug__in=[name, "shared"]).update(title=f"{name} {turn}")
        for slug in (name, "shared"):
            publish([Article.objects.get(slug=slug)], by=None, now=timezone.now())
    connection.close()

threads = [threading.Thread(target=work, args=[name]) for name in names]
for thread in threads: thread.start()
for thread in threads: thread.join()
for name in (*names, "shared"):
    print(name, *Revision.objects.filter(article__slug=name).order_by("number").values_list("number", flat=True))
print("edition", Edition.objects.get().number, Revision.objects.count())
connection.close()
"""


@pytest.fixture
def fresh_database(tmp_path: Path) -> Iterator[str]:
    """The address of an empty database of the kind that the tests run on."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path}/race.sqlite3"
        return
    url = urlsplit(os.environ["DATABASE_URL"])
    name = f"race_{uuid.uuid4().hex}"
    with psycopg.connect(url.geturl(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield url._replace(path=f"/{name}").geturl()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_publishing_from_several_sides_at_once_loses_no_edition(fresh_database: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", RACE],
        env={**os.environ, "DATABASE_URL": fresh_database},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.stderr == ""
    told = dict(line.split(" ", 1) for line in run.stdout.splitlines())
    assert [told[name] for name in "abc"] == ["1 2 3 4"] * 3
    shared = told["shared"].split()
    assert shared == [str(number) for number in range(1, len(shared) + 1)]
    edition, revisions = told["edition"].split()
    assert edition == revisions == str(12 + len(shared))


def test_the_desk_can_be_read_back_after_publishing(empty_site: None) -> None:
    revision = publish_document(an_error())

    assert read_document(revision.article) == revision.document == an_error()
