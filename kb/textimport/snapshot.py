"""The status snapshot: data risk, who is affected, the usual trigger, and the time to fix."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from kb.document import FixTime
from kb.soundness import ROOM
from kb.textimport.amounts import Time, risk_in, times_in
from kb.textimport.lines import Line, capital, fit, fold, labelled
from kb.textimport.prose import Piece, pieces_of
from kb.textimport.reading import Reading

_MEANINGS = (
    ("fix_times", re.compile(r"\btime\b|how long|duration|minutes|\bfix\b")),
    ("trigger", re.compile(r"trigger|cause|happens|occurs|when\b|origin|sets? .*off")),
    ("reach", re.compile(r"user|team|who\b|people|reach|staff|affect|impact|scope|company")),
    ("data_risk", re.compile(r"data|risk|books|records|ledger|danger|safety")),
)
_IN_WORDS = {
    "data_risk": "data risk", "reach": "who is affected", "trigger": "usual trigger", "fix_times": "time to fix",
}  # fmt: skip


def read_snapshot(lines: Sequence[Line], heading_line: int, reading: Reading) -> dict[str, Any]:
    """The document’s fields; lines that fit none of them are left as prose."""
    pieces = pieces_of(lines)
    names = _names(pieces)
    fields: dict[str, Any] = {}
    for piece, name in zip(pieces, names, strict=True):
        label, text = labelled(piece.text)
        if not name:
            reading.leave(piece.line, piece.text)
            continue
        reading.places[name] = piece.line
        if name == "fix_times":
            fields[name] = _fix_times(label, text, piece, reading)
        elif name == "trigger":
            fields |= _trigger(label, text, piece, reading)
        else:
            fields |= _risk(name, label, text, piece, reading)
    for name, words in _IN_WORDS.items():
        if reading.code and name not in names:
            reading.notes.fault(heading_line, f"the snapshot says nothing of this: {words} (missing)")
    return fields


def _names(pieces: Sequence[Piece]) -> list[str]:
    """The field that each line is for, by its label; the last one that is left over by elimination."""
    names: list[str] = []
    for piece in pieces:
        label = fold(labelled(piece.text)[0])
        fitting = [name for name, meaning in _MEANINGS if label and meaning.search(label)]
        names.append(next((name for name in fitting if name not in names), ""))
    missing = [name for name in _IN_WORDS if name not in names]
    open_lines = [at for at, name in enumerate(names) if not name and labelled(pieces[at].text)[0]]
    if len(missing) == 1 and len(open_lines) == 1:
        names[open_lines[0]] = missing[0]
    return names


def _risk(name: str, label: str, text: str, piece: Piece, reading: Reading) -> dict[str, Any]:
    risk = risk_in(text)
    if risk is None:
        reading.notes.fault(piece.line, f"“{label}” does not begin with a level: low, medium or high")
        return {name: None, f"{name}_text": reading.links.prose(text, piece.line)}
    words = text[risk.end :] if risk.is_plain else text
    reading.notes.read(piece.line, f"“{label}” → {_IN_WORDS[name]}: {risk.level}")
    if not risk.is_plain:
        said = text[: risk.end].rstrip(" .,:;–—-")
        reading.notes.open(
            piece.line, f"“{said}” is not one of our levels; written as {risk.level}, the words are kept"
        )
    return {name: risk.level, f"{name}_text": reading.links.prose(capital(words), piece.line)}


def _trigger(label: str, text: str, piece: Piece, reading: Reading) -> dict[str, Any]:
    reading.notes.read(piece.line, f"“{label}” → usual trigger")
    head, rest = fit(text, ROOM["document"]["trigger"])
    if rest and not re.search(r"[.!?]$", head):
        reading.notes.open(
            piece.line, "the trigger is longer than its short form allows; write one, the words are kept beside it"
        )
        head, rest = "", text
    return {"trigger": reading.links.words(head, piece.line), "trigger_text": reading.links.prose(rest, piece.line)}


def _fix_times(label: str, text: str, piece: Piece, reading: Reading) -> tuple[FixTime, ...]:
    """Each time of the line with the words around it."""
    times = times_in(text)
    if not times:
        reading.notes.fault(piece.line, f"“{label}” holds no time that can be read")
        reading.leave(piece.line, piece.text)
        return ()
    cases: dict[str, FixTime] = {}
    for time, words in zip(times, _cases(text, times), strict=True):
        said = text[time.start : time.end]
        in_days = " (business days)" if re.search(r"business|working|banking", said) else ""
        case = reading.fitted(f"{capital(words or label)}{in_days}", "fix_times", "case", piece.line)
        number, first = len(cases), case
        while case in cases:
            number += 1
            case = f"{first[:110]} ({number})"
        cases[case] = FixTime(case, time.value)
        reading.notes.read(piece.line, f"“{label}” → time to fix: “{said}”, {time.value.in_words}")
        if time.is_reversed:
            reading.notes.fault(piece.line, f"the range “{said}” is upside down (low above high); read as {time.value}")
    return tuple(cases.values())


def _cases(text: str, times: Sequence[Time]) -> list[str]:
    """The words that belong to each time: up to the end of its clause, an ellipsis where it stood in the middle."""
    cuts = [0]
    for time, following in pairwise(times):
        gap = text[time.end : following.start]
        match = re.search(r"[.;]\s", gap) or re.search(r",\s", gap) or re.search(r"\b(?:or|and)\b", gap)
        cuts.append(time.end + (match.end() if match else len(gap)))
    cuts.append(len(text))
    cases = []
    for time, start, end in zip(times, cuts, cuts[1:], strict=False):
        before = text[start : time.start].strip(" ,;:.–—-")
        after = text[time.end : end].strip(" ,;:.–—-")
        cases.append(f"{before} … {after}" if before and after else before or after)
    return cases
