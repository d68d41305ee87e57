"""Finding articles: codes first and exactly, then words. Pure over the edition's lists."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kb.edition import Entry
from kb.plaintext import plain_text

LONGEST = 200
_NAMED_CODE = re.compile(
    r"\b(?:err(?:or)?s?|code|qbo|or|and|,)[\s_#:.-]*(?:code|err(?:or)?)?[\s_#:.-]*(?P<code>\d{2,5}|[a-z]{2}-\d{2,4})\b",
    re.IGNORECASE,
)
_MARKED_CODE = re.compile(r"[(\[#](?P<code>\d{3,5})[)\]]?|\b(?P<desktop>[a-z]{2}-\d{3})\b", re.IGNORECASE)
_BARE_CODE = re.compile(r"\W*(?P<code>\d{2,6}|[a-z]{2}-\d{2,4})\W*", re.IGNORECASE | re.ASCII)
_WORD = re.compile(r"[a-z0-9]{2,40}")
_COMMON = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "that",
        "this",
        "what",
        "when",
        "where",
        "your",
        "you",
        "are",
        "can",
        "not",
        "how",
        "why",
        "does",
        "did",
        "have",
        "has",
        "was",
        "will",
        "from",
        "into",
        "out",
        "its",
        "bank",
        "feed",
        "feeds",
        "quickbooks",
        "online",
        "error",
        "errors",
        "code",
        "qbo",
        "my",
        "is",
        "it",
        "to",
        "in",
        "of",
        "on",
        "or",
        "an",
        "at",
        "be",
        "do",
        "me",
    ]
)


@dataclass(frozen=True)
class Hit:
    """One found article; `score` is only good for ordering."""

    entry: Entry
    score: float


@dataclass(frozen=True)
class Found:
    """What a query found: articles for the codes in it, codes without an article, and articles by words."""

    by_code: tuple[Entry, ...]
    unknown: tuple[str, ...]
    by_words: tuple[Entry, ...]


def codes_in(query: str) -> tuple[str, ...]:
    """The error codes that a typed or pasted text names, in order.

    A figure is a code where it reads as one: alone, after “error” or “code”, or in brackets. “350 kb” is not.
    """
    if match := _BARE_CODE.fullmatch(query):
        return (match["code"].lower(),)
    places = [(match.start(), match["code"]) for match in _NAMED_CODE.finditer(query)]
    if not places:
        places = [(match.start(), match["code"] or match["desktop"]) for match in _MARKED_CODE.finditer(query)]
    return tuple(dict.fromkeys(code.lower() for _, code in sorted(places)))


def find(query: str, entries: Iterable[Entry]) -> Found:
    """Look `query` up. Never raises, whatever it holds."""
    known = {entry.identity: entry for entry in entries}
    codes = codes_in(query[:LONGEST])
    by_code = tuple(known[code] for code in codes if code in known)
    of_codes = set(_WORD.findall(" ".join(codes)))
    words = {word for word in _WORD.findall(query[:LONGEST].lower()) if word not in _COMMON} - of_codes
    hits = [Hit(entry, _score(entry, words)) for entry in known.values() if entry not in by_code]
    ranked = sorted((hit for hit in hits if hit.score > 0), key=lambda hit: (-hit.score, hit.entry.identity))
    return Found(by_code, tuple(code for code in codes if code not in known), tuple(hit.entry for hit in ranked[:10]))


def _score(entry: Entry, words: set[str]) -> float:
    weighted = (
        (entry.title, 4),
        (entry.sign, 3),
        (entry.summary, 2),
        (entry.fault, 2),
        (entry.description, 2),
    )
    return sum(weight * _share(words, plain_text(text)) for text, weight in weighted)


def _share(words: set[str], text: str) -> float:
    """The part of `words` that stands in `text`, whole or as the beginning of a word."""
    held = set(_WORD.findall(text.lower()))
    found = sum(1 for word in words if any(other.startswith(word[: max(4, len(word) - 2)]) for other in held))
    return found / len(words) if words else 0.0
