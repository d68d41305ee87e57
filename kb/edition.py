"""The edition: all that readers see, read once and kept until the next publish.

A page is a function of the edition and its address. `current` costs one query; what is behind it is read again only
when the edition has moved on, as `Contents`: plain values, which a copy on disk can hold too.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from typing import Any

from django.urls import reverse

from kb import frontmatter
from kb.document import Document, Kind, parse
from kb.finding.concepts import Synonyms
from kb.links import Link
from kb.markdown import Resolve, Target
from kb.models import Edition, EditionEntry, Redirect, Revision, Synonym, Withdrawal
from kb.serving.lru import LRUCache
from kb.signs import Fit, Sign

DOCUMENTS_KEPT = 512
PINNED_KEPT = 64
READ_AHEAD = 20
CHANGES_KEPT = 50
FEW = 500
"""As many texts are asked for by name; for more, all are read."""


@dataclass(frozen=True)
class Entry:
    """What lists and cross-links show of one published article, without reading its document."""

    identity: str
    kind: Kind
    code: str
    name: str
    title: str
    summary: str
    description: str
    data_risk: str
    fix_time: str
    fault: str
    sign: str
    reviewed_on: str
    has_flow: bool
    aliases: tuple[str, ...]
    lookalikes: tuple[str, ...]
    sign_rows: tuple[tuple[str, str, str], ...]
    links: frozenset[str]
    article_id: int
    revision_id: int
    revision: int
    digest: str
    published_on: str

    @cached_property
    def signs(self) -> tuple[Sign, ...]:
        """Made when they are first asked for: only the comparison does, and ten thousand articles have many."""
        return tuple(Sign(observation, Fit(fit), note) for observation, fit, note in self.sign_rows)

    @property
    def url(self) -> str:
        match self.kind:
            case Kind.ERROR:
                return reverse("kb:error", args=[self.identity])
            case Kind.GUIDE:
                return reverse("kb:guide", args=[self.identity])
            case Kind.CHOOSER:
                return reverse("triage:choose")

    def file(self, suffix: str) -> str:
        """The address of the article in another form: `md`, `json` or `png`. Raises NoReverseMatch for a chooser."""
        return reverse(f"kb:{self.kind}-file", args=[self.identity, suffix])

    @property
    def triage_url(self) -> str:
        return reverse("triage:choose") if self.kind is Kind.CHOOSER else reverse("triage:start", args=[self.identity])

    @property
    def link_title(self) -> str:
        """The words a cross-link takes: “Error 102: your bank’s server is down”."""
        return f"{self.name}: {self.title}" if self.kind is Kind.ERROR else self.title


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


@dataclass(frozen=True)
class Mark:
    """Which edition the site is at, since when, and when the next scheduled article is due."""

    number: int
    stamp: str
    published_at: datetime | None
    next_due_at: datetime | None

    def is_of(self, edition: "CurrentEdition") -> bool:
        return (self.number, self.stamp) == (edition.number, edition.stamp)


type Texts = Callable[[Collection[Entry]], Mapping[str, str]]
"""Where the documents of an edition are read: the canonical texts of entries, by their digests."""

_documents: LRUCache[str, Document] = LRUCache(DOCUMENTS_KEPT)
_unparsed: LRUCache[str, str] = LRUCache(DOCUMENTS_KEPT)
"""Documents and texts of documents, by digest, of all editions: most articles are the same in the next one."""


@dataclass(frozen=True)
class Contents:
    """An edition in values that JSON can hold. The documents' texts are apart; an entry's `digest` names its own.

    `aside` holds what other apps keep still with the edition, see `keep_with_edition`.
    """

    number: int = 0
    stamp: str = ""
    published_at: str = ""
    entries: Sequence[Mapping[str, Any]] = ()
    names: Sequence[tuple[int, str]] = ()
    withdrawn: Sequence[Mapping[str, Any]] = ()
    changes: Sequence[tuple[int, int, str, str]] = ()
    synonyms: Sequence[Sequence[str]] = ()
    aside: Mapping[str, Any] = field(default_factory=dict)


_aside: dict[str, Callable[[datetime | None], Any]] = {}


def keep_with_edition(name: str, read: Callable[[datetime | None], Any]) -> None:
    """Have every edition hold what `read` says at its beginning: values that JSON can hold, given when it began."""
    _aside[name] = read


def card_of(document: Document) -> dict[str, Any]:
    """What an `Entry` shows of a document, ready for JSON. Pure."""
    times = [fix_time.time for fix_time in document.fix_times]
    return {
        "code": document.code,
        "name": document.name,
        "title": document.title,
        "summary": document.summary,
        "description": document.description,
        "data_risk": document.data_risk or "",
        "fix_time": ", or ".join(dict.fromkeys(time.in_words for time in sorted(times)[:2])),
        "fault": document.fault,
        "sign": document.sign,
        "reviewed_on": document.reviewed_on.isoformat(),
        "has_flow": document.flow is not None,
        "aliases": list(document.aliases),
        "lookalikes": [row.error.lower() for row in document.lookalikes],
        "signs": [frontmatter.plain(sign) for sign in document.signs if sign.fit],
    }


def from_card(card: Mapping[str, Any], earlier: Iterable[str] = ()) -> dict[str, Any]:
    """The fields of an `Entry` that its card holds; `earlier` are names that the article had before."""
    return {
        **{name: value for name, value in card.items() if name != "signs"},
        "aliases": (*card["aliases"], *earlier),
        "lookalikes": tuple(card["lookalikes"]),
        "sign_rows": tuple((sign["observation"], sign["fit"], sign.get("note", "")) for sign in card["signs"]),
    }


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


_ENTRY = (
    *("identity", "kind", "digest", "article_id", "revision_id", "revision", "published_at"),
    *("card", "links"),
)
_WITHDRAWN = ("article_id", "name", "instead", "at")
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


def read_mark() -> Mark:
    """Where the database is: one query."""
    columns = ("number", "stamp", "published_at", "next_due_at")
    return Mark(*(Edition.objects.values_list(*columns).first() or (0, "", None, None)))


def read_contents(mark: Mark, before: Contents | None = None) -> Contents:
    """All that readers see, from the database. Cards follow from texts, so only those of texts new since `before`."""
    columns = ("identity", "kind", "digest", "article_id", "revision_id", "revision__number", "revision__published_at")
    rows = list(EditionEntry.objects.values_list(*columns))
    shown = {row["digest"]: (row["card"], row["links"]) for row in before.entries} if before else {}
    shown |= _read_cards({row[2] for row in rows} - shown.keys())
    withdrawn = Withdrawal.objects.values_list("article_id", "name", "instead", "at")
    changes = Revision.objects.filter(article__entry__isnull=False).values_list(
        "article_id", "number", "note", "published_at"
    )
    return Contents(
        number=mark.number,
        stamp=mark.stamp,
        published_at=mark.published_at.isoformat() if mark.published_at else "",
        entries=tuple(
            dict(zip(_ENTRY, (*row, at.isoformat(), *shown[row[2]]), strict=True))
            for *row, at in rows
            if row[2] in shown  # missing when it was published only just now
        ),
        names=tuple(Redirect.objects.values_list("article_id", "identity")),
        withdrawn=tuple(dict(zip(_WITHDRAWN, (*row, at.isoformat()), strict=True)) for *row, at in withdrawn),
        changes=tuple(
            (article_id, number, note, at.isoformat()) for article_id, number, note, at in changes[:CHANGES_KEPT]
        ),
        synonyms=Synonym.objects.groups(),
        aside={name: read(mark.published_at) for name, read in _aside.items()},
    )


def _read_cards(digests: Collection[str]) -> dict[str, tuple[dict[str, Any], list[str]]]:
    """What lists show of the texts with these digests, and whither they link."""
    entries = EditionEntry.objects.all() if len(digests) > FEW else EditionEntry.objects.filter(digest__in=digests)
    return {digest: (card, links) for digest, card, links in entries.values_list("digest", "card", "links")}


def _number(code: str) -> int:
    return int(code) if code.isascii() and code.isdigit() else 10**9
