"""The edition: all that readers see, read once and kept until the next publish.

A page is a function of the edition and its address. `current` costs one query; the lists behind it are read again only
when the edition has moved on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.urls import reverse

from kb import frontmatter
from kb.document import Document, Kind, parse
from kb.links import Link
from kb.markdown import Resolve, Target
from kb.models import Edition, EditionEntry, Redirect, Revision
from kb.pagestore import PageStore
from kb.signs import Fit, Sign

DOCUMENTS_KEPT = 512
PINNED_KEPT = 64


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
    signs: tuple[Sign, ...]
    links: frozenset[str]
    article_id: int
    revision_id: int
    revision: int
    published_on: str

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
        **card,
        "aliases": (*card["aliases"], *earlier),
        "lookalikes": tuple(card["lookalikes"]),
        "signs": tuple(Sign(sign["observation"], Fit(sign["fit"]), sign.get("note", "")) for sign in card["signs"]),
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
    ) -> None:
        self.number = number
        self.stamp = stamp
        self.published_at = published_at
        self.next_due_at: datetime | None = None
        self.pages = PageStore()
        self.entries: Mapping[str, Entry] = {entry.identity: entry for entry in entries}
        self._withdrawn = {name: gone for gone in withdrawn for name in gone.names}
        self.identities: Mapping[str, str] = {
            **{alias: entry.identity for entry in self.entries.values() for alias in entry.aliases},
            **{identity: identity for identity in self.entries},
        }
        """From every name of an article, earlier names and aliases included, to its identity."""
        self._revision = lru_cache(DOCUMENTS_KEPT)(self._read_revision)
        self._pinned = lru_cache(PINNED_KEPT)(self._read_pinned)

    def of_kind(self, kind: Kind) -> list[Entry]:
        """Errors by number, guides by title."""
        found = [entry for entry in self.entries.values() if entry.kind is kind]
        return sorted(found, key=lambda entry: (_number(entry.code), entry.code, entry.title))

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
        return self._revision(entry.revision_id) if entry else None

    def pinned(self, entry: Entry, number: int) -> Document | None:
        """The document of an earlier revision of an entry's article, or None."""
        return self.document(entry.identity) if number == entry.revision else self._pinned(entry.article_id, number)

    def backlinks(self, identity: str) -> list[Entry]:
        """The articles that link to this one, errors by number first."""
        entry = self.entries.get(identity)
        names = {identity, *(entry.aliases if entry else ())}
        found = [entry for kind in Kind for entry in self.of_kind(kind)]
        return [entry for entry in found if names & entry.links and entry.kind is not Kind.CHOOSER]

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

    def _read_revision(self, pk: int) -> Document:
        return parse(Revision.objects.values_list("text", flat=True).get(pk=pk))

    def _read_pinned(self, article_id: int, number: int) -> Document | None:
        text = Revision.objects.filter(article_id=article_id, number=number).values_list("text", flat=True).first()
        return parse(text) if text is not None else None


_held: CurrentEdition | None = None


def current() -> CurrentEdition:
    """The edition that the site is at: one query, or two when it has moved on since this process last asked."""
    global _held
    number, stamp, published_at, next_due_at = Edition.objects.values_list(
        "number", "stamp", "published_at", "next_due_at"
    ).first() or (0, "", None, None)
    held = _held
    if held is None or (held.number, held.stamp) != (number, stamp):
        earlier, withdrawn = _read_names()
        held = _held = CurrentEdition(
            number, stamp, _read_entries(earlier), published_at=published_at, withdrawn=withdrawn
        )
    held.next_due_at = next_due_at  # changes without a new edition
    return held


def _read_names() -> tuple[dict[int, list[str]], list[Withdrawn]]:
    """The earlier names of published articles, by the article's primary key; and what was taken from readers."""
    names: dict[int, list[str]] = {}
    withdrawals: dict[int, tuple[str, list[str], datetime]] = {}
    for article_id, identity, *withdrawal in Redirect.objects.values_list(
        "article_id", "identity", *(f"article__withdrawal__{field}" for field in ("name", "instead", "at"))
    ):
        names.setdefault(article_id, []).append(identity)
        if withdrawal[0] is not None:
            name, instead, at = withdrawal
            withdrawals[article_id] = name, instead, at
    withdrawn = [
        Withdrawn(name, tuple(names[article_id]), tuple(instead), at.date())
        for article_id, (name, instead, at) in withdrawals.items()
    ]
    return names, withdrawn


def _read_entries(earlier: Mapping[int, Sequence[str]]) -> Iterator[Entry]:
    rows = EditionEntry.objects.values_list(
        "identity",
        "kind",
        "card",
        "links",
        "article_id",
        "revision_id",
        "revision__number",
        "revision__published_at",
    )
    for identity, kind, card, links, article_id, revision_id, number, published_at in rows:
        yield Entry(
            **from_card(card, earlier.get(article_id, ())),
            identity=identity,
            kind=Kind(kind),
            links=frozenset(links),
            article_id=article_id,
            revision_id=revision_id,
            revision=number,
            published_on=published_at.date().isoformat(),
        )


def _number(code: str) -> int:
    return int(code) if code.isascii() and code.isdigit() else 10**9
