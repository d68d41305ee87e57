"""The index follows the edition, on every node and whatever happens to it."""

import fcntl
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from kb.contents import read_contents, read_mark
from kb.document import dump
from kb.edition import CurrentEdition, current, edition_of, texts_of
from kb.finding import indexing
from kb.finding.search import find
from kb.finding.searchindex import SearchIndex
from kb.models import Article, Edition, Revision
from kb.serving.shelf import Shelf
from kb.withdrawing import unpublish
from tests.factories import a_guide, an_error, publish_document

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def root(settings, tmp_path: Path) -> Path:
    """A folder for the index of this test alone."""
    settings.SEARCH_ROOT = tmp_path / "search"
    return settings.SEARCH_ROOT


def led_to(text: str) -> list[str]:
    """The articles that a text leads to by its words."""
    return [result.entry.identity for result in find(text, current()).by_words]


def folder(root: Path) -> Path:
    """The one folder that holds an index."""
    (found,) = (path for path in root.iterdir() if path.is_dir())
    return found


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records]


# Following


def test_the_first_search_makes_the_index(root: Path) -> None:
    assert led_to("maintenance")[0] == "102"
    assert (folder(root) / "meta.json").exists()


def test_codes_need_no_index(root: Path) -> None:
    assert [answer.entry.identity for answer in find("error 102", current()).by_code] == ["102"]
    assert not root.exists()


def test_what_is_published_can_be_found_at_once() -> None:
    assert led_to("snoring") == []

    publish_document(an_error("700", title="The bank is snoring"))

    assert led_to("snoring") == ["700"]


def test_what_is_published_again_is_found_by_its_new_words_only() -> None:
    publish_document(a_guide(title="How to stop snoring"))
    assert led_to("snoring") == ["a-guide"]

    publish_document(a_guide(title="How to stop yodeling"))

    assert led_to("snoring") == []
    assert led_to("yodeling") == ["a-guide"]


def test_what_is_taken_back_is_not_found() -> None:
    publish_document(a_guide(title="How to stop snoring"))
    assert led_to("snoring") == ["a-guide"]

    unpublish(Article.objects.get(slug="a-guide"), by=None, now=timezone.now())

    assert led_to("snoring") == []


def test_only_what_changed_is_read(django_assert_max_num_queries) -> None:
    led_to("maintenance")
    publish_document(a_guide(title="How to stop snoring"))
    edition = current()

    with django_assert_max_num_queries(6) as queries:
        find("snoring", edition)

    texts = [query["sql"] for query in queries.captured_queries if '"text"' in query["sql"]]
    assert len(texts) == 1


def test_an_edition_of_another_history_is_followed_too(root: Path) -> None:
    publish_document(a_guide(title="How to stop snoring"))
    assert led_to("snoring") == ["a-guide"]
    article = Article.objects.get(slug="a-guide")
    # As when a backup is restored: the same numbers, other words.
    text = article.entry.revision.text.replace("snoring", "yodeling")
    Revision.objects.filter(pk=article.entry.revision_id).update(text=text)
    article.entry.digest = "another"
    article.entry.save()

    Edition.objects.update(stamp="restored")

    assert led_to("snoring") == []
    assert led_to("yodeling") == ["a-guide"]


def test_an_article_that_can_not_be_read_does_not_hide_the_others(caplog: pytest.LogCaptureFixture) -> None:
    publish_document(a_guide(title="How to stop snoring"))
    Revision.objects.filter(article__slug="a-guide").update(text="nonsense")

    assert led_to("maintenance")[0] == "102"
    assert led_to("maintenance")[0] == "102"

    assert len([line for line in complaints(caplog) if "can't be found" in line]) == 1


def test_a_site_without_articles_has_an_empty_index(empty_site: None) -> None:
    found = find("maintenance", current())

    assert found.has_nothing
    assert found.is_complete


# Many articles


@pytest.mark.django_db(transaction=True)
def test_many_articles_are_taken_in_beside_the_answering(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    call_command("load_content", settings.BASE_DIR / "fixtures", verbosity=0, stdout=StringIO())
    monkeypatch.setattr(indexing, "A_FEW", 2)
    monkeypatch.setattr(indexing, "BATCH", 2)
    if connection.vendor == "sqlite":  # Django leaves a database in memory open, which would be another thread's here
        monkeypatch.setattr(indexing.connections, "close_all", lambda: connection.connection.close())

    first = find("maintenance", current())

    assert not first.is_complete
    deadline = time.monotonic() + 60
    while not (last := find("maintenance", current())).is_complete and time.monotonic() < deadline:
        time.sleep(0.05)
    assert last.is_complete
    assert last.by_words[0].entry.identity == "102"


def test_readers_are_told_while_the_index_is_made(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.finding.search.indexing.in_step", lambda edition: None)

    page = client.get("/search/", {"q": "102 bank maintenance"})

    assert "/errors/102/" in page.text
    assert "still preparing the search" in page.text
    assert page["Cache-Control"] == "no-store"


# Several processes


ASK = """
import sys
import django
django.setup()
from kb.edition import current
from kb.finding.search import find
found = find("snoring", current())
print([result.entry.identity for result in found.by_words], found.is_complete)
"""


@pytest.mark.django_db(transaction=True)
def test_several_processes_share_a_folder(root: Path, tmp_path: Path, settings) -> None:
    environment = shared_database(tmp_path, root)
    for command in (["migrate"], ["load_content", str(snoring(tmp_path))]):
        run([sys.executable, "manage.py", *command], environment, settings.BASE_DIR).communicate()

    asking = [run([sys.executable, "-c", ASK], environment, settings.BASE_DIR) for _ in range(4)]

    said = [process.communicate() for process in asking]
    assert [out for out, _ in said] == ["['a-guide'] True\n"] * 4, said
    assert SearchIndex(folder(root)).reader.digests


def shared_database(tmp_path: Path, root: Path) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'shared.sqlite3'}", "SEARCH_ROOT": str(root)}


def snoring(tmp_path: Path) -> Path:
    path = tmp_path / "a-guide.md"
    path.write_text(dump(a_guide(title="How to stop snoring")))
    return path


def run(command: list[str], environment: dict[str, str], folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_who_is_behind_does_not_take_the_index_back(root: Path) -> None:
    led_to("maintenance")
    behind = current()
    publish_document(a_guide(title="How to stop snoring"))
    led_to("snoring")

    found = find("snoring maintenance", behind)

    assert found.by_words
    assert not found.is_complete
    assert SearchIndex(folder(root)).reader.stamp == current().stamp


def test_who_can_not_have_a_turn_answers_from_what_there_is(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    led_to("maintenance")
    publish_document(a_guide(title="How to stop snoring"))
    monkeypatch.setattr(indexing, "BUSY_FOR", 0.0)

    with another_process_at_work(root):
        found = find("snoring maintenance", current())

    assert found.by_words[0].entry.identity == "102"
    assert not found.is_complete
    assert led_to("snoring") == ["a-guide"]


def test_only_one_search_waits_for_whoever_has_the_turn(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    led_to("maintenance")
    publish_document(a_guide(title="How to stop snoring"))
    monkeypatch.setattr(indexing, "BUSY_FOR", 3_600.0)
    with another_process_at_work(root):
        find("snoring", current())

    # The turn is free again; that this search does not see it shows that it did not ask.
    assert not find("snoring maintenance", current()).is_complete


@contextmanager
def another_process_at_work(root: Path) -> Iterator[None]:
    with (root / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# Damage


@pytest.mark.parametrize("name", ["meta.json", "*.idx", "*.store", "*.term", "*"])
def test_a_damaged_index_is_made_anew(root: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    led_to("maintenance")
    for path in list(folder(root).glob(name)):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content[: len(content) // 2])
    indexing.doubt()

    assert led_to("maintenance")[0] == "102"

    assert [line for line in complaints(caplog) if "is made anew" in line]


def test_a_missing_index_is_made_anew(root: Path) -> None:
    led_to("maintenance")
    shutil.rmtree(root)
    indexing.doubt()

    assert led_to("maintenance")[0] == "102"


def test_an_index_that_fails_in_use_is_looked_over(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    led_to("maintenance")

    def fail(*args: object, **options: object) -> None:
        raise ValueError("An IO error occurred")

    with monkeypatch.context() as broken:
        broken.setattr("kb.finding.indexreader.IndexReader.choose", fail)
        page = client.get("/search/", {"q": "maintenance"})

    assert page.status_code == 200
    assert "still preparing the search" in page.text
    assert complaints(caplog) == ["The search index failed"]
    assert led_to("maintenance")[0] == "102"


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond a few bytes; writing more fails as it does on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_where_no_folder_can_be_made_the_index_is_held_in_memory(
    settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("no folder")
    settings.SEARCH_ROOT = in_the_way / "search"

    first = find("maintenance", current())
    publish_document(a_guide(title="How to stop snoring"))

    assert first.is_complete
    assert first.by_words[0].entry.identity == "102"
    assert led_to("snoring") == ["a-guide"]
    assert len([line for line in complaints(caplog) if "holds one in memory" in line]) == 1


def test_on_a_full_disk_the_index_goes_on_in_memory(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    led_to("maintenance")
    publish_document(a_guide(title="How to stop snoring"))

    with full_disk():
        found = find("snoring", current())

    assert [result.entry.identity for result in found.by_words] == ["a-guide"]
    assert found.is_complete
    assert len([line for line in complaints(caplog) if "holds one in memory" in line]) == 1
    indexing.doubt()
    assert led_to("snoring") == ["a-guide"], "and on the disk, once it has room"
    assert SearchIndex(folder(root)).reader.stamp == current().stamp


def test_while_the_database_is_away_the_index_answers_as_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    led_to("maintenance")
    publish_document(a_guide(title="How to stop snoring"))
    edition = current()

    with monkeypatch.context() as away:
        away.setattr(connection, "cursor", refuse)
        found = find("bank maintenance", edition)

    assert found.by_words[0].entry.identity == "102"
    assert not found.is_complete
    assert [line for line in complaints(caplog) if "can't follow the edition" in line]


def refuse(*args: object) -> None:
    raise OperationalError("the server closed the connection")


@pytest.mark.parametrize("is_lost", [True, False])
def test_an_index_that_breaks_while_the_database_is_away_is_made_anew_from_the_copy_on_disk(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_lost: bool
) -> None:
    led_to("maintenance")
    edition = with_its_copy(tmp_path / "edition.sqlite3")
    if is_lost:
        shutil.rmtree(root)
    else:
        (folder(root) / "meta.json").write_text("{")
    indexing.doubt()

    with monkeypatch.context() as away:
        away.setattr(connection, "cursor", refuse)
        found = find("bank maintenance", edition)

    assert found.by_words[0].entry.identity == "102"
    assert found.is_complete


def with_its_copy(path: Path) -> CurrentEdition:
    """The current edition, its documents read from a copy on disk."""
    shelf, contents = Shelf(path, format="1"), read_contents(read_mark())
    edition = edition_of(contents, lambda entries: shelf.texts([entry.digest for entry in entries]))
    texts = texts_of(edition.entries.values())
    shelf.keep(contents, lambda digests: [(digest, texts[digest]) for digest in digests])
    return edition


# Rebuilding and clearing away


def rebuild() -> str:
    out = StringIO()
    call_command("rebuild_search", stdout=out)
    return out.getvalue()


def test_the_command_makes_the_index_anew_with_a_progress_bar(root: Path) -> None:
    led_to("maintenance")
    before = {path.name for path in folder(root).glob("*.store")}

    said = rebuild()

    assert said == "Indexing articles: 9 of 9\n9 articles can be found.\n"
    assert not before & {path.name for path in folder(root).glob("*.store")}
    assert led_to("maintenance")[0] == "102"


def test_readers_use_the_old_index_until_the_new_one_is_there(root: Path) -> None:
    led_to("maintenance")
    found = []

    def watch(rows):
        for row in rows:
            found.append(led_to("maintenance")[0])
            yield row

    indexing.rebuild(watch)

    assert found == ["102"] * 9


def test_rebuilding_takes_the_place_of_a_damaged_index(root: Path) -> None:
    led_to("maintenance")
    (folder(root) / "meta.json").write_text("{")

    rebuild()

    assert led_to("maintenance")[0] == "102"


@pytest.mark.parametrize("suffix", [".new", ".old"])
def test_what_an_interrupted_rebuilding_left_is_in_nobody_s_way(root: Path, suffix: str) -> None:
    led_to("maintenance")
    left = folder(root).with_suffix(suffix)
    left.mkdir()
    (left / "meta.json").write_text("{")

    rebuild()

    assert led_to("maintenance")[0] == "102"
    assert not left.exists()


def test_rebuilding_waits_its_turn(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    led_to("maintenance")
    monkeypatch.setattr(indexing, "PATIENCE", 0.05)

    with another_process_at_work(root), pytest.raises(CommandError, match="Try again in a minute"):
        rebuild()


def test_a_folder_that_can_not_be_written_is_named_by_the_command(settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    settings.SEARCH_ROOT = tmp_path / "file" / "search"

    with pytest.raises(CommandError, match="can’t be written"):
        rebuild()


def test_the_index_of_an_earlier_version_goes_after_a_day(root: Path) -> None:
    fresh, stale, foreign = root / ("a" * 12), root / ("b" * 12), root / "media"
    for path in (fresh, stale, foreign):
        path.mkdir(parents=True)
    yesterday = time.time() - indexing.LEFT_BEHIND - 60
    for path in (stale, foreign):
        os.utime(path, (yesterday, yesterday))

    led_to("maintenance")

    assert fresh.exists()
    assert not stale.exists()
    rebuild()
    assert not fresh.exists()
    assert foreign.exists()
