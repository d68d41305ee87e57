"""Professional costs, and the cost of delay."""

import re
from collections.abc import Sequence

from kb.document import Cost
from kb.textimport.amounts import Price, prices_in
from kb.textimport.lines import Line, capital, fit, fold, labelled
from kb.textimport.prose import Piece, pieces_of
from kb.textimport.reading import Reading, key_for

_TODAY = re.compile(
    r"\b(today|now|immediate\w*|first (day|hours?)|day one|same day|short[- ]term|this (morning|afternoon|day))\b"
)
_WEEK = re.compile(r"\b(week|friday|later|long[- ]term|\d+ days?|days later|eventually)\b")


def read_costs(lines: Sequence[Line], reading: Reading) -> tuple[Cost, ...]:
    """A cost for each item that has a price; everything else is left as prose."""
    costs: list[Cost] = []
    for piece in pieces_of(lines):
        price = next(iter(prices_in(piece.text)), None)
        if price is None:
            if piece.depth:
                reading.notes.fault(piece.line, "a cost without a price that can be read; kept as prose")
            reading.leave(piece.line, piece.text)
            continue
        reading.places[f"costs[{len(costs)}]"] = piece.line
        costs.append(_cost(piece, price, costs, reading))
    return tuple(costs)


def _cost(piece: Piece, price: Price, before: Sequence[Cost], reading: Reading) -> Cost:
    said = piece.text[price.start : price.end].strip()
    title, between, rest = _around(piece.text, price)
    covers = rest if price.is_plain and not between else f"{between} {said}. {rest}".strip()
    title = reading.fitted(title or fit(rest, 60)[0] or said, "costs", "title", piece.line)
    cost = Cost(
        key=key_for(title, {cost.key for cost in before}, f"cost-{len(before) + 1}"),
        title=reading.links.words(title, piece.line),
        low=price.low,
        high=price.high,
        covers=reading.links.prose(capital(covers), piece.line),
        as_of=reading.today,
        currency=price.currency,
    )
    reading.notes.read(piece.line, f"“{said}” → price, {cost.in_words}")
    if price.is_reversed:
        reading.notes.fault(piece.line, f"the range “{said}” is upside down (low above high); read as {cost.in_words}")
    if not price.is_plain:
        reading.notes.open(
            piece.line, f"“{said}” leaves one end of the range open; written as {cost.in_words}, the words are kept"
        )
    return cost


def _around(text: str, price: Price) -> tuple[str, str, str]:
    """The name of the work, words between it and its price (“from”, “about”), and what it covers."""
    before = text[: price.start].strip(" *_([")
    after = re.sub(r"^[\s.,;:)\]*_–—-]+", "", text[price.end :])
    if ": " in f"{before} ":
        title, _, between = f"{before} ".partition(": ")
        return title.strip(" *_"), between.strip(), after
    title = re.sub(r"[\s,;:–—-]+$", "", before)
    return title, "", after


def read_delay(lines: Sequence[Line], heading_line: int, reading: Reading) -> dict[str, str]:
    """What waiting costs: today, and by the end of the week."""
    fields: dict[str, str] = {}
    for piece in pieces_of(lines):
        label, text = labelled(piece.text)
        words = fold(label)
        name = "delay_week" if _WEEK.search(words) else "delay_today" if _TODAY.search(words) else ""
        if not name or name in fields:
            reading.leave(piece.line, piece.text)
            continue
        reading.places[name] = piece.line
        fields[name] = reading.links.prose(text, piece.line)
        reading.notes.read(
            piece.line, f"“{label}” → cost of delay, {'today' if name == 'delay_today' else 'end of week'}"
        )
    for name, when in {"delay_today": "today", "delay_week": "end of week"}.items():
        if name not in fields:
            reading.notes.fault(heading_line, f"the cost of delay says nothing of this: {when} (missing)")
    return fields
