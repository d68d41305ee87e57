"""What the words of a query mean: each with its synonyms, completed where half typed, mended where mistyped. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kb.finding.language import COMMON, LIGHT, stem, stems, words
from kb.finding.vocabulary import Vocabulary

MOST_WORDS = 40
"""How many words of a query are looked up: a pasted screen repeats itself."""

SYNONYM, COMPLETED, MENDED = 0.6, 0.9, 0.8
"""What finding another word is worth, where finding the very word is worth 1."""

_FIGURE_AND_UNIT = re.compile(r"([0-9]+)([a-z]+)")

type Phrase = tuple[str, ...]
"""The stem of a word, or those of several that follow one another."""


@dataclass(frozen=True)
class Concept:
    """One thing asked for: the phrases that may stand for it, with their weights. None for a word unheard of.

    `read_as` is the word that was taken for a mistyped one.
    """

    typed: str
    phrases: Mapping[Phrase, float] = field(default_factory=dict)
    read_as: str = ""


class Synonyms:
    """Groups of words and phrases; each may stand for any other of its group."""

    def __init__(self, groups: Iterable[Sequence[str]] = ()) -> None:
        self.words: set[str] = set()
        self._groups: list[list[Phrase]] = []
        self._starts: dict[str, list[tuple[Phrase, int]]] = {}
        for number, group in enumerate(groups):
            self._groups.append([phrase for name in group if (phrase := stems(name))])
            for name in group:
                self._add(words(name), number)

    def _add(self, said: Sequence[str], group: int) -> None:
        self.words.update(said)
        phrase = tuple(stem(word) for word in said)
        if phrase:
            self._starts.setdefault(phrase[0], []).append((phrase, group))

    def at(self, said: Sequence[str], place: int) -> tuple[int, list[Phrase]]:
        """How many of the stems from `place` on make up a member of a group, as many as can be; and its groups."""
        fitting = [
            (len(phrase), group)
            for phrase, group in self._starts.get(said[place], ())
            if tuple(said[place : place + len(phrase)]) == phrase
        ]
        longest = max((length for length, _ in fitting), default=0)
        groups = [group for length, group in fitting if length == longest]
        return longest, [phrase for group in groups for phrase in self._groups[group]]

    def of(self, word: str) -> list[Phrase]:
        """What may stand for a single word."""
        return self.at([stem(word)], 0)[1]


@dataclass(frozen=True)
class Lexicon:
    """All that is known of words: those of the articles, their synonyms, and whether a phrase occurs anywhere."""

    vocabulary: Vocabulary
    synonyms: Synonyms
    occurs: Callable[[Phrase], bool]

    def concepts(self, text: str, *, is_typing: bool = False) -> list[Concept]:
        """What a text asks for. While it `is_typing`, its last word may be the beginning of a longer one."""
        return list(_Reading(words(text)[:MOST_WORDS], self, is_typing).concepts())


@dataclass(frozen=True)
class _Reading:
    said: list[str]
    lexicon: Lexicon
    is_typing: bool

    def concepts(self) -> Iterator[Concept]:
        said_stems = [stem(word) for word in self.said]
        place = 0
        while place < len(self.said):
            length, others = self.lexicon.synonyms.at(said_stems, place)
            if length:
                typed = " ".join(self.said[place : place + length])
                own = stems(typed)
                yield Concept(typed, _weighed({own: 1.0}, others, SYNONYM if own and self.lexicon.occurs(own) else 1.0))
            elif length := self._quantity(place):
                phrase = stems(_with_units_apart(self.said[place : place + length]))
                yield Concept(" ".join(self.said[place : place + length]), {phrase: 1.0})
            elif self.said[place] not in COMMON | LIGHT and not self.said[place].isdigit():
                yield self._word(self.said[place], is_last=place == len(self.said) - 1)
            place += length or 1

    def _quantity(self, place: int) -> int:
        """How many words from `place` on make up an amount with its unit, such as “1 000 rows” or “350kb”; or 0.

        A figure by itself says nothing: every article is full of them.
        """
        end = place
        while end < len(self.said) and self.said[end].isdigit():
            end += 1
        if end < len(self.said) and _FIGURE_AND_UNIT.fullmatch(self.said[end]):
            return end + 1 - place
        return end + 1 - place if place < end < len(self.said) and self.said[end] not in COMMON else 0

    def _word(self, word: str, *, is_last: bool) -> Concept:
        vocabulary = self.lexicon.vocabulary
        if self.lexicon.occurs((stem(word),)):
            longer = vocabulary.beginning_with(word) if is_last and self.is_typing else []
            return Concept(word, _weighed({(stem(word),): 1.0}, [(stem(other),) for other in longer]))
        if longer := vocabulary.beginning_with(word):
            return Concept(word, self._standing_for(longer, COMPLETED))
        if meant := vocabulary.near(word):
            return Concept(word, self._standing_for(meant, MENDED), read_as=meant[0])
        return Concept(word)

    def _standing_for(self, meant: Iterable[str], weight: float) -> dict[Phrase, float]:
        meant = [word for word in meant if word not in COMMON]
        others = [phrase for word in meant for phrase in self.lexicon.synonyms.of(word)]
        return _weighed({(stem(word),): weight for word in meant}, others, weight * SYNONYM)


def _weighed(own: Mapping[Phrase, float], others: Iterable[Phrase], weight: float = SYNONYM) -> dict[Phrase, float]:
    phrases = {phrase: weight for phrase, weight in own.items() if phrase}
    for phrase in others:
        phrases.setdefault(phrase, weight)
    return phrases


def _with_units_apart(said: Iterable[str]) -> str:
    return " ".join(_FIGURE_AND_UNIT.sub(r"\1 \2", word) for word in said)
