"""Root causes with their likelihoods."""

import re
from collections.abc import Sequence

from kb.document import Cause
from kb.textimport.amounts import Percent, percents_in
from kb.textimport.lines import Line, capital, fit, labelled
from kb.textimport.prose import Piece, pieces_of
from kb.textimport.reading import Reading, key_for

_ABOUT = re.compile(
    r"[\s(\[]*(?:\b(?:about|approximately|approx\.?|ca\.?|circa|roughly|around)|[~≈])?\s*$", re.IGNORECASE
)
_RANK = re.compile(
    r"(most|more|less|least|very|quite|highly)?\s*(likely|possible|rare|common|unlikely|probable|occasional)", re.I
)


def read_causes(lines: Sequence[Line], heading_line: int, reading: Reading) -> tuple[Cause, ...]:
    """A cause for each bullet that has a percentage; everything else is left as prose."""
    causes: list[Cause] = []
    for piece in pieces_of(lines):
        cause = _cause(piece, causes, reading) if piece.depth else None
        if cause is not None:
            reading.places[f"causes[{len(causes)}]"] = piece.line
            causes.append(cause)
    total = sum(cause.percent for cause in causes)
    if causes and total != 100:
        reading.notes.fault(heading_line, f"the likelihoods add up to {total} %, not 100 %")
    return tuple(causes)


def _cause(piece: Piece, before: Sequence[Cause], reading: Reading) -> Cause | None:
    found = next(iter(percents_in(piece.text)), None)
    if found is None:
        reading.notes.fault(piece.line, "a cause without a percentage (likelihood); kept as prose")
        reading.leave(piece.line, piece.text)
        return None
    percent = _whole(piece, found, reading)
    if percent is None:
        reading.leave(piece.line, piece.text)
        return None
    label, text = _label_and_text(piece.text, found)
    if found.value is not None:
        closing = piece.text[found.end : found.end + 1] in {")", "]"}
        reading.notes.read(piece.line, f"“{piece.text[: found.end + closing]}” → cause, {percent} %")
    if not label or _RANK.fullmatch(label):
        reading.notes.open(piece.line, f"the cause has no name of its own, only “{label}”; give it one")
    title = reading.fitted(label or fit(text, 60)[0], "causes", "title", piece.line)
    key = key_for(text if _RANK.match(label) else title, {cause.key for cause in before}, "cause")
    return Cause(key, reading.links.words(title, piece.line), percent, reading.links.prose(text, piece.line))


def _whole(piece: Piece, found: Percent, reading: Reading) -> int | None:
    """The percentage as a document can hold it, or None."""
    said = piece.text[found.start : found.end]
    if found.value is not None:
        return found.value
    lower = int(found.low)
    if not 1 <= lower <= 100:
        reading.notes.fault(piece.line, f"“{said}” is no likelihood from 1 to 100 percent; kept as prose")
        return None
    reading.notes.fault(
        piece.line,
        f"“{said}” is a range or a fraction where one whole number is needed;"
        f" read as {lower} %, the words stand in the cause’s name",
    )
    return lower


def _label_and_text(text: str, found: Percent) -> tuple[str, str]:
    """What stands before the colon, without its percentage, and what stands after it."""
    head = _ABOUT.sub("", text[: found.start])
    rest = re.sub(r"^[\s)\],;:.–—*_-]+", "", text[found.end :])
    if ":" in head:  # the percentage stands in the text itself
        return labelled(text)
    label = head.strip(" ,;:–—-*_")
    if not label:
        label, rest = labelled(rest)
    if found.value is None:
        label = f"{label} ({text[found.start : found.end]})".strip()
    return label, capital(rest)
