"""Prose and lists: lines joined to paragraphs and items, and written as Markdown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kb.textimport.lines import Line, ends_sentence
from kb.textimport.links import Links

_WRAPPED = 50  # characters; a shorter line was not cut by the width of a page
_GOES_ON = frozenset(".,;)")
_HOLLOW = frozenset("o◦○‣▸▹□")
_GLUED = re.compile(r"(?<=[.!?”’\"])\s+[-–—•●*]\s+(?=[A-Z])")
_MARKED = re.compile(r"^(?P<number>\d*)(?P<mark>(?<=\d)[.)](?=\s)|(?<!\d)(?:[#>|]|[-+*](?=\s)))")


@dataclass(frozen=True)
class Piece:
    """A paragraph (depth 0), an item of a list (1), an item below an item (2 and more), or a drawn line."""

    text: str
    line: int
    depth: int = 0
    is_numbered: bool = False
    is_drawn: bool = False
    is_remark: bool = False


def pieces_of(lines: Sequence[Line]) -> list[Piece]:
    """Join what was wrapped, and find out how lists are nested."""
    pieces: list[Piece] = []
    levels: list[Line] = []
    for line in lines:
        before = pieces[-1] if pieces else None
        is_remark = before is not None and _is_remark(before, line)
        if line.sign or (line.is_tabbed and before and before.depth and ends_sentence(before.text)):
            levels = _levels(levels, line)
            pieces.append(Piece(line.text, line.number, len(levels), line.is_numbered))
        elif before and (_continues(before, line, levels) or (is_remark and before.is_remark)):
            pieces[-1] = replace(before, text=f"{before.text} {line.text}")
        else:
            levels = []
            is_drawn = line.is_drawn or is_remark
            pieces.append(Piece(line.whole.strip(), line.number, is_drawn=is_drawn, is_remark=is_remark))
    return [part for piece in pieces for part in _unglued(piece)]


def markdown(pieces: Sequence[Piece], links: Links) -> str:
    """The pieces as Markdown. Marks of Markdown that stand at the beginning of a paragraph lose their meaning."""
    out: list[str] = []
    numbers: dict[int, int] = {}
    for at, piece in enumerate(pieces):
        follows_item = at > 0 and bool(pieces[at - 1].depth)
        if not (piece.depth and follows_item):
            out.append("")
        numbers = {depth: number for depth, number in numbers.items() if depth <= piece.depth} if piece.depth else {}
        if piece.is_drawn:
            out.append(f"`{piece.text.replace('`', '’')}`")
            continue
        text = escaped(links.prose(piece.text, piece.line))
        if piece.depth:
            numbers[piece.depth] = numbers.get(piece.depth, 0) + 1
            sign = f"{numbers[piece.depth]}." if piece.is_numbered else "-"
            text = f"{'    ' * (piece.depth - 1)}{sign} {text}"
        out.append(text)
    return "\n".join(out).strip()


def escaped(text: str) -> str:
    """A paragraph whose beginning Markdown would take for a heading, a list, a quotation or a table."""
    return _MARKED.sub(r"\g<number>\\\g<mark>", text)


def _levels(levels: list[Line], line: Line) -> list[Line]:
    """The bullets under which this one stands, itself the last."""
    kept = [level for level in levels if level.indent <= line.indent]
    if not kept or line.indent >= kept[-1].indent + 2 or _is_lesser(kept[-1], line):
        return [*kept, line]
    peers = [at for at, level in enumerate(kept) if level.indent == kept[-1].indent and not _is_lesser(level, line)]
    return [*kept[: peers[0] if peers else -1], line]


def _is_lesser(upper: Line, line: Line) -> bool:
    """Whether a sign of its own makes an item a sub-item where the indentation is lost."""
    return (line.sign in _HOLLOW and upper.sign not in _HOLLOW) or (upper.is_numbered and not line.is_numbered)


def _continues(piece: Piece, line: Line, levels: Sequence[Line]) -> bool:
    if line.is_drawn or piece.is_drawn:
        return False
    if line.after_blank:
        return not ends_sentence(piece.text) and (line.text[0].islower() or line.text[0] in _GOES_ON)
    if piece.depth and levels and line.indent > levels[-1].indent + 1:
        return True
    if line.text[0].islower() or line.text[0] in _GOES_ON:
        return True
    return not ends_sentence(piece.text) and len(piece.text) >= _WRAPPED


def _is_remark(before: Piece, line: Line) -> bool:
    """Whether the line is a remark in brackets below a drawing."""
    if not before.is_drawn or line.is_drawn:
        return False
    return line.text.startswith("(") or before.text.count("(") > before.text.count(")")


def _unglued(piece: Piece) -> list[Piece]:
    """The item itself; or several, where a bullet was left in the middle of a line."""
    if not piece.depth:
        return [piece]
    return [replace(piece, text=text.strip()) for text in _GLUED.split(piece.text) if text.strip()] or [piece]
