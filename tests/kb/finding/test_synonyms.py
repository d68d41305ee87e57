"""The list of synonyms: as a file, in the admin, and in the edition."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from kb import document
from kb.edition import current
from kb.finding.synonyms import dump, parse
from kb.models import Edition, Synonym
from kb.models.synonym import group_in
from kb.problems import DocumentInvalid
from tests.factories import a_guide, publish_document


def load(*paths: Path, **options: bool) -> str:
    out = StringIO()
    call_command("load_content", *paths, stdout=out, **options)
    return out.getvalue()


def edition_number() -> int:
    return Edition.objects.get().number


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "synonyms.txt"
    path.write_text("2FA,  one-time  code\n\nbank, credit union, bank\n")
    return path


# The file


def test_a_line_is_a_group() -> None:
    assert parse("\ufeff2FA,  one-time  code\r\n\n bank,, credit union,bank \n") == [
        ("2FA", "one-time code"),
        ("bank", "credit union"),
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [("alone\n", "at least two"), ("a, b\n,,\nalone,\n", "at least two"), (f"a, {'b' * 2_000}\n", "at most 2,000")],
)
def test_a_bad_line_is_named(text: str, fault: str) -> None:
    with pytest.raises(DocumentInvalid, match=fault) as refused:
        parse(text)

    assert refused.value.problems[0].line == len(text.splitlines())


names = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"], exclude_characters=",\ufeff"), min_size=1
)


@given(st.lists(st.lists(names, min_size=2, max_size=4, unique=True).map(tuple), max_size=5))
def test_what_is_written_is_read_back(groups: list[tuple[str, ...]]) -> None:
    assert parse(dump(groups)) == groups


@given(st.text(max_size=80))
def test_any_text_has_words_between_its_commas(text: str) -> None:
    group = group_in(text)

    assert len(set(group)) == len(group)
    assert all(name == " ".join(name.split()) and "," not in name for name in group)


# Loading and writing


@pytest.mark.django_db
def test_the_file_takes_the_place_of_the_whole_list_as_a_new_edition(listed: Path) -> None:
    before = edition_number()

    load(listed.parent)

    assert Synonym.objects.groups() == [("2FA", "one-time code"), ("bank", "credit union")]
    assert edition_number() == before + 1
    assert current().synonyms.of("2fa") == [("2fa",), ("one", "time", "code")]


@pytest.mark.django_db
def test_loading_the_same_again_changes_nothing(listed: Path) -> None:
    load(listed)
    before = edition_number()

    load(listed)

    assert edition_number() == before


@pytest.mark.django_db
def test_articles_and_synonyms_make_one_edition_together(listed: Path) -> None:
    (listed.parent / "a-guide.md").write_text(document.dump(a_guide()))
    before = edition_number()

    load(listed.parent)

    assert edition_number() == before + 1
    assert current().find("a-guide") is not None


@pytest.mark.django_db
def test_a_bad_file_is_refused_whole(listed: Path) -> None:
    listed.write_text("2FA, passcode\nalone\n")
    before = Synonym.objects.groups()

    with pytest.raises(CommandError, match=r"synonyms\.txt:2: a group has at least two"):
        load(listed)

    assert Synonym.objects.groups() == before


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"\xff\xfe, x", None])
def test_a_file_that_can_not_be_read_is_refused(listed: Path, content: bytes | None) -> None:
    if content is None:
        listed.unlink()
        listed.mkdir()
        (listed / "synonyms.txt").mkdir()
    else:
        listed.write_bytes(content)

    with pytest.raises(CommandError):
        load(listed)


@pytest.mark.django_db
def test_a_dry_run_shows_what_would_change(listed: Path) -> None:
    before = Synonym.objects.groups()

    said = load(listed, dry_run=True)

    assert "+bank, credit union" in said
    assert Synonym.objects.groups() == before


@pytest.mark.django_db
def test_what_is_exported_is_loaded_back_without_a_change(tmp_path: Path) -> None:
    call_command("export_content", tmp_path, stdout=StringIO())
    before = edition_number()

    load(tmp_path)

    assert (tmp_path / "synonyms.txt").read_text() == dump(Synonym.objects.groups())
    assert edition_number() == before


@pytest.mark.django_db
def test_without_synonyms_no_file_is_written(empty_site: None, tmp_path: Path) -> None:
    publish_document(a_guide())

    call_command("export_content", tmp_path, stdout=StringIO())

    assert [path.name for path in tmp_path.iterdir()] == ["a-guide.md"]


# The admin


@pytest.mark.django_db
def test_a_change_in_the_admin_begins_a_new_edition(admin_client: Client) -> None:
    row = Synonym.objects.first()
    before = edition_number()

    admin_client.post(f"/admin/kb/synonym/{row.pk}/change/", {"words": " passcode ,, one-time   code,passcode"})
    changed = edition_number()
    admin_client.post(f"/admin/kb/synonym/{row.pk}/delete/", {"post": "yes"})
    deleted = edition_number()
    others = [str(pk) for pk in Synonym.objects.values_list("pk", flat=True)]
    admin_client.post("/admin/kb/synonym/", {"action": "delete_selected", "_selected_action": others, "post": "yes"})

    assert (changed, deleted, edition_number()) == (before + 1, before + 2, before + 3)
    assert not Synonym.objects.exists()


@pytest.mark.django_db
def test_a_change_in_the_admin_is_tidied(admin_client: Client) -> None:
    admin_client.post("/admin/kb/synonym/add/", {"words": " passcode ,, one-time   code,passcode"})

    assert Synonym.objects.last().words == "passcode, one-time code"


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["", "alone", "same, same", "a, " + "b" * 3_000])
def test_a_group_that_is_none_is_refused_in_the_admin(admin_client: Client, words: str) -> None:
    before = edition_number()

    page = admin_client.post("/admin/kb/synonym/add/", {"words": words})

    assert page.status_code == 200
    assert edition_number() == before
