"""Figures as people write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.figures import Level
from kb.textimport.amounts import percents_in, prices_in, risk_in, times_in


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("The 45-Second Solution", ["45 s"]),
        ("Variable. Often 5 minutes; else 24 to 48 hours of waiting.", ["5 min", "24-48 h"]),
        ("2–4 hours", ["2-4 h"]),
        ("1 business day", ["24 h"]),
        ("3-5 business days", ["3-5 d"]),
        ("30 minutes to 2 hours", ["30-120 min"]),
        ("5 minutes or 2 hours", ["5 min", "2 h"]),
        ("between 5 and 10 min", ["5-10 min"]),
        ("half an hour", ["30 min"]),
        ("1.5 hrs", ["90 min"]),
        ("two to three weeks", ["14-21 d"]),
        ("up to 48 hours", ["0-48 h"]),
        ("12-24 hours, 7 days a week", ["12-24 h", "7 d"]),
        ("48 to 24 hours", ["24-48 h"]),
        ("within 3 tries, $5, 11:00 PM, a few minutes", []),
    ],
)
def test_times_are_read(text: str, times: list[str]) -> None:
    assert [str(found.value) for found in times_in(text)][: len(times)] == times
    assert bool(times_in(text)) is bool(times)


def test_a_time_from_long_to_short_is_known_to_be_upside_down() -> None:
    assert [found.is_reversed for found in times_in("48 to 24 hours; 1 to 2 days")] == [True, False]


@pytest.mark.parametrize(
    ("text", "prices"),
    [
        ("$60 – $120", [(60, 120, "USD", True)]),
        ("$60-120. One call", [(60, 120, "USD", True)]),
        ("$60 to $120", [(60, 120, "USD", True)]),
        ("60–120 USD", [(60, 120, "USD", True)]),
        ("US$ 1,200.50", [("1200.50", "1200.50", "USD", True)]),
        ("£80", [(80, 80, "GBP", True)]),
        ("80 €", [(80, 80, "EUR", True)]),
        ("CA$90", [(90, 90, "CAD", True)]),
        ("up to $500", [(0, 500, "USD", False)]),
        ("$1,200+", [(1200, 1200, "USD", False)]),
        ("$1,200 and up", [(1200, 1200, "USD", False)]),
        ("$1–2k", [(1000, 2000, "USD", True)]),
        ("$350 – $150", [(150, 350, "USD", True)]),
        ("3 to 5 tries, 75%, 24 hours", []),
    ],
)
def test_prices_are_read(text: str, prices: list[tuple]) -> None:
    found = [(price.low, price.high, price.currency, price.is_plain) for price in prices_in(text)]

    assert found == [(Decimal(low), Decimal(high), *rest) for low, high, *rest in prices]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(75%)", 75), ("75 %", 75), ("75 percent", 75), ("(100%)", 100), ("60–70%", None), ("12.5%", None),
        ("0%", None), ("175%", None),
    ],
)  # fmt: skip
def test_percentages_are_whole_or_not_taken(text: str, value: int | None) -> None:
    (found,) = percents_in(text)

    assert found.value == value


@pytest.mark.parametrize(
    ("text", "level", "is_plain", "rest"),
    [
        ("Low. Nothing changed.", Level.LOW, True, "Nothing changed."),
        ("Low-Medium. Take care.", Level.MEDIUM, False, "Take care."),
        ("Medium to high: take care", Level.HIGH, False, "take care"),
        ("Moderate – take care", Level.MEDIUM, False, "take care"),
        ("NONE", Level.LOW, False, ""),
        ("Very high. Stop.", Level.HIGH, False, "Stop."),
    ],
)
def test_levels_are_read(text: str, level: Level, is_plain: bool, rest: str) -> None:
    found = risk_in(text)

    assert found is not None
    assert (found.level, found.is_plain, text[found.end :]) == (level, is_plain, rest)


@pytest.mark.parametrize("text", ["Lower than before", "It is low", ""])
def test_a_text_that_does_not_begin_with_a_level_has_none(text: str) -> None:
    assert risk_in(text) is None


@given(st.text("0123456789.,-–$€%kK aminutehoursdy+", max_size=40))
def test_no_text_is_too_odd(text: str) -> None:
    for found in (*times_in(text), *prices_in(text), *percents_in(text)):
        assert 0 <= found.start < found.end <= len(text)
