import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.finding.vocabulary import LONG, MOST, SHORTEST_MISTYPED, SHORTEST_TYPED, Vocabulary, distance

WORDS = {
    "connection": 7,
    "conventional": 1,
    "timeout": 4,
    "timed": 2,
    "bank": 9,
    "banner": 3,
    "maintenance": 5,
    "csv": 1,
}

letters = "abcdef"
words = st.text(letters, min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("conection", ["connection"]),
        ("connectoin", ["connection"]),
        ("cnonection", ["connection"]),
        ("ocnnection", ["connection"]),
        ("connextion", ["connection"]),
        ("conneection", ["connection"]),
        ("maintanence", ["maintenance"]),
        ("bannr", ["banner"]),
        ("timeuot", ["timeout"]),
    ],
)
def test_a_slip_of_the_finger_is_mended(typed: str, meant: list[str]) -> None:
    assert Vocabulary(WORDS).near(typed) == meant


@pytest.mark.parametrize("typed", ["cvs", "bakn5", "10 2", "bxxk", "rank", "timxxx", "", "a"])
def test_short_words_figures_and_other_words_are_left_alone(typed: str) -> None:
    assert Vocabulary(WORDS).near(typed) == []


def test_words_are_completed_the_commonest_first() -> None:
    vocabulary = Vocabulary({"bank": 9, "banner": 3, "banana": 3, "be": 5})

    assert vocabulary.beginning_with("ban") == ["bank", "banana", "banner"]
    assert vocabulary.beginning_with("b") == []
    assert vocabulary.beginning_with("bankx") == []


def test_of_many_words_that_begin_so_only_the_commonest_are_taken() -> None:
    vocabulary = Vocabulary({f"word{letter}{other}": 1 for letter in letters for other in letters})

    assert len(vocabulary.beginning_with("word")) == MOST


@given(words, words)
def test_distance_is_the_same_both_ways_and_none_only_between_equals(one: str, other: str) -> None:
    assert distance(one, other, 12) == distance(other, one, 12)
    assert (distance(one, other, 12) == 0) == (one == other)
    assert distance(one, other, 12) <= max(len(one), len(other))


@given(words, words, st.integers(0, 3))
def test_distance_is_exact_up_to_its_limit_and_above_it_otherwise(one: str, other: str, most: int) -> None:
    exact = slowly(one, other)

    found = distance(one, other, most)

    assert found == exact if exact <= most else found > most


def slowly(one: str, other: str) -> int:
    """The distance as its definition has it."""
    if not one or not other:
        return len(one) + len(other)
    ways = [slowly_kept(one[1:], other) + 1, slowly_kept(one, other[1:]) + 1]
    ways.append(slowly_kept(one[1:], other[1:]) + (one[0] != other[0]))
    if one[:2] == other[1::-1] and len(one) > 1 and len(other) > 1:
        ways.append(slowly_kept(one[2:], other[2:]) + 1)
    return min(ways)


def slowly_kept(one: str, other: str, kept: dict[tuple[str, str], int] = {}) -> int:  # noqa: B006  # a cache
    if (one, other) not in kept:
        kept[one, other] = slowly(one, other)
    return kept[one, other]


@given(st.sets(st.text(letters, min_size=1, max_size=10), max_size=30), st.text(letters, min_size=1, max_size=10))
def test_every_word_one_slip_away_that_begins_alike_is_found(held: set[str], typed: str) -> None:
    vocabulary = Vocabulary(dict.fromkeys(held, 1))

    found = vocabulary.near(typed)

    if len(typed) < SHORTEST_MISTYPED:
        assert found == []
        return
    alike = {word for word in held if len(word) >= SHORTEST_MISTYPED and word.startswith((typed[0], typed[1::-1]))}
    for slips in (0, 1) if len(typed) < LONG else (0, 1, 2):
        if wanted := {word for word in alike if distance(typed, word, 3) <= slips}:
            assert set(found) <= wanted
            assert len(found) == min(len(wanted), MOST)
            return
    assert found == []


@given(st.sets(words, max_size=30), words)
def test_completions_are_words_that_begin_so(held: set[str], start: str) -> None:
    found = Vocabulary(dict.fromkeys(held, 1)).beginning_with(start)

    wanted = {word for word in held if word.startswith(start)} if len(start) >= SHORTEST_TYPED else set()
    assert set(found) <= wanted
    assert len(found) == min(len(wanted), MOST)
