import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from kb.desk import write_document
from kb.document import Document, FixTime, Kind, Section, dump
from kb.flow import Flow, Jump
from kb.models import Article, Edition, EditionEntry, Revision
from tests.factories import FIVE_MINUTES, Write, a_flow, a_guide, an_error, an_outcome, publish_document, rows_of

pytestmark = pytest.mark.django_db


def load(*paths: Path, **options: bool) -> str:
    out = StringIO()
    call_command("load_content", *paths, stdout=out, **options)
    return out.getvalue()


def refusal(*paths: Path, **options: bool) -> list[str]:
    """The lines in which loading is refused."""
    before = rows_of(Article, Edition, EditionEntry, Revision)
    with pytest.raises(CommandError) as refused:
        load(*paths, **options)
    assert rows_of(Article, Edition, EditionEntry, Revision) == before
    return str(refused.value).splitlines()


def line_of(path: Path, start: str) -> int:
    """The number of the first line that begins with these words, blanks before them left out."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if line.strip().startswith(start))


def test_the_published_content_is_loaded_from_its_folder(empty_site: None, client: Client) -> None:
    said = load(settings.BASE_DIR / "fixtures")

    assert said.endswith("9 read, 9 published, 0 unchanged.\n")
    assert Edition.objects.get().number == 1
    assert client.get("/errors/102/").status_code == 200


def test_a_second_run_changes_nothing_and_makes_no_revision() -> None:
    before = rows_of(Article, Edition, EditionEntry, Revision)

    said = load(settings.BASE_DIR / "fixtures")

    assert said.endswith("9 read, 0 published, 9 unchanged.\n")
    assert rows_of(Article, Edition, EditionEntry, Revision) == before


def test_a_changed_file_changes_its_article_and_nothing_else(empty_site: None, write: Write, client: Client) -> None:
    paths = [write("one.md", a_guide("one")), write("two.md", a_guide("two"))]
    load(*paths)

    write("two.md", a_guide("two", title="Changed", summary="In other words."))
    said = load(*paths)

    assert said.endswith("2 read, 1 published, 1 unchanged.\n")
    assert "In other words." in client.get("/guides/two/").text
    assert list(Revision.objects.order_by("pk").values_list("article__slug", "number")) == [
        ("one", 1),
        ("two", 1),
        ("two", 2),
    ]
    assert Revision.objects.latest("pk").note == "Loaded from files"


def test_words_that_only_the_desk_holds_are_not_overwritten_unasked(empty_site: None, write: Write) -> None:
    write_document(a_guide("draft", title="Half a thought"))
    publish_document(a_guide("one"))
    write_document(a_guide("one", title="A better thought"))
    paths = write("draft.md", a_guide("draft")), write("one.md", a_guide("one")), write("two.md", a_guide("two"))

    for dry_run in (True, False):
        assert refusal(*paths, dry_run=dry_run) == [
            "Nothing was loaded.",
            f"{paths[0]}: the desk copy of Half a thought has changes that were never published; they would be lost."
            " Keep them with “export_content DIR draft --desk”, or give them up with --overwrite.",
            f"{paths[1]}: the desk copy of A better thought has changes that were never published; they would be lost."
            " Keep them with “export_content DIR one --desk”, or give them up with --overwrite.",
        ]
    load(*paths, overwrite=True)
    assert set(Article.objects.values_list("title", flat=True)) == {"Title of draft", "Title of one", "Title of two"}


def test_a_desk_copy_that_is_in_the_history_gives_way_to_the_file(empty_site: None, write: Write) -> None:
    publish_document(a_guide("one"))
    publish_document(a_guide("one", title="Second words"))
    write_document(a_guide("one"))

    load(write("one.md", a_guide("one", title="Third words")))

    assert Article.objects.get().title == "Third words"


def test_a_desk_copy_that_the_file_only_publishes_is_no_loss(empty_site: None, write: Write) -> None:
    write_document(a_guide("one"))

    assert load(write("one.md", a_guide("one"))).endswith("1 read, 1 published, 0 unchanged.\n")


def test_a_dry_run_shows_a_diff_for_each_article_and_changes_nothing(empty_site: None, write: Write) -> None:
    publish_document(a_guide("changed"))
    publish_document(a_guide("same"))
    before = rows_of(Article, Edition, EditionEntry, Revision)
    paths = [
        write("changed.md", a_guide("changed", title="Better title")),
        write("new.md", a_guide("new")),
        write("same.md", a_guide("same")),
    ]

    said = load(*paths, dry_run=True)

    assert rows_of(Article, Edition, EditionEntry, Revision) == before
    assert f"--- changed, revision 1\n+++ {paths[0]}\n" in said
    assert "\n-title: Title of changed\n+title: Better title\n" in said
    assert f"--- (new)\n+++ {paths[1]}\n" in said
    assert "\n+slug: new\n" in said
    assert said.endswith(f"{paths[2]}: no change\n")


def test_a_dry_run_refuses_what_a_run_would_refuse(empty_site: None, write: Write) -> None:
    path = write("bad.md", a_guide("bad", title=""))

    assert refusal(path, dry_run=True) == ["Nothing was loaded.", f"{path}:4: title: is empty"]


def test_one_bad_file_among_good_ones_and_nothing_is_loaded(empty_site: None, write: Write) -> None:
    write("a-good.md", a_guide("good"))
    bad = write("b-bad.md", dump(a_guide("bad")).replace("reviewed_on: 2026-11-01", "reviewed_on: soon"))
    write("c-good.md", a_guide("fine"))

    said = refusal(bad.parent)

    assert said == [
        "Nothing was loaded.",
        f"{bad}:7: reviewed_on: should be a date such as 2026-11-22, not “soon”",
    ]
    assert not Article.objects.exists()


def test_a_bad_file_among_the_published_content_leaves_the_site_as_it_was(write: Write, client: Client) -> None:
    good = write(
        "good.md", (settings.BASE_DIR / "fixtures/error-102.md").read_text().replace("title: Your", "title: My")
    )
    bad = write("bad.md", "no document")
    page = client.get("/errors/102/").content

    assert refusal(good, bad) == [
        "Nothing was loaded.",
        f"{bad}:1: a document begins with front matter between two lines of “---”",
    ]
    assert client.get("/errors/102/").content == page


def test_the_faults_of_all_files_are_told_at_once(empty_site: None, write: Write) -> None:
    one = write("one.md", dump(a_guide("one")).replace("kind: guide", "kind: gide"))
    two = write("two.md", dump(a_guide("two")).replace("title:", "titel:"))
    three = write("three.md", b"\xff\xfe")

    assert refusal(one, two, three) == [
        "Nothing was loaded.",
        f"{one}:2: kind: should be one of: error, guide, chooser",
        f"{two}:4: titel: is not a field here; known: " + ", ".join(_fields()),
        f"{two}:2: title: is missing",
        f"{three}:1: the file is not UTF-8 text",
    ]


def _fields() -> list[str]:
    return [name for name in Document.__dataclass_fields__ if name != "sections"]


@pytest.mark.parametrize(
    ("changes", "start", "message"),
    [
        (
            {"causes": (replace(an_error().causes[0], percent=99),)},
            "- key: outage",
            "causes: the likelihoods add up to 99 %",
        ),
        (
            {"costs": (replace(an_error().costs[0], low=500),)},
            "low:",
            "costs[0].low: the low price (500) is above the high price (120)",
        ),
        ({"fast_fix_source": "gone"}, "fast_fix_source:", "fast_fix_source: names the source “gone”"),
        ({"summary": "[[700#gone]]"}, "summary:", "summary: links to “#gone” of Error 700, which has no such part"),
        ({"sign": ""}, "kind: error", "sign: is missing; every error article has this part"),
        (
            {"flow": Flow("site", tuple(replace(n, do_now="") if n.key == "ask" else n for n in a_flow().nodes))},
            "do_now: ''",
            "flow.nodes[3].do_now: the outcome “Finding ask” does not say what to do now",
        ),
        (
            {"flow": Flow("site", (*a_flow().nodes, an_outcome("lost", text="Nowhere land")))},
            "- kind: outcome\n      key: lost",
            "flow.nodes[5]: no path leads to “Nowhere land”",
        ),
        (
            {"sections": (*an_error().sections, Section("history", "History", "Long ago."))},
            "## History",
            "sections[7].key: an error article has no section “history”",
        ),
        (
            {"fix_times": (FixTime("Now", FIVE_MINUTES), FixTime("Now", FIVE_MINUTES))},
            "- case: Now",
            "fix_times[0]: “Now” is listed more than once",
        ),
    ],
)
def test_an_unsound_document_is_refused_with_file_line_and_field(
    empty_site: None, write: Write, changes: dict[str, object], start: str, message: str
) -> None:
    path = write("error.md", an_error(**changes))
    text = path.read_text(encoding="utf-8")
    line = text[: text.index(start)].count("\n") + 1

    first, *said = refusal(path)

    assert first == "Nothing was loaded."
    assert any(found.startswith(f"{path}:{line}: {message}") for found in said), said


def test_the_same_code_in_two_files_is_refused_with_both_names(empty_site: None, write: Write) -> None:
    one, two = write("one.md", an_error("800")), write("two.md", an_error("800", title="Another"))

    assert refusal(one, two) == ["Nothing was loaded.", f"{two}:3: “800” is also the code or slug of {one}"]


def test_a_guide_cannot_have_the_address_of_an_error(empty_site: None, write: Write) -> None:
    one, two = write("one.md", an_error("OL-301")), write("two.md", a_guide("ol-301"))

    assert refusal(one, two) == ["Nothing was loaded.", f"{two}:3: “ol-301” is also the code or slug of {one}"]
    load(one)
    assert refusal(two) == [
        "Nothing was loaded.",
        f"{two}:2: kind: “ol-301” is already the address of an article of kind error",
    ]


def test_there_is_only_one_chooser(write: Write) -> None:
    ends = (an_outcome("end", causes=()),)
    chooser = a_guide("second", kind=Kind.CHOOSER, sections=(), flow=Flow("end", ends))
    path = write("second.md", chooser)

    assert refusal(path) == [
        "Nothing was loaded.",
        f"{path}:2: kind: there is a published “which error is it?” already; there can be only one",
    ]


def test_two_choosers_cannot_be_loaded_together(empty_site: None, write: Write) -> None:
    flow = Flow("end", (an_outcome("end", causes=()),))
    paths = [
        write(f"{slug}.md", a_guide(slug, kind=Kind.CHOOSER, sections=(), flow=flow)) for slug in ("first", "second")
    ]

    assert [line.partition(": kind: ")[0] for line in refusal(*paths)[1:]] == [f"{path}:2" for path in paths]


def test_an_article_that_was_renamed_on_the_desk_keeps_its_address_until_that_is_published(
    empty_site: None, write: Write
) -> None:
    publish_document(a_guide("name"))
    Article.objects.update(slug="renamed")
    path = write("name.md", a_guide("name"))

    assert refusal(path) == [
        "Nothing was loaded.",
        f"{path}:3: slug: “name” is the address of another published article",
    ]


def jumping_to(code: str, target: str) -> Document:
    ends = [node for node in a_flow().nodes if node.key != "done"]
    flow = Flow("site", (*ends, Jump("done", target, "It is that one")))
    return an_error(code, summary=f"Not [[{target}#step-update]].", flow=flow)


def test_files_may_link_and_jump_to_each_other(empty_site: None, write: Write) -> None:
    one, other = write("800.md", jumping_to("800", "801")), write("801.md", jumping_to("801", "800"))

    (_, said) = refusal(one)
    assert said == f"{one}:{line_of(one, "to: '801'")}: flow.nodes[4].to: jumps to “801”, which is not published"
    assert load(one, other).endswith("2 read, 2 published, 0 unchanged.\n")


def test_a_published_node_key_keeps_its_meaning_in_files_too(empty_site: None, write: Write) -> None:
    publish_document(an_error("800"))
    nodes = tuple(replace(n, disposition="call_bank") if n.key == "wait" else n for n in a_flow().nodes)
    path = write("800.md", an_error("800", flow=Flow("site", nodes)))

    (_, said) = refusal(path)

    assert said.startswith(f"{path}:{line_of(path, 'key: wait')}: flow.nodes[2].key: the key “wait” was published for")


@pytest.mark.parametrize("content", [b"\xff\xfe---", "---\ntitle: Caf\xe9\n---\n".encode("latin-1")])
def test_what_is_not_utf_8_is_refused(empty_site: None, write: Write, content: bytes) -> None:
    path = write("odd.md", content)

    assert refusal(path) == ["Nothing was loaded.", f"{path}:1: the file is not UTF-8 text"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n",
        "---\n",
        "---\n---\n",
        "\x00" * 100,
        "- " * 100_000,
        "---\n" + "- " * 100_000 + "\n---\n",
        "x" * 1_000_000,
    ],
    ids=lambda content: repr(content[:8]),
)
def test_what_is_no_document_is_refused_with_its_line(empty_site: None, write: Write, content: str) -> None:
    path = write("odd.md", content)

    (_, said) = refusal(path)

    assert re.match(rf"{re.escape(str(path))}:[12]: \w", said)


def test_a_file_with_a_windows_editors_marks_is_read(empty_site: None, write: Write) -> None:
    path = write("one.md", "\ufeff" + dump(a_guide("one")).replace("\n", "\r\n"))

    load(path)

    assert Revision.objects.get().text == dump(a_guide("one"))


def test_a_file_that_is_not_there_is_named(empty_site: None, write: Write, tmp_path: Path) -> None:
    good, missing = write("good.md", a_guide("good")), tmp_path / "missing.md"

    assert refusal(good, missing) == ["Nothing was loaded.", f"{missing}: can’t be read: No such file or directory"]


def test_a_folder_without_documents_is_named(empty_site: None, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a document")

    assert refusal(tmp_path) == [f"There are no .md files in {tmp_path}."]


def test_hostile_text_is_loaded_as_the_text_it_is(empty_site: None, write: Write, client: Client) -> None:
    hostile = "<script>alert(1)</script>{{ secret }}'\"; DROP TABLE"
    path = write("one.md", a_guide("one", title=hostile, description=hostile, summary=hostile))

    load(path)
    page = client.get("/guides/one/").text

    assert Revision.objects.get().document.title == hostile
    assert "<script>alert" not in page
    assert "{{ secret }}" in page
