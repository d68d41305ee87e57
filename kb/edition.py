"""The edition: all that readers see, read once and kept until the next publish.

A page is a function of the edition and its address. `current` costs one query; what is behind it is read again only
when the edition has moved on.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from typing import Any

from kb.contents import Contents, read_contents, read_mark
from kb.document import Document, Kind, parse
from kb.entry import Entry, from_card
from kb.finding.concepts import Synonyms
from kb.links import Link
from kb.markdown import Resolve, Target
from kb.models import Revision
from kb.serving.lru import LRUCache

DOCUMENTS_KEPT = 512
PINNED_KEPT = 64
READ_AHEAD = 20


@dataclass(frozen=True)
class Withdrawn:
    """An article that was taken from readers: what it was called, and which articles may help instead."""

    name: str
    names: tuple[str, ...]
    instead: tuple[str, ...]
    on: date


@dataclass(frozen=True)
class Change:
    """One revision of an article that is live, for the list of what changed."""

    article_id: int
    number: int
    note: str
    published_at: datetime


type Texts = Callable[[Collection[Entry]], Mapping[str, str]]
"""Where the documents of an edition are read: the canonical texts of entries, by their digests."""

_documents: LRUCache[str, Document] = LRUCache(DOCUMENTS_KEPT)
_unparsed: LRUCache[str, str] = LRUCache(DOCUMENTS_KEPT)
"""Documents and texts of documents, by digest, of all editions: most articles are the same in the next one."""


class CurrentEdition:
    """One edition. Lists are in memory; documents are read from their revisions when they are first asked for."""

    def __init__(
        self,
        number: int,
        stamp: str,
        entries: Iterable[Entry],
        *,
        published_at: datetime | None = None,
        withdrawn: Iterable[Withdrawn] = (),
        changes: Iterable[Change] = (),
        synonyms: Synonyms | None = None,
        aside: Mapping[str, Any] | None = None,
        texts: Texts | None = None,
        contents: Contents | None = None,
    ) -> None:
        self.number = number
        self.stamp = stamp
        self.published_at = published_at
        self.next_due_at: datetime | None = None
        self.changes = tuple(changes)
        self.synonyms = synonyms or Synonyms()
        self.aside = aside or {}
        self.contents = contents
        self.entries: Mapping[str, Entry] = {entry.identity: entry for entry in entries}
        self._withdrawn = {name: gone for gone in withdrawn for name in gone.names}
        self.identities: Mapping[str, str] = {
            **{alias: entry.identity for entry in self.entries.values() for alias in entry.aliases},
            **{identity: identity for identity in self.entries},
        }
        """From every name of an article, earlier names and aliases included, to its identity."""
        self.texts = texts or texts_of
        self._ingredients = cache(self._name_ingredients)
        self._pinned = lru_cache(PINNED_KEPT)(self._read_pinned)

    def of_kind(self, kind: Kind) -> list[Entry]:
        """Errors by number, guides by title."""
        return list(self._by_kind[kind])

    @cached_property
    def _by_kind(self) -> Mapping[Kind, Sequence[Entry]]:
        found: dict[Kind, list[Entry]] = {kind: [] for kind in Kind}
        for entry in sorted(self.entries.values(), key=lambda entry: (_number(entry.code), entry.code, entry.title)):
            found[entry.kind].append(entry)
        return found

    @property
    def chooser(self) -> Entry | None:
        """The published “which error is it?”, if there is one."""
        return next(iter(self.of_kind(Kind.CHOOSER)), None)

    @property
    def chooser_document(self) -> Document | None:
        """The document of the chooser, which lists what readers can observe."""
        return self.document(self.chooser.identity) if self.chooser else None

    def find(self, name: str) -> Entry | None:
        """An entry by identity or alias, in any capitals."""
        identity = self.identities.get(name.lower())
        return self.entries[identity] if identity is not None else None

    def withdrawn(self, name: str) -> Withdrawn | None:
        """An article that was taken from readers, by any of its names, in any capitals."""
        return self._withdrawn.get(name.lower())

    def document(self, identity: str) -> Document | None:
        """The live document of an identity, or None."""
        entry = self.entries.get(identity)
        if entry is None:
            return None
        document = _documents.get(entry.digest)
        if document is None:
            document = parse(self._text_of(entry))
            _documents.put(entry.digest, document)
        return document

    def _text_of(self, entry: Entry) -> str:
        """The text of an entry's document. Where it has to be read, so are those that its page may ask for next."""
        text = _unparsed.get(entry.digest)
        if text is None:
            linked = [other for name in entry.links if (other := self.entries.get(name))]
            wanted = [one for one in [entry, *linked[:READ_AHEAD]] if _documents.get(one.digest) is None]
            read = self.texts(wanted)
            for digest, each in read.items():
                _unparsed.put(digest, each)
            text = read[entry.digest]
        return text

    def pinned(self, entry: Entry, number: int) -> Document | None:
        """The document of an earlier revision of an entry's article, or None."""
        return self.document(entry.identity) if number == entry.revision else self._pinned(entry.article_id, number)

    def backlinks(self, identity: str) -> list[Entry]:
        """The articles that link to this one, errors by number first."""
        return list(self._linking.get(identity, ()))

    @cached_property
    def _linking(self) -> Mapping[str, Sequence[Entry]]:
        """From each identity to the entries that link to it under any of its names."""
        found: dict[str, list[Entry]] = {}
        for entry in (*self._by_kind[Kind.ERROR], *self._by_kind[Kind.GUIDE]):
            for identity in {self.identities.get(link, link) for link in entry.links}:
                found.setdefault(identity, []).append(entry)
        return found

    def ingredients(self, identity: str) -> str:
        """Names all that the page of an article shows of this edition; empty where there is no such article.

        That is its own revision, and of the articles that it links to and that link to it, their texts.
        """
        return self._ingredients(identity) if identity in self.entries else ""

    def _name_ingredients(self, identity: str) -> str:
        entry = self.entries[identity]
        linked = [(name, other.identity, other.digest) for name in sorted(entry.links) if (other := self.find(name))]
        linking = [(other.identity, other.digest) for other in self.backlinks(identity)]
        named = repr((entry.digest, entry.revision, entry.published_on, linked, linking))
        return blake2b(named.encode(), digest_size=16).hexdigest()

    def unresolved(self) -> Iterator[tuple[Entry, str]]:
        """Links to what is not published yet: each entry with the identity that it names."""
        for entry in self.entries.values():
            for target in sorted(entry.links):
                if self.find(target) is None:
                    yield entry, target

    def resolve(self, here: Document | None = None) -> Resolve:
        """How cross-links find their targets; links of `here` to itself become fragments."""

        def find(link: Link) -> Target | None:
            fragment = f"#{link.anchor}" if link.anchor else ""
            if here is not None and fragment and link.target == here.identity:
                return Target(fragment, here.title)
            entry = self.find(link.target)
            return Target(f"{entry.url}{fragment}", entry.link_title) if entry else None

        return find

    def _read_pinned(self, article_id: int, number: int) -> Document | None:
        text = Revision.objects.filter(article_id=article_id, number=number).values_list("text", flat=True).first()
        return parse(text) if text is not None else None


def texts_of(entries: Collection[Entry]) -> dict[str, str]:
    """The texts of live revisions by digest, those that are there, from the database: one query."""
    revisions = Revision.objects.filter(pk__in=[entry.revision_id for entry in entries])
    texts = dict(revisions.values_list("pk", "text"))
    return {entry.digest: texts[entry.revision_id] for entry in entries if entry.revision_id in texts}


def edition_of(contents: Contents, texts: Texts = texts_of) -> CurrentEdition:
    """The edition with these contents, its documents read by `texts`."""
    names: dict[int, list[str]] = {}
    for article_id, name in contents.names:
        names.setdefault(article_id, []).append(name)
    return CurrentEdition(
        contents.number,
        contents.stamp,
        [_entry(row, names.get(row["article_id"], ())) for row in contents.entries],
        published_at=datetime.fromisoformat(contents.published_at) if contents.published_at else None,
        withdrawn=[
            Withdrawn(gone["name"], tuple(names.get(gone["article_id"], ())), tuple(gone["instead"]), _day(gone["at"]))
            for gone in contents.withdrawn
        ],
        changes=[
            Change(article_id, number, note, datetime.fromisoformat(at))
            for article_id, number, note, at in contents.changes
        ],
        synonyms=Synonyms(contents.synonyms),
        aside=contents.aside,
        texts=texts,
        contents=contents,
    )


def _entry(row: Mapping[str, Any], earlier: Iterable[str]) -> Entry:
    return Entry(
        **from_card(row["card"], earlier),
        identity=row["identity"],
        kind=Kind(row["kind"]),
        links=frozenset(row["links"]),
        article_id=row["article_id"],
        revision_id=row["revision_id"],
        revision=row["revision"],
        digest=row["digest"],
        published_on=_day(row["published_at"]).isoformat(),
    )


def _day(moment: str) -> date:
    return datetime.fromisoformat(moment).date()


_held: CurrentEdition | None = None


def current() -> CurrentEdition:
    """The edition that the site is at: one query, and some more when it has moved on since this process last asked."""
    global _held
    mark = read_mark()
    held = _held
    if held is None or not mark.is_of(held):
        held = _held = edition_of(read_contents(mark, held.contents if held else None))
    held.next_due_at = mark.next_due_at  # changes without a new edition
    return held


def _number(code: str) -> int:
    return int(code) if code.isascii() and code.isdigit() else 10**9
