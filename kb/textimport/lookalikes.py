"""Differential diagnosis: the errors that this one is mistaken for, and its own row."""

import re
from collections.abc import Sequence

from kb.document import Lookalike
from kb.textimport.codes import CODE, ERROR, codes_in
from kb.textimport.lines import Line, capital
from kb.textimport.prose import Piece, pieces_of
from kb.textimport.reading import Reading

_LIST = rf"{CODE}(?:\s*(?:,|/|&|and|or)\s*{CODE})*"
_OPENING = re.compile(
    rf"^(?:.{{0,60}}?\b(?:confus|mistak|mix)\w*\b.{{0,40}}?(?:with|for)\s+)?(?:QuickBooks(?:\s+Online)?\s+)?{ERROR}{_LIST}\s*[,:;–—-]*\s*"
    r"(?:(?:which|that|where)\b\s*(?:is\b|means\b)?\s*(?:that\b)?\s*)?"
)


def read_lookalikes(lines: Sequence[Line], heading_line: int, reading: Reading) -> tuple[str, tuple[Lookalike, ...]]:
    """What is wrong in this article’s own case, and a row for each other error."""
    own = ""
    rows: dict[str, Lookalike] = {}
    for piece in pieces_of(lines):
        codes = codes_in(piece.text, but=reading.code)
        names_itself = codes_in(piece.text)[:1] == [reading.code]
        if names_itself and not re.search(r"\b(confus|mistak|mix)", piece.text) and not own:
            own = reading.fitted_prose(piece.text, "document", "fault", piece.line)
            reading.places["fault"] = piece.line
            reading.notes.read(piece.line, f"the row of Error {reading.code} itself")
        elif piece.depth and codes:
            _add(codes, piece, rows, reading)
        else:
            reading.leave(piece.line, piece.text)
    if not own and reading.code:
        reading.notes.open(heading_line, f"Error {reading.code} has no row of its own among its look-alikes")
    return own, tuple(rows.values())


def _add(codes: Sequence[str], piece: Piece, rows: dict[str, Lookalike], reading: Reading) -> None:
    """One row; or several, where the opening words name several errors: “Errors 101 and 103, which …”."""
    opening = _OPENING.match(piece.text)
    named = codes_in(opening[0], but=reading.code) if opening else codes[:1]
    words = piece.text[opening.end() :] if opening else piece.text
    fault = reading.fitted_prose(capital(words), "lookalikes", "fault", piece.line)
    for code in named or codes[:1]:
        if code in rows:
            reading.notes.fault(piece.line, f"Error {code} is listed twice among the look-alikes (duplicate)")
            reading.leave(piece.line, piece.text)
            continue
        reading.places[f"lookalikes[{len(rows)}]"] = piece.line
        rows[code] = Lookalike(code, fault, "")
        reading.notes.read(piece.line, f"“{opening[0].strip() if opening else code}” → look-alike {code}")
