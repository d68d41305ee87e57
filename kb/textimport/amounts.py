"""Times, prices, percentages and risk levels as running text writes them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from kb.figures import DAY, HOUR, MINUTE, Duration, Level
from kb.textimport.lines import plain_signs

_WORDS: dict[str, Decimal | int] = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "a": 1, "an": 1, "half an": Decimal("0.5"), "half a": Decimal("0.5"),
}  # fmt: skip
_UNITS = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_NUMBER = rf"(?:\d{{1,4}}(?:\.\d{{1,2}})?|{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
_UNIT = (
    r"(?:seconds?|secs?|s|minutes?|mins?|min|hours?|hrs?|h|weeks?"
    r"|(?:(?:business|working|banking|calendar)[ -])?days?|d)"
)
_TO = r"\s*(?:-|\bto\b)\s*"
_BETWEEN = r"\s*(?:-|/|\bto\b|\bor\b|\band\b)\s*"
_DURATION = re.compile(
    r"(?P<most>\b(?:up to|at most|no more than|not more than|less than|under|maximum(?: of)?)\s+)?"
    rf"(?<![\w.,$£€])(?P<low>{_NUMBER})"
    rf"(?:[\s-]*(?P<low_unit>{_UNIT}){_TO}(?P<far>{_NUMBER})|{_BETWEEN}(?P<high>{_NUMBER}))?"
    rf"[\s-]*\b(?P<unit>{_UNIT})\b(?!\.\w)",
    re.IGNORECASE,
)
_SIGNS = {
    "us$": "USD", "$": "USD", "usd": "USD", "dollars": "USD", "dollar": "USD", "ca$": "CAD", "c$": "CAD", "cad": "CAD",
    "a$": "AUD", "au$": "AUD", "aud": "AUD", "£": "GBP", "gbp": "GBP", "€": "EUR", "eur": "EUR", "euros": "EUR",
}  # fmt: skip
_SIGN = r"(?:US\$|CA\$|AU\$|C\$|A\$|\$|£|€|\b(?:USD|CAD|AUD|GBP|EUR)\b)"
_AMOUNT = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{1,7}(?:\.\d{1,2})?"
_PRICE = re.compile(
    rf"(?P<most>\b(?:up to|at most|no more than|less than|under)\s+)?(?P<sign>{_SIGN})?\s*(?<![\w.])(?P<low>{_AMOUNT})"
    rf"(?P<thousand>k\b)?(?:\s*(?:-|\bto\b)\s*(?:{_SIGN})?\s*(?P<high>{_AMOUNT})(?P<thousands>k\b)?)?(?![\d%])"
    rf"\s*(?P<more>\+|\bor more\b|\band up\b|\bupwards?\b)?\s*(?P<after>\b(?:USD|CAD|AUD|GBP|EUR|dollars?|euros)\b|€)?",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    r"(?<![\w.,])(?P<low>\d{1,3}(?:\.\d{1,2})?)\s*%?(?:\s*(?:-|\bto\b)\s*(?P<high>\d{1,3}(?:\.\d{1,2})?))?"
    r"\s*(?:%|percent\b|per cent\b|pct\b)",
    re.IGNORECASE,
)
_LEVELS = {
    "none": Level.LOW, "minimal": Level.LOW, "negligible": Level.LOW, "very low": Level.LOW, "low": Level.LOW,
    "moderate": Level.MEDIUM, "medium": Level.MEDIUM, "elevated": Level.MEDIUM, "high": Level.HIGH,
    "very high": Level.HIGH, "severe": Level.HIGH, "critical": Level.HIGH, "extreme": Level.HIGH,
}  # fmt: skip
_LEVEL_WORD = "|".join(sorted(_LEVELS, key=len, reverse=True))
_LEVEL = re.compile(
    rf"\s*(?P<low>{_LEVEL_WORD})(?:\s*(?:-|/|\bto\b|\bor\b)\s*(?P<high>{_LEVEL_WORD}))?\b(?P<after>[\s.,:;-]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Time:
    """A time within a text. `is_reversed` means that it was written from long to short."""

    start: int
    end: int
    value: Duration
    is_reversed: bool


@dataclass(frozen=True)
class Price:
    """A price within a text. `is_plain` means that the two amounts say all that the words say."""

    start: int
    end: int
    low: Decimal
    high: Decimal
    currency: str
    is_reversed: bool
    is_plain: bool


@dataclass(frozen=True)
class Percent:
    """A percentage within a text; None as value where it is a range, or no whole number from 1 to 100."""

    start: int
    end: int
    value: int | None
    low: Decimal


@dataclass(frozen=True)
class Risk:
    """The level with which a text begins. `is_plain` means that the word is the level’s own."""

    end: int
    level: Level
    is_plain: bool


def times_in(text: str) -> list[Time]:
    return list(_times(text))


def prices_in(text: str) -> list[Price]:
    """Only what has the sign or the name of a currency."""
    return list(_prices(text))


def percents_in(text: str) -> list[Percent]:
    return [_percent(match) for match in _PERCENT.finditer(plain_signs(text))]


def risk_in(text: str) -> Risk | None:
    """The level that stands at the beginning. Of two, as in “Low-Medium”, the higher one counts."""
    match = _LEVEL.match(plain_signs(text))
    if match is None:
        return None
    levels = [_LEVELS[" ".join(match[name].lower().split())] for name in ("low", "high") if match[name]]
    is_plain = len(levels) == 1 and match["low"].lower() in set(Level)
    return Risk(match.end(), max(levels, key=list(Level).index), is_plain)


def _times(text: str) -> Iterator[Time]:
    for match in _DURATION.finditer(plain_signs(text)):
        unit = _size(match["unit"])
        upper = match["far"] or match["high"]
        low = _number(match["low"]) * (_size(match["low_unit"]) if match["low_unit"] else unit)
        high = _number(upper) * unit if upper else low
        if match["most"] and not upper:
            low = Decimal(0)
        shorter, longer = sorted((low, high))
        if value := _duration(shorter, longer):
            yield Time(match.start(), match.end(), value, is_reversed=low > high)


def _duration(low: Decimal, high: Decimal) -> Duration | None:
    """None for what cannot be written as a document’s duration."""
    if low != int(low) or high != int(high):
        return None
    try:
        value = Duration(int(low), int(high))
        return value if Duration.parse(str(value)) == value else None
    except ValueError:
        return None


def _number(text: str) -> Decimal:
    return Decimal(_WORDS.get(text.lower(), 0)) or Decimal(text if text[0].isdigit() else 0)


def _size(unit: str) -> int:
    return _UNITS[unit.lower().split()[-1].split("-")[-1][0]]


def _prices(text: str) -> Iterator[Price]:
    for match in _PRICE.finditer(plain_signs(text)):
        sign = match["sign"] or match["after"]
        if not sign:
            continue
        low = _amount(match["low"], match["thousand"])
        high = _amount(match["high"], match["thousands"]) if match["high"] else low
        if match["high"] and match["thousands"] and not match["thousand"] and low < high / 1000:
            low *= 1000  # “$1–2k”
        is_plain = not (match["most"] or match["more"])
        if match["most"] and not match["high"]:
            low = Decimal(0)
        if max(low, high) < 10_000_000:
            is_reversed = low > high
            low, high = sorted((low, high))
            yield Price(match.start(), match.end(), low, high, _SIGNS[sign.lower()], is_reversed, is_plain)


def _amount(text: str, thousand: str | None) -> Decimal:
    return Decimal(text.replace(",", "")) * (1000 if thousand else 1)


def _percent(match: re.Match[str]) -> Percent:
    low = Decimal(match["low"])
    is_whole = match["high"] is None and low == int(low) and 1 <= low <= 100
    return Percent(match.start(), match.end(), int(low) if is_whole else None, low)
