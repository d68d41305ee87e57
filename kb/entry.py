"""What lists and cross-links show of a published article, without reading its document."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.urls import reverse

from kb import frontmatter
from kb.document import Document, Kind
from kb.signs import Fit, Sign


@dataclass(frozen=True)
class Entry:
    """One published article as lists show it."""

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
    sign_rows: Sequence[Mapping[str, str]] = field(hash=False)
    links: frozenset[str]
    article_id: int
    revision_id: int
    revision: int
    digest: str
    published_on: str

    @cached_property
    def signs(self) -> tuple[Sign, ...]:
        """Made when they are first asked for: only the comparison does, and ten thousand articles have many."""
        return tuple(Sign(row["observation"], Fit(row["fit"]), row.get("note", "")) for row in self.sign_rows)

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
        "sign_rows": card["signs"],
    }
