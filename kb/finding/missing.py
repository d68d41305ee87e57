"""Counting what readers searched for and did not get, so that editors can write it; nothing personal is kept."""

import re
from collections.abc import Iterator
from datetime import date
from functools import partial

from django.db import transaction

from kb.finding.search import Found
from kb.models import SearchMiss
from kb.models.search_miss import LONGEST_MISS
from kb.serving.watch import beside, database_down_for

LONGEST_CODE = 5  # digits; what is longer may be the code that a bank sent
MOST_DIGITS = 6
"""Digits of a query that is kept; more may be a telephone or account number."""

_FIGURE = re.compile(r"[0-9]{4,}")
_PERSONAL = re.compile(r"@|://|\w[!$%^&*+=?~]+\w")  # mail and web addresses, passwords
_HARMLESS = re.compile(r"(?:[a-z]{1,3}|err|error|errors|code|codes|qbo)[-_#:.=]*[0-9]*|[0-9]+[a-z]{0,4}")


def count_misses(found: Found, *, day: date) -> None:
    """Count the codes without an article in a query, or that it found nothing at all."""
    for kind, query in _misses(found):
        count(kind, query, day=day)


def count(kind: SearchMiss.Kind, query: str, *, day: date) -> None:
    """Count a miss, if that can be done: no reader waits for it."""
    if database_down_for() is None:
        beside(partial(_count, kind, query, day))


def _count(kind: SearchMiss.Kind, query: str, day: date) -> None:
    with transaction.atomic():
        SearchMiss.objects.add_miss(kind, query, day=day)


def impersonal(text: str) -> str:
    """A query as it may be kept: short, in lower case, longer figures hidden; empty if it may be personal."""
    words = text.lower().split()
    is_doubtful = any(_mixes_letters_and_figures(word) for word in words)
    if is_doubtful or _PERSONAL.search(text) or sum(char.isdigit() for char in text) > MOST_DIGITS:
        return ""
    return _shortened(_FIGURE.sub("#", " ".join(words)))


def _misses(found: Found) -> Iterator[tuple[SearchMiss.Kind, str]]:
    for unknown in found.unknown:
        is_short = sum(char.isdigit() for char in unknown.code) <= LONGEST_CODE
        yield SearchMiss.Kind.UNKNOWN_CODE, unknown.code if is_short else ""
    if found.has_nothing and not found.unknown and found.is_complete:
        yield SearchMiss.Kind.NOTHING, impersonal(found.query.text)


def _mixes_letters_and_figures(word: str) -> bool:
    """As passwords do, and names of errors and amounts in their own way."""
    plain = word.strip(".,;:!?()[]{}'\"“”‘’#*-")
    has_both = any(char.isdigit() for char in plain) and any(char.isalpha() for char in plain)
    return has_both and not _HARMLESS.fullmatch(plain)


def _shortened(text: str) -> str:
    if len(text) <= LONGEST_MISS:
        return text
    return text[: LONGEST_MISS + 1].rpartition(" ")[0] or text[:LONGEST_MISS]
