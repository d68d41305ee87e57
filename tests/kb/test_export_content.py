import re
import zipfile
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from kb.desk import read_document, write_document
from kb.document import Document, dump
from kb.edition import current
from kb.models import Article, Edition, EditionEntry, Revision
from tests.factories import a_guide, an_error, publish_document
from tests.strategies import documents

pytestmark = pytest.mark.django_db


def export(folder: Path) -> dict[str, bytes]:
    call_command("export_content", folder, stdout=StringIO())
    return files_in(folder)


def load(folder: Path) -> None:
    call_command("load_content", folder, stdout=StringIO())


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def forget_everything() -> None:
    for model in (EditionEntry, Revision, Article, Edition):
        model._default_manager.all().delete()


def test_the_content_is_exported_as_the_very_files_it_was_loaded_from(tmp_path: Path) -> None:
    assert export(tmp_path / "out") == files_in(settings.BASE_DIR / "fixtures")


def test_what_is_exported_loads_back_byte_for_byte(tmp_path: Path) -> None:
    first = export(tmp_path / "first")
    before = {name: current().document(name) for name in current().entries}
    forget_everything()

    load(tmp_path / "first")

    assert export(tmp_path / "second") == first
    assert {name: current().document(name) for name in current().entries} == before


def test_files_are_named_by_code_or_slug(empty_site: None, tmp_path: Path) -> None:
    publish_document(an_error("OL-301"))
    publish_document(a_guide("manual-import"))

    assert set(export(tmp_path)) == {"error-ol-301.md", "manual-import.md"}


def test_what_is_published_is_exported_and_not_the_desk(empty_site: None, tmp_path: Path) -> None:
    publish_document(a_guide("live"))
    Article.objects.update(title="Half a thought")
    write_document(a_guide("draft"))

    assert export(tmp_path) == {"live.md": dump(a_guide("live")).encode()}


def test_the_latest_revision_is_exported_over_an_older_file(empty_site: None, tmp_path: Path) -> None:
    publish_document(a_guide("live"))
    export(tmp_path)
    publish_document(a_guide("live", title="Newer"))

    assert export(tmp_path) == {"live.md": dump(a_guide("live", title="Newer")).encode()}


def test_a_site_without_articles_exports_an_empty_folder(empty_site: None, tmp_path: Path) -> None:
    assert export(tmp_path / "deep" / "folder") == {}


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")

    with pytest.raises(CommandError, match=r"Can’t write to .*file: File exists"):
        call_command("export_content", in_the_way, stdout=StringIO())
    with pytest.raises(CommandError, match=r"Can’t write to .*: Not a directory"):
        call_command("export_content", in_the_way / "below", stdout=StringIO())


@hypothesis_settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents())
def test_any_document_that_was_published_is_exported_as_its_canonical_text(
    empty_site: None, tmp_path: Path, document: Document
) -> None:
    forget_everything()
    article = write_document(document)
    revision = Revision.objects.create(article=article, number=1, text=dump(document), published_at="2026-11-22T00:00Z")
    EditionEntry.objects.create(
        article=article, revision=revision, identity=document.identity, kind=document.kind, card={}, links=[]
    )

    exported = export(tmp_path / f"{connection.vendor}-{article.pk}")

    assert list(exported.values()) == [dump(document).encode()]


# Some of them, as a zip, from the desk


def run(*arguments: object, **options: object) -> None:
    call_command("export_content", *arguments, stdout=StringIO(), **options)


def packed_in(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_only_the_articles_that_are_named_are_exported(tmp_path: Path) -> None:
    run(tmp_path, "102", "manual-import")

    assert set(files_in(tmp_path)) == {"error-102.md", "manual-import.md"}


def test_everything_is_exported_as_one_zip_that_holds_the_very_files(tmp_path: Path) -> None:
    run(zip=tmp_path / "all.zip")
    run("102", zip=tmp_path / "one.zip")

    articles = files_in(settings.BASE_DIR / "fixtures")
    del articles["synonyms.txt"]
    assert packed_in(tmp_path / "all.zip") == articles
    assert set(packed_in(tmp_path / "one.zip")) == {"error-102.md"}


def test_a_draft_of_any_name_stays_in_the_folder(empty_site: None, tmp_path: Path) -> None:
    write_document(a_guide("../../outside"))

    run(tmp_path / "out", desk=True)

    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert set(files_in(tmp_path / "out")) == {"....outside.md"}


def test_the_same_articles_make_the_same_zip(tmp_path: Path) -> None:
    run(zip=tmp_path / "one.zip")
    run(zip=tmp_path / "two.zip")

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_drafts_are_exported_from_the_desk_and_come_back_word_for_word(empty_site: None, tmp_path: Path) -> None:
    drafts = a_guide("draft", sections=()), an_error("800", steps=(replace(an_error().steps[0], time=None),))
    articles = [write_document(draft) for draft in drafts]

    run(tmp_path, desk=True)
    forget_everything()
    call_command("import_text", *tmp_path.iterdir(), stdout=StringIO())

    assert [read_document(Article.objects.get(slug=article.slug)) for article in articles] == list(drafts)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Say where to: a folder, or --zip FILE."),
        (("out", "109"), "There is no article 109."),
        (("out", "draft"), "Not published: draft. Add --desk for what is on the desk."),
    ],
)
def test_what_cannot_be_exported_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_document(a_guide("draft"))

    with pytest.raises(CommandError, match=re.escape(message)):
        run(*arguments)
    assert list(tmp_path.iterdir()) == []
