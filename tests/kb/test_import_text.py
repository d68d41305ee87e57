from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from kb.desk import read_document, write_document
from kb.document import Document, Section, Source, Standing, dump, parse
from kb.figures import MINUTE, Duration
from kb.flow import NOT_SURE, Flow, Option, Outcome, Question
from kb.models import Article, Edition, EditionEntry, Revision
from kb.problems import errors
from kb.publishing import check, publish
from tests.factories import Write, a_guide, an_error, publish_document, rows_of

pytestmark = pytest.mark.django_db

TEXTS = Path(__file__).parent / "textimport" / "texts"


def run(*paths: Path, **options: bool) -> str:
    out = StringIO()
    call_command("import_text", *paths, stdout=out, **options)
    return out.getvalue()


def refusal(*paths: Path, **options: bool) -> list[str]:
    """The lines in which an import is refused; it changes nothing."""
    before = rows_of(Article, Edition, EditionEntry, Revision)
    with pytest.raises(CommandError) as refused:
        run(*paths, **options)
    assert rows_of(Article, Edition, EditionEntry, Revision) == before
    first, *reasons = str(refused.value).splitlines()
    assert first == "Nothing was imported."
    return reasons


def desk_copy(identity: str) -> Document:
    return read_document(Article.objects.get(slug=identity))


def test_a_text_becomes_a_draft_that_readers_do_not_see(empty_site: None) -> None:
    said = run(TEXTS / "350.txt")

    assert f"{TEXTS / '350.txt'}: Error 350, a new draft\n" in said
    assert "line 3: “Fast-Fix: The 5-Minute Solution” → fast fix\n" in said
    assert "[[103|" in desk_copy("350").lookalikes[0].fault
    assert said.endswith("1 read, 1 written to the desk. Readers see nothing of it yet.\n")
    assert not EditionEntry.objects.exists()


def test_texts_that_are_imported_together_know_each_other(empty_site: None, write: Write) -> None:
    guide = write("guide.txt", "Manual Import Guide: How to Upload Files\nIt helps.\nIn Short\nDone.")

    run(TEXTS / "105.txt", guide)

    assert Article.objects.filter(slug="manual-import-guide-how-upload-files").exists()
    assert "[[manual-import-guide-how-upload-files]]" in desk_copy("105").steps[2].body


def test_a_document_becomes_a_draft_word_for_word(empty_site: None, write: Write) -> None:
    run(write("one.md", an_error("800", title="Half done", sign="")))

    assert desk_copy("800") == an_error("800", title="Half done", sign="")
    assert not Revision.objects.exists()


def test_a_dry_run_shows_the_report_and_the_difference_and_changes_nothing(empty_site: None, write: Write) -> None:
    publish_document(a_guide("one"))
    before = rows_of(Article, Edition, EditionEntry, Revision)
    paths = write("one.md", a_guide("one", title="Better")), TEXTS / "105.txt"

    said = run(*paths, dry_run=True)

    assert rows_of(Article, Edition, EditionEntry, Revision) == before
    assert "-title: Title of one\n+title: Better\n" in said
    assert "+code: '105'\n" in said
    assert "line 41: “These shares are editorial estimates. No published figures exist.”" in said
    assert (
        "line 15: flow.nodes[0].options: “Can you see current transactions there?” has no “I’m not sure” answer" in said
    )


def test_a_desk_copy_that_was_published_is_replaced_and_stays_in_its_history(empty_site: None, write: Write) -> None:
    publish_document(a_guide("one"))

    said = run(write("one.md", a_guide("one", title="Better")))

    assert "what is there stays in its history as revision 1" in said
    assert desk_copy("one").title == "Better"
    assert Revision.objects.get().document == a_guide("one")


def test_words_that_only_the_desk_holds_are_not_overwritten_unasked(empty_site: None, write: Write) -> None:
    write_document(a_guide("draft"))
    publish_document(a_guide("one"))
    write_document(a_guide("one", title="A new thought"))
    paths = write("draft.md", a_guide("draft", title="Other")), write("one.md", a_guide("one", title="Better"))

    assert refusal(*paths) == [
        f"{paths[0]}: the desk copy of Title of draft has changes that were never published; they would be lost."
        " Keep them with “export_content DIR draft --desk”, or give them up with --overwrite.",
        f"{paths[1]}: the desk copy of A new thought has changes that were never published; they would be lost."
        " Keep them with “export_content DIR one --desk”, or give them up with --overwrite.",
    ]
    run(*paths, overwrite=True)
    assert (desk_copy("draft").title, desk_copy("one").title) == ("Other", "Better")


def test_importing_the_same_again_changes_nothing(empty_site: None) -> None:
    run(TEXTS / "105.txt")
    before = rows_of(Article, Edition, EditionEntry, Revision)

    said = run(TEXTS / "105.txt")

    assert rows_of(Article, Edition, EditionEntry, Revision) == before
    assert "Error 105, already on the desk in these words" in said
    assert "1 read, 0 written to the desk." in said


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"\xff\xfea", "is text in UTF-16. Save it again with the encoding UTF-8."),
        ("a.txt", b"a\x00b", "is not text, but a binary file."),
        ("a.txt", "caf\xe9".encode("latin-1"), "is not UTF-8 text (line 1). Save it again with the encoding UTF-8."),
        ("a.txt", "x" * 100_001, "an article in plain text has at most 100,000 characters and 1,000 lines."),
        ("a.txt", "x\n" * 1_001, "an article in plain text has at most 100,000 characters and 1,000 lines."),
        ("a.txt", b"x" * 20_000_000, "has 20.0 MB; 8 MB is the most."),
        ("a.md", "no document", "line 1: a document begins with front matter between two lines of “---”"),
        ("a.md", replace(an_error(), title="x" * 121), "line 4: title: is longer than 120 characters"),
        ("a.md", replace(an_error(), causes=an_error().causes * 2), "“outage” stands more than once"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_a_sentence(
    empty_site: None, write: Write, name: str, content: Document | str | bytes, reason: str
) -> None:
    path = write(name, content)

    assert any(reason in said and str(path) in said for said in refusal(path))


def test_one_bad_file_among_good_ones_and_nothing_is_imported(empty_site: None, write: Write) -> None:
    bad, missing = write("bad.txt", b"\x00"), write("a.txt", "x").with_name("missing.txt")

    assert refusal(TEXTS / "105.txt", bad, missing) == [
        f"“{bad}” is not text, but a binary file.",
        f"“{missing}” can’t be read: No such file or directory.",
    ]


def test_two_files_for_one_code_are_refused(empty_site: None, write: Write) -> None:
    paths = TEXTS / "105.txt", write("error.md", an_error("105"))

    assert refusal(*paths) == [f"Error 105 stands in two files: “{paths[0]}” and “{paths[1]}”."]


def test_a_guide_cannot_take_the_address_of_an_error(empty_site: None, write: Write) -> None:
    publish_document(an_error("OL-301"))
    path = write("guide.md", a_guide("ol-301"))

    assert refusal(path) == [f"{path}: “ol-301” is already the address of an article of kind error."]


# From the model article to readers


def mended(document: Document) -> Document:
    """What an editor does after the import, each of which the report asked for."""
    sections = tuple(section for section in document.sections if section.key != "unplaced")
    keys = tuple(cause.key for cause in document.causes)
    assert document.flow is not None
    outcomes = document.flow.outcomes
    nodes = tuple(
        replace(
            node,
            do_now=node.do_now or node.text,
            data_risk_text="Nothing changed.",
            time=node.time or Duration(5 * MINUTE, 10 * MINUTE),
            if_it_fails="Call an expert.",
            causes=keys,
        )
        if isinstance(node, Outcome)
        else replace(node, options=(*node.options, Option(NOT_SURE, "I’m not sure", outcomes[-1].key)))
        if isinstance(node, Question)
        else node
        for node in document.flow.nodes
    )
    return replace(
        document,
        title="Your bank’s servers are offline",
        description="What Error 102 means.",
        trigger="Bank maintenance",
        sign="The bank’s own site is out.",
        lookalikes=tuple(replace(row, sign="A telling sign.") for row in document.lookalikes),
        steps=tuple(replace(step, time=Duration(5 * MINUTE, 5 * MINUTE)) for step in document.steps),
        sources=(Source("intuit", "A page", "Intuit", Standing.OFFICIAL),),
        sections=sections,
        flow=Flow(document.flow.start, nodes),
    )


def test_the_model_article_is_imported_mended_and_published(client) -> None:
    run(TEXTS / "102.txt")
    article = Article.objects.get(slug="102")

    article = write_document(mended(read_document(article)))
    left = errors(check([article], now=timezone.now())["102"])
    (revision,) = publish([article], by=None, now=timezone.now())

    assert left == []
    assert revision.number == 2
    page = client.get("/errors/102/").text
    assert "Run an Internal Manual Connection Sequence" in page
    assert "QuickBooks Online Error 102 occurs when" in page
    assert client.get("/triage/102/log-successfully/?", follow=True).status_code == 200


def test_everything_that_keeps_the_import_from_being_published_is_in_the_report(empty_site: None) -> None:
    said = run(TEXTS / "102.txt")

    found = errors(check([Article.objects.get(slug="102")], now=timezone.now())["102"])
    assert len(found) > 20
    assert [problem.message for problem in found if problem.message not in said] == []


def test_an_article_with_prose_that_has_no_place_yet_is_not_published(empty_site: None) -> None:
    run(TEXTS / "105.txt")

    article = write_document(replace(mended(desk_copy("105")), sections=desk_copy("105").sections))
    found = errors(check([article], now=timezone.now())["105"])

    assert [problem.field for problem in found] == ["sections[7].key"]
    assert parse(dump(desk_copy("105"))).section_by_key["unplaced"] == Section(
        "unplaced", "Not placed yet", "These shares are editorial estimates. No published figures exist."
    )
