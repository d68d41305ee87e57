"""All that readers see, read from the database as plain values, which a copy on disk can hold too."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from kb.models import Edition, EditionEntry, Redirect, Revision, Synonym, Withdrawal

CHANGES_KEPT = 50
FEW = 500
"""As many cards are asked for by name; for more, all are read."""

_ENTRY = (
    *("identity", "kind", "digest", "article_id", "revision_id", "revision", "published_at"),
    *("card", "links"),
)
_WITHDRAWN = ("article_id", "name", "instead", "at")


class Numbered(Protocol):
    """What tells one edition from all others; the number alone would not, after a restore."""

    @property
    def number(self) -> int: ...

    @property
    def stamp(self) -> str: ...


@dataclass(frozen=True)
class Mark:
    """Which edition the site is at, since when, and when the next scheduled article is due."""

    number: int
    stamp: str
    published_at: datetime | None
    next_due_at: datetime | None

    def is_of(self, edition: Numbered) -> bool:
        return (self.number, self.stamp) == (edition.number, edition.stamp)


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
