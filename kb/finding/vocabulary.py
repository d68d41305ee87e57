"""The words of all articles: the way from a half-typed or mistyped word to the ones that were meant. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from string import ascii_lowercase

SHORTEST_TYPED = 3
"""Letters from which on a word may be taken for the beginning of a longer one."""
SHORTEST_MISTYPED = 4
"""Letters from which on a word may be taken for a slip of the finger."""
LONG = 8
"""Letters from which on two slips are allowed."""
LONGEST = 30
MOST = 8
"""How many words one typed word may stand for."""

_BIT = {letter: 1 << place for place, letter in enumerate(ascii_lowercase)}
_OTHER = 1 << len(ascii_lowercase)


class Vocabulary:
    """Words in lower case, each with the number of articles that use it."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = {word: count for word, count in counts.items() if word.isalpha()}

    def __contains__(self, word: str) -> bool:
        return word in self._counts

    def beginning_with(self, start: str) -> list[str]:
        """The commonest words that begin so; none for less than SHORTEST_TYPED letters."""
        if len(start) < SHORTEST_TYPED:
            return []
        at = bisect_left(self._sorted, start)
        end = bisect_left(self._sorted, f"{start}\U0010ffff", lo=at)
        return self._commonest(self._sorted[at:end])

    def near(self, word: str) -> list[str]:
        """The commonest words from which `word` differs by the fewest slips: one, or two in a long word.

        A slip is a letter too many, missing, wrong, or swapped with its neighbor. The first letter is taken as right,
        unless it is swapped with the second. Figures are never taken for others.
        """
        if not SHORTEST_MISTYPED <= len(word) <= LONGEST or not word.isalpha():
            return []
        for slips in (1, 2) if len(word) >= LONG else (1,):
            found = [other for other in self._candidates(word, slips) if distance(word, other, slips) <= slips]
            if found:
                return self._commonest(found)
        return []

    def _commonest(self, words: Iterable[str]) -> list[str]:
        return sorted(words, key=lambda word: (-self._counts[word], len(word), word))[:MOST]

    def _candidates(self, word: str, slips: int) -> Iterator[str]:
        """Words of a fitting beginning and length whose set of letters is near: a slip changes at most two of it."""
        letters = _letters(word)
        for start in {word[0], word[1]}:
            for length in range(max(SHORTEST_MISTYPED, len(word) - slips), len(word) + slips + 1):
                for other_letters, other in self._by_start.get((start, length), ()):
                    if (letters ^ other_letters).bit_count() <= 2 * slips and other.startswith((word[0], word[1::-1])):
                        yield other

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._counts)

    @cached_property
    def _by_start(self) -> dict[tuple[str, int], list[tuple[int, str]]]:
        """The words by first letter and length, with their sets of letters, so that most can be passed over."""
        found: dict[tuple[str, int], list[tuple[int, str]]] = {}
        for word in self._counts:
            found.setdefault((word[0], len(word)), []).append((_letters(word), word))
        return found


def _letters(word: str) -> int:
    """The set of a word's letters, as bits."""
    bits = 0
    for letter in word:
        bits |= _BIT.get(letter, _OTHER)
    return bits


def distance(one: str, other: str, most: int) -> int:
    """How many slips lie between two words; some number above `most` where there are more than that.

    The optimal string alignment distance: a letter more, less, changed, or swapped with the next one.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    one, other = _apart(one, other)
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [at]
        for place, compared in enumerate(other, start=1):
            best = min(row[-1] + 1, before[place] + 1, before[place - 1] + (letter != compared))
            if at > 1 and place > 1 and letter == other[place - 2] and one[at - 2] == compared:
                best = min(best, earlier[place - 2] + 1)
            row.append(best)
        if min(row) > most and min(before) > most:
            return most + 1
    return row[-1]


def _apart(one: str, other: str) -> tuple[str, str]:
    """Two words without the beginning and the end that they have in common."""
    start = _alike(one, other)
    one, other = one[start:], other[start:]
    end = _alike(one[::-1], other[::-1])
    return one[: len(one) - end], other[: len(other) - end]


def _alike(one: str, other: str) -> int:
    """How many letters two words have in common from their beginning on."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (letter, compared) in pairs if letter != compared), min(len(one), len(other)))
