"""Asking the search index: one state of it, which no later change alters."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from tantivy import DocAddress, Occur, Query, Schema, Searcher

from kb.finding.concepts import Concept, Phrase
from kb.finding.vocabulary import Vocabulary

STATE = "state"
"""Stands where other documents of the index have the digest of an article's document."""
ALSO = 0.1
"""What each further phrase of a concept adds to the one that fits best."""
APART = 1
"""How many words may stand between those of a phrase."""
MOST_PLACES = 5_000
"""How many places of words are looked through to choose articles. Commoner words only rank what was chosen."""
HITS_TO_CHOOSE = 100
MOST_HITS = 200


class Hit(NamedTuple):
    """A passage that speaks for the article `about`, a key as `searchindex.key_of` makes it; `part` is a Part."""

    score: float
    about: int
    part: int
    address: DocAddress


@dataclass(frozen=True)
class Shown:
    """What readers see of a passage; `anchor` is the fragment of the article's page."""

    anchor: str
    heading: str
    text: str


class _Leaf(NamedTuple):
    """A word or phrase in one field, what finding it is worth, and in how many passages it stands at most."""

    field: str
    phrase: Phrase
    weight: float
    passages: int


class IndexReader:
    """One state of the index."""

    def __init__(self, searcher: Searcher, schema: Schema) -> None:
        self._searcher = searcher
        self._schema = schema

    @cached_property
    def stamp(self) -> str:
        """The edition that this state holds; empty while it is being made."""
        hits = self._searcher.search(Query.term_query(self._schema, "digest", STATE), 1).hits
        return self._stored(hits[0][1]) if hits else ""

    @cached_property
    def digests(self) -> frozenset[str]:
        """The documents whose passages this state holds."""
        terms = self._searcher.terms_with_prefix("digest", "", filter_query=Query.all_query())
        return frozenset(digest for digest, _ in terms) - {STATE}

    def vocabulary(self, more: Iterable[str]) -> Vocabulary:
        """The words of all articles, and `more`."""
        return Vocabulary({**dict.fromkeys(more, 0), **dict(self._searcher.terms_with_prefix("words", ""))})

    def occurs(self, phrase: Phrase) -> bool:
        """Whether any passage has these stems next to one another."""
        if any(not self._passages_with("text", stem) for stem in phrase):
            return False
        return len(phrase) == 1 or bool(self._searcher.search(self._said("text", phrase), 1, count=False).hits)

    def choose(self, concepts: Sequence[Concept], *, most: int, in_headings: bool = False) -> list[int]:
        """The keys of the articles that the concepts lead to, roughly the best first.

        The rarest word of a phrase stands for it here: single words are found by far the fastest.
        """
        stems: dict[tuple[str, str], _Leaf] = {}
        for concept in concepts:
            for leaf in self._leaves(concept, ("heading",) if in_headings else ("text", "heading")):
                _, rarest = min((self._passages_with(leaf.field, stem), stem) for stem in leaf.phrase)
                known = stems.setdefault((leaf.field, rarest), leaf)
                stems[leaf.field, rarest] = leaf._replace(phrase=(rarest,), weight=max(leaf.weight, known.weight))
        places = 0
        chosen: list[Query] = []
        for leaf in sorted(stems.values(), key=lambda leaf: leaf.passages):
            places += leaf.passages
            if chosen and places > MOST_PLACES:
                break
            chosen.append(self._query(leaf))
        hits = self._searcher.search(_any(chosen), HITS_TO_CHOOSE, count=False).hits
        return list(dict.fromkeys(self._numbers("about", [address for _, address in hits])))[:most]

    def passages(self, concepts: Sequence[Concept], articles: Collection[int]) -> list[Hit]:
        """The passages that speak for these articles, the best first.

        Each word is looked for among these articles: looking for all of them together would read far more of the index.
        """
        among = Query.const_score_query(_any(Query.term_query(self._schema, "about", key) for key in articles), 0.0)
        meant = [
            Query.disjunction_max_query([_both(among, self._query(leaf)) for leaf in leaves], ALSO)
            for concept in concepts
            if (leaves := [*self._leaves(concept, ("text",))])
        ]
        hits = self._searcher.search(_any(meant), MOST_HITS, count=False).hits
        addresses = [address for _, address in hits]
        about, parts = self._numbers("about", addresses), self._numbers("part", addresses)
        scores = [float(score) for score, _ in hits]
        return list(map(Hit, scores, about, parts, addresses))

    def shown(self, hit: Hit) -> Shown:
        return Shown(*json.loads(self._stored(hit.address)))

    def _leaves(self, concept: Concept, fields: Sequence[str]) -> Iterator[_Leaf]:
        for phrase, weight in concept.phrases.items():
            for field in fields:
                if passages := min(self._passages_with(field, stem) for stem in phrase):
                    yield _Leaf(field, phrase, weight, passages)

    def _query(self, leaf: _Leaf) -> Query:
        return Query.boost_query(self._said(leaf.field, leaf.phrase), leaf.weight)

    def _said(self, field: str, phrase: Phrase) -> Query:
        if len(phrase) == 1:
            return Query.term_query(self._schema, field, phrase[0], "freq")
        return Query.phrase_query(self._schema, field, list(phrase), slop=APART)

    def _passages_with(self, field: str, stem: str) -> int:
        count: int = self._searcher.doc_freq(field, stem)
        return count

    def _numbers(self, field: str, addresses: list[DocAddress]) -> list[int]:
        return [int(number or 0) for number in self._searcher.fast_field_values(field, addresses)]

    def _stored(self, address: DocAddress) -> str:
        """What the entry at an address holds to be shown."""
        stored: list[int] = self._searcher.doc(address)["shown"][0]
        return bytes(stored).decode()


def _any(queries: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _both(one: Query, other: Query) -> Query:
    return Query.boolean_query([(Occur.Must, one), (Occur.Must, other)])
