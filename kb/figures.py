"""Typed figures: durations, prices and levels, as documents write them and as readers see them."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ESTIMATE = "estimate"
"""What a figure names instead of a source when no published figure exists."""

MINUTE, HOUR, DAY = 60, 3600, 86_400

_UNITS = {"s": 1, "min": MINUTE, "h": HOUR, "d": DAY}
_NAMES = {"s": "second", "min": "minute", "h": "hour", "d": "day"}
_DURATION = re.compile(r"(?P<low>\d{1,6})(?: ?- ?(?P<high>\d{1,6}))? ?(?P<unit>s|min|h|d)", re.ASCII)
_CURRENCY_SIGNS = {"USD": "$", "CAD": "CA$", "GBP": "£", "EUR": "€", "AUD": "A$"}


class Level(StrEnum):
    """A risk level, in the order of the gauge."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, order=True)
class Duration:
    """A range of time in whole seconds, 0 < maximum, minimum <= maximum. Sorts by minimum, then maximum."""

    minimum: int
    maximum: int

    def __post_init__(self) -> None:
        if not 0 <= self.minimum <= self.maximum or self.maximum == 0:
            raise ValueError(
                f"a duration runs from the shorter to the longer time, not {self.minimum} to {self.maximum} seconds"
            )

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Read `45 s`, `5 min`, `12-24 h` or `3-5 d`. Raises ValueError with a sentence for editors."""
        match = _DURATION.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"write a time such as “45 s”, “5 min”, “12-24 h” or “3 d”, not “{text[:40]}”")
        low, unit = int(match["low"]), _UNITS[match["unit"]]
        return cls(low * unit, int(match["high"] or low) * unit)

    def __str__(self) -> str:
        low, high, unit = self._in_unit()
        return f"{low} {unit}" if low == high else f"{low}-{high} {unit}"

    @property
    def in_words(self) -> str:
        """For readers: “45 seconds”, “12 to 24 hours”."""
        low, high, unit = self._in_unit()
        span = str(low) if low == high else f"{low} to {high}"
        return f"{span} {_NAMES[unit]}{'' if high == 1 else 's'}"

    @property
    def in_words_at_most(self) -> str:
        """The longer end: “24 hours”."""
        return Duration(self.maximum, self.maximum).in_words

    def _in_unit(self) -> tuple[int, int, str]:
        """Use the largest unit that needs no fraction; days only from three on, since people say “48 hours”."""
        for unit in ("d", "h", "min"):
            size = _UNITS[unit]
            fits = self.minimum % size == 0 and self.maximum % size == 0
            if fits and (unit != "d" or self.maximum >= 3 * DAY):
                return self.minimum // size, self.maximum // size, unit
        return self.minimum, self.maximum, "s"


def price_range_in_words(low: Decimal, high: Decimal, currency: str) -> str:
    """For readers: “$60–$120”; a currency without a sign is written out: “60–120 CHF”."""
    sign = _CURRENCY_SIGNS.get(currency)
    if sign is None:
        return f"{_amount(low)}–{_amount(high)} {currency}" if low != high else f"{_amount(low)} {currency}"
    return f"{sign}{_amount(low)}–{sign}{_amount(high)}" if low != high else f"{sign}{_amount(low)}"


def _amount(value: Decimal) -> str:
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"
