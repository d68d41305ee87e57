"""The small drawing below “what the error means”, turned into the one line that documents write."""

import re
from collections.abc import Sequence

from kb.drawing import diagram
from kb.soundness import ROOM
from kb.textimport.prose import Piece

_STATION = re.compile(r"\[([^\[\]]+)\]")
_CUT = re.compile(r"(?<=[─━═\s-])[xX✗✕×](?=[─━═►▶>\s-]|$)")


def is_diagram(pieces: Sequence[Piece]) -> bool:
    """Whether drawn lines show stations in brackets."""
    return any(len(_STATION.findall(piece.text)) > 1 for piece in pieces)


def in_one_line(pieces: Sequence[Piece]) -> str:
    """The line for the document: stations, what passes between them, and the remark below the last one."""
    drawn = next(piece.text for piece in pieces if len(_STATION.findall(piece.text)) > 1)
    _, *between = _STATION.split(drawn)
    names, links = between[::2], between[1::2]
    out = names[0].strip()
    for name, link in zip(names[1:], links, strict=False):
        label = " ".join(re.sub(r"[─━═►▶>-]+", " ", _CUT.sub(" ", link)).split())
        end = "x" if _CUT.search(link) else ">"
        out += f" --{label}--{end} {name.strip()}" if label else f" --{end} {name.strip()}"
    remark = " ".join(piece.text for piece in pieces if piece.text != drawn).strip("() ")
    return f"{out} / {remark}" if remark else out


def fault_of(line: str) -> str:
    """Why the document can’t hold this line; empty when it can."""
    if len(line) > ROOM["document"]["diagram"]:
        return f"it is longer than {ROOM['document']['diagram']} characters"
    return diagram.fault_of(line)
