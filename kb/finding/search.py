"""Finding articles: codes first and exactly, then words, by the passages that speak for an article.

All that an answer needs is the edition in memory and the index on this node's disk.
"""

import logging
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from string import digits

from kb.document import Kind
from kb.edition import CurrentEdition
from kb.entry import Entry
from kb.finding import indexing
from kb.finding.concepts import Lexicon, Phrase, Synonyms
from kb.finding.excerpts import Piece, excerpt
from kb.finding.indexreader import Hit, IndexReader, Shown
from kb.finding.passages import Part
from kb.finding.querying import Query, clean, read
from kb.finding.searchindex import Damaged, faults_of_the_engine, key_of

log = logging.getLogger(__name__)

MOST_CODES = 5
MOST_RESULTS = 10
MOST_SUGGESTIONS = 6
MOST_NEIGHBORS = 3
MOST_ARTICLES = 10
"""How many articles are compared passage by passage."""
NEAR = 5
"""How far a figure may be from another to be its neighbor."""
FADING = 0.5
"""What each further passage counts beside the one before it."""
FAINT = 0.2
"""The part of the best score below which an article is no result."""
LANDING: dict[int, float] = {Part.TOP: 1.3, Part.FLOW: 0.7}
"""How much rather readers are led to a part than to others that match as well."""
WORTH: dict[int, float] = {
    Part.TOP: 1.75,
    Part.OWN: 1.0,
    Part.CAUSE: 1.1,
    Part.STEP: 0.9,
    Part.FLOW: 0.8,
    Part.OF_ANOTHER: 0.8,
}
"""What a match counts by the part of the article that it is in."""


@dataclass(frozen=True)
class Result:
    """An article with the passage of it that answers best: a heading to land on, and an excerpt."""

    entry: Entry
    passage: Shown
    excerpt: tuple[Piece, ...]

    @property
    def url(self) -> str:
        return f"{self.entry.url}#{self.passage.anchor}" if self.passage.anchor else self.entry.url


@dataclass(frozen=True)
class Answer:
    """The article on a code that was asked for, those it is mistaken for, and what its text says to the other words."""

    entry: Entry
    lookalikes: tuple[Entry, ...]
    result: Result | None


@dataclass(frozen=True)
class Unknown:
    """A code without an article. Its neighbors, articles on codes that look like it, are no answer to it."""

    code: str
    neighbors: tuple[Entry, ...]


@dataclass(frozen=True)
class Found:
    """What a query found. `mended` are mistyped words, each with the one that it was taken for.

    Without `is_complete` the index lacks some of the edition, and words may find less than there is.
    """

    query: Query
    by_code: tuple[Answer, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    by_words: tuple[Result, ...] = ()
    mended: tuple[tuple[str, str], ...] = ()
    is_complete: bool = True

    @property
    def count(self) -> int:
        return len(self.by_code) + len(self.by_words)

    @property
    def has_nothing(self) -> bool:
        return self.count == 0

    @property
    def is_about_known_codes(self) -> bool:
        """Whether codes with an article are all that was asked for. Only such answers may be kept: words never end."""
        return bool(self.by_code) and not self.unknown and not self.query.words


@dataclass(frozen=True)
class _Words:
    """What the words of a query found: results by the identity of their article, the best first."""

    results: Mapping[str, Result] = field(default_factory=dict)
    mended: tuple[tuple[str, str], ...] = ()
    is_complete: bool = True


def find(text: str, edition: CurrentEdition, *, is_typing: bool = False) -> Found:
    """Look a text up, whatever it holds; while it `is_typing`, its last word may be half a word."""
    query = read(text, lambda code: edition.find(code) is not None)
    asked = {entry.identity: entry for code in query.codes if (entry := edition.find(code))}
    asked = dict(islice(asked.items(), MOST_CODES))
    found = _by_words(query.words, edition, asked, is_typing=is_typing)
    return Found(
        query,
        by_code=tuple(
            Answer(entry, _lookalikes(entry, asked, edition), found.results.get(entry.identity))
            for entry in asked.values()
        ),
        unknown=tuple(Unknown(code, _neighbors(code, edition)) for code in query.unknown[:MOST_CODES]),
        by_words=tuple(result for identity, result in found.results.items() if identity not in asked),
        mended=found.mended,
        is_complete=found.is_complete,
    )


def suggest(text: str, edition: CurrentEdition) -> list[Entry | Result]:
    """What may be meant by a text that is still being typed, the best first."""
    codes = _codes_beginning_with(clean(text).lower(), edition)
    found = find(text, edition, is_typing=True)
    known = [answer.entry for answer in found.by_code]
    entries = {entry.identity: entry for entry in [*known, *codes]}
    suggested: list[Entry | Result] = [*entries.values()]
    suggested += [result for result in found.by_words if result.entry.identity not in entries]
    return suggested[:MOST_SUGGESTIONS]


def _lookalikes(entry: Entry, asked: Mapping[str, Entry], edition: CurrentEdition) -> tuple[Entry, ...]:
    """Published articles that this one is mistaken for; of several that were asked for, only one another."""
    others = [other for name in entry.lookalikes if (other := edition.find(name))]
    return tuple(other for other in others if len(asked) < 2 or other.identity in asked)


def _neighbors(code: str, edition: CurrentEdition) -> tuple[Entry, ...]:
    """Articles on figures that are near, or one slip of the finger away."""
    figure = code.lstrip("-")
    if not figure.isdigit():
        return ()
    names = sorted({*_one_slip_from(figure), *_near_to(figure)}, key=lambda name: (abs(int(name) - int(figure)), name))
    return tuple(islice((entry for name in names if (entry := edition.entries.get(name))), MOST_NEIGHBORS))


def _near_to(figure: str) -> set[str]:
    return {str(number) for number in range(max(0, int(figure) - NEAR), int(figure) + NEAR + 1)}


def _one_slip_from(figure: str) -> set[str]:
    """All figures with one digit more, less or changed, or with two swapped."""
    halves = [(figure[:at], figure[at:]) for at in range(len(figure) + 1)]
    more = {f"{start}{digit}{rest}" for start, rest in halves for digit in digits}
    other = {f"{start}{digit}{rest[1:]}" for start, rest in halves if rest for digit in ("", *digits)}
    swapped = {f"{start}{rest[1]}{rest[0]}{rest[2:]}" for start, rest in halves if len(rest) > 1}
    return (more | other | swapped) - {""}


def _codes_beginning_with(start: str, edition: CurrentEdition) -> list[Entry]:
    codes = _codes(edition)
    found = islice(codes, bisect_left(codes, start), None) if start and start[-1].isdigit() else iter(())
    return [edition.entries[code] for code in islice(found, MOST_SUGGESTIONS) if code.startswith(start)]


@lru_cache(1)
def _codes(edition: CurrentEdition) -> list[str]:
    return sorted(entry.identity for entry in edition.entries.values() if entry.kind is Kind.ERROR)


@lru_cache(1)
def _by_key(edition: CurrentEdition) -> dict[int, Entry]:
    """The articles that can be found, as the index names them."""
    return {key_of(entry.identity): entry for entry in edition.entries.values() if entry.kind is not Kind.CHOOSER}


@lru_cache(1)
def _lexicon(reader: IndexReader, synonyms: Synonyms) -> Lexicon:
    return Lexicon(reader.vocabulary(synonyms.words), synonyms, reader.occurs)


def _by_words(text: str, edition: CurrentEdition, asked: Mapping[str, Entry], *, is_typing: bool) -> _Words:
    if not text:
        return _Words()
    reader = indexing.in_step(edition)
    if reader is None:
        return _Words(is_complete=False)
    try:
        with faults_of_the_engine():
            return _search(reader, text, edition, asked, is_typing=is_typing)
    except (Damaged, OSError):
        log.exception("The search index failed")
        indexing.doubt()
        return _Words(is_complete=False)


def _search(
    reader: IndexReader, text: str, edition: CurrentEdition, asked: Mapping[str, Entry], *, is_typing: bool
) -> _Words:
    is_complete = reader.stamp == edition.stamp
    concepts = _lexicon(reader, edition.synonyms).concepts(text, is_typing=is_typing)
    heard = [concept for concept in concepts if concept.phrases]
    if not heard:
        return _Words(is_complete=is_complete)
    entries = _by_key(edition)
    if asked:  # beside a code, words can only be about its article and those that it refers to
        keys = [key_of(name) for entry in asked.values() for name in (entry.identity, *entry.links)]
    else:  # where most words are unheard of, those that are known count in headings only
        keys = reader.choose(heard, most=MOST_ARTICLES, in_headings=2 * len(heard) < len(concepts))
    hits = reader.passages(heard, entries.keys() & keys)
    phrases = {phrase for concept in heard for phrase in concept.phrases}
    ranked = [(entries[key], best) for key, best in _ranked(hits).items()]
    shown = [pair for pair in ranked if pair[0].identity in asked]
    shown += islice((pair for pair in ranked if pair[0].identity not in asked), MOST_RESULTS)
    results = (_result(entry, best, reader, phrases) for entry, best in shown)
    mended = tuple((concept.typed, concept.read_as) for concept in heard if concept.read_as)
    return _Words({result.entry.identity: result for result in results}, mended, is_complete)


def _ranked(hits: Sequence[Hit]) -> dict[int, Hit | None]:
    """The best passage of each article, the best article first; None for one that only others speak of."""
    own: dict[int, list[Hit]] = {}
    of_others: dict[int, list[Hit]] = {}
    for hit in hits:
        (of_others if hit.part == Part.OF_ANOTHER else own).setdefault(hit.about, []).append(hit)
    scores = {key: _total(own.get(key, ())) + _total(of_others.get(key, ())) for key in (*own, *of_others)}
    faintest = FAINT * max(scores.values(), default=0.0)
    ranked = sorted((key for key in scores if scores[key] >= faintest), key=lambda key: (-scores[key], key))
    return {
        key: max(own[key], key=lambda hit: hit.score * LANDING.get(hit.part, 1.0)) if key in own else None
        for key in ranked
    }


def _total(hits: Sequence[Hit]) -> float:
    scores = sorted((hit.score * WORTH[hit.part] for hit in hits), reverse=True)
    return sum(score * FADING**place for place, score in enumerate(scores))


def _result(entry: Entry, best: Hit | None, reader: IndexReader, phrases: set[Phrase]) -> Result:
    passage = reader.shown(best) if best else Shown("", entry.title, entry.description)
    return Result(entry, passage, excerpt(passage.text, phrases))
