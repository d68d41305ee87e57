"""The index in its folder: what it holds, how it changes, and what becomes of it when it is damaged."""

import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from kb.document import Document, Section
from kb.finding.concepts import Concept
from kb.finding.indexreader import IndexReader, Shown
from kb.finding.language import stems
from kb.finding.passages import Part
from kb.finding.searchindex import Damaged, SearchIndex, key_of
from tests.factories import a_guide, an_error


def about(text: str, slug: str = "a-guide") -> tuple[str, Document]:
    """A guide on one thing, under a digest of its own."""
    return f"digest of {slug} {text}", a_guide(slug, title=f"Guide {slug}", sections=(Section("part", "A part", text),))


def asked(*words: str) -> list[Concept]:
    return [Concept(word, {stems(word): 1.0}) for word in words]


def keys(*slugs: str) -> set[int]:
    return {key_of(slug) for slug in slugs}


def led_to(reader: IndexReader, *words: str) -> set[int]:
    return set(reader.choose(asked(*words), most=10))


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


@pytest.fixture
def index(tmp_path: Path) -> SearchIndex:
    return SearchIndex(tmp_path)


def test_words_lead_to_the_articles_whose_passages_hold_them(index: SearchIndex) -> None:
    index.change(add=[about("The bank snores."), about("A heron stands.", "heron")], stamp="one")

    assert led_to(index.reader, "snoring") == keys("a-guide")
    assert led_to(index.reader, "guide") == keys("a-guide", "heron")
    assert led_to(index.reader, "nowhere") == set()
    assert index.reader.stamp == "one"


def test_passages_of_the_chosen_articles_come_with_what_is_shown(index: SearchIndex) -> None:
    index.change(add=[about("The bank snores."), about("It snores too.", "heron")])

    (hit,) = index.reader.passages(asked("snore"), keys("heron"))

    assert hit.about == key_of("heron")
    assert hit.part == Part.OWN
    assert index.reader.shown(hit) == Shown("part", "A part", "It snores too.")


def test_what_an_article_says_of_another_leads_to_the_other(index: SearchIndex) -> None:
    index.change(add=[("d", an_error("700", related=()))])

    assert led_to(index.reader, "another sign") == keys("701")


def test_headings_alone_can_be_asked_for(index: SearchIndex) -> None:
    index.change(add=[about("The bank snores.")])

    assert index.reader.choose(asked("snore"), most=10, in_headings=True) == []
    assert index.reader.choose(asked("part"), most=10, in_headings=True) == [key_of("a-guide")]


def test_a_common_word_ranks_and_does_not_choose_beside_a_rare_one(
    index: SearchIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.finding.indexreader.MOST_PLACES", 3)
    index.change(add=[about(f"The bank {word}.", word) for word in ("snores", "sleeps", "wakes", "walks")])

    assert led_to(index.reader, "bank", "snores") == keys("snores")
    assert led_to(index.reader, "bank") == keys("snores", "sleeps", "wakes", "walks")


def test_a_change_replaces_what_it_says_and_leaves_the_rest(index: SearchIndex) -> None:
    before, after, other = about("The bank snores."), about("The bank sleeps."), about("A heron stands.", "heron")
    index.change(add=[before, other], stamp="one")

    index.change(remove=[before[0]], add=[after], stamp="two")

    assert led_to(index.reader, "snores") == set()
    assert led_to(index.reader, "sleeps") == keys("a-guide")
    assert led_to(index.reader, "stands") == keys("heron")
    assert index.reader.digests == {after[0], other[0]}
    assert index.reader.stamp == "two"


def test_without_a_stamp_the_index_is_not_complete(index: SearchIndex) -> None:
    index.change(add=[about("The bank snores.")], stamp="one")

    index.change(add=[about("A heron stands.", "heron")])

    assert index.reader.stamp == ""
    assert len(index.reader.digests) == 2


def test_the_words_of_all_articles_are_known(index: SearchIndex) -> None:
    index.change(add=[about("Snoring banks snore at 3."), about("Snoring herons.", "heron")])

    vocabulary = index.reader.vocabulary(["passcode"])

    assert vocabulary.beginning_with("snor") == ["snoring", "snore"]
    assert "passcode" in vocabulary
    assert "3" not in vocabulary
    assert index.reader.occurs(("snore",))
    assert index.reader.occurs(stems("snoring banks"))
    assert not index.reader.occurs(stems("banks at herons"))


def test_other_processes_see_a_change_once_they_look_again(index: SearchIndex, tmp_path: Path) -> None:
    other = SearchIndex(tmp_path)

    index.change(add=[about("The bank snores.")], stamp="one")

    assert led_to(other.reader, "snores") == set()
    other.reload()
    assert led_to(other.reader, "snores") == keys("a-guide")


def test_a_state_that_is_being_read_stays_as_it_is(index: SearchIndex) -> None:
    before = about("The bank snores.")
    index.change(add=[before])
    reader = index.reader
    hits = reader.passages(asked("snore"), keys("a-guide"))

    for number in range(10):
        index.change(remove=[before[0]], add=[about(f"Number {number}.", f"n{number}")])

    assert reader.shown(hits[0]).text == "The bank snores."


def test_an_index_does_not_grow_with_edits(index: SearchIndex, tmp_path: Path) -> None:
    def edition(number: int) -> tuple[str, Document]:
        return about(f"Edit {number:03}. {'A bank and its feed. ' * 20}", "edited")

    others: Iterable[tuple[str, Document]] = [about("The bank snores.", f"other-{number}") for number in range(20)]
    index.change(add=[*others, edition(0)], stamp="0")
    for number in range(1, 20):
        index.change(remove=[edition(number - 1)[0]], add=[edition(number)], stamp=str(number))
    after_some = size(tmp_path), len(list(tmp_path.iterdir()))

    for number in range(20, 60):
        index.change(remove=[edition(number - 1)[0]], add=[edition(number)], stamp=str(number))

    assert size(tmp_path) < 1.2 * after_some[0]
    assert len(list(tmp_path.iterdir())) <= 1.5 * after_some[1]
    assert len(index.reader.digests) == 21
    assert SearchIndex(tmp_path).reader.stamp == "59"


KINDS = ["store", "term", "idx", "pos", "fast", "fieldnorm"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("harm", ["cut", "changed", "emptied", "gone"])
def test_damage_is_found_before_the_engine_trusts_a_file(
    index: SearchIndex, tmp_path: Path, kind: str, harm: str
) -> None:
    index.change(add=[about("The bank snores.")], stamp="one")
    (path,) = tmp_path.glob(f"*.{kind}")
    content = path.read_bytes()
    path.unlink()  # another file in its place: the first index still has this one open

    if harm != "gone":
        changed = bytes([content[0] ^ 0xFF]) + content[1:]
        path.write_bytes({"cut": content[: len(content) // 2], "changed": changed, "emptied": b""}[harm])

    with pytest.raises(Damaged):
        SearchIndex(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b'{"segments": [{}]}'])
def test_a_damaged_list_of_files_is_found(index: SearchIndex, tmp_path: Path, content: bytes) -> None:
    index.change(add=[about("The bank snores.")], stamp="one")
    (tmp_path / "meta.json").write_bytes(content)

    with pytest.raises(Damaged):
        SearchIndex(tmp_path)


def test_a_crash_in_the_middle_of_a_change_leaves_what_was_there(tmp_path: Path) -> None:
    SearchIndex(tmp_path).change(add=[about("The bank snores.")], stamp="one")

    killed = subprocess.run([sys.executable, "-c", CRASH, str(tmp_path)], cwd=Path(__file__).parents[3], check=False)

    assert killed.returncode == -signal.SIGKILL
    index = SearchIndex(tmp_path)
    assert index.reader.stamp == "one"
    assert led_to(index.reader, "snores") == keys("a-guide")
    index.change(add=[about("A heron stands.", "heron")], stamp="two")
    assert led_to(index.reader, "stands") == keys("heron")


CRASH = f"""
import os, sys
from pathlib import Path
import django
django.setup()
from kb.finding.searchindex import SearchIndex
from tests.kb.finding.test_searchindex import about

def documents():
    for number in range(300):
        yield about("crash " * 500, f"n{{number}}")
    os.kill(os.getpid(), {int(signal.SIGKILL)})

SearchIndex(Path(sys.argv[1])).change(add=documents(), stamp="crash")
"""


def test_keys_are_the_same_everywhere_and_fit_the_engine() -> None:
    assert key_of("102") == 5084468979403015343
    assert all(0 <= key_of(str(number)) < 2**63 for number in range(1_000))
