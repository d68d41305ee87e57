"""A text cut into its parts, each under its heading."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from kb.textimport.amounts import percents_in, prices_in
from kb.textimport.codes import codes_in
from kb.textimport.headings import Part, heading_of, in_title_case, is_dressed, may_be_heading, part_of
from kb.textimport.lines import Line, fold
from kb.textimport.links import names_an_article

STEP = re.compile(
    r"^[#*_\s]*(?:repair\s+)?step\s+(?P<number>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)\b"
    r"\s*(?P<mark>[:.)–—-]*)\s*(?P<title>.*?)[*_\s]*$",
    re.IGNORECASE,
)
_START = re.compile(r"^\s*\[\s*start\b", re.IGNORECASE)
_BRANCH = re.compile(r"^[\s│|]*[├└+`\\|][─-]")
_TODAY_OR_WEEK = re.compile(r"^\W*(today|end of (the )?week|this week)\b", re.IGNORECASE)


@dataclass
class Block:
    """The lines under one heading. `part` is None where the heading is not understood."""

    heading: str
    line: int
    part: Part | None
    lines: list[Line] = field(default_factory=list)


def split(lines: Sequence[Line], own: str) -> tuple[list[Line], list[Block]]:
    """Cut at headings: what stands before the first one, and then the blocks. `own` is the code of the text."""
    opening = Block("", 0, None)
    blocks = [opening]
    for at, line in enumerate(lines):
        following = lines[at + 1] if at + 1 < len(lines) else None
        heading = _heading(line, lines[at - 1] if at else None, following, blocks[-1], own)
        if heading is not None:
            blocks.append(heading)
        if heading is None or not heading.heading:
            blocks[-1].lines.append(line)
    for block in blocks[1:]:
        block.part = block.part or shape_of(block.lines, own)
    return opening.lines, blocks[1:]


def is_step(line: Line) -> bool:
    """Whether the line is the title of a repair step."""
    match = STEP.match(line.whole)
    return match is not None and bool(match["mark"] or not match["title"])


def shape_of(lines: Sequence[Line], own: str) -> Part | None:
    """The part that lines belong to by their shape, whatever stands above them."""
    bullets = [line for line in lines if line.sign]
    half = max(1, len(bullets) // 2)
    if (
        any(_START.match(line.whole) for line in lines)
        or sum(_BRANCH.match(line.whole) is not None for line in lines) > 1
    ):
        return Part.FLOWCHART
    if any(is_step(line) for line in lines):
        return Part.STEPS
    if len(bullets) > 1 and sum(bool(percents_in(line.text[:80])) for line in bullets) >= half:
        return Part.CAUSES
    if len(bullets) > 1 and sum("confuse" in fold(line.text) for line in bullets) >= half:
        return Part.LOOKALIKES
    if sum(bool(_TODAY_OR_WEEK.match(line.text)) for line in lines) > 1:
        return Part.COST_OF_DELAY
    if bullets and sum(bool(prices_in(line.text)) for line in bullets) >= half:
        return Part.PRICES
    if len(bullets) > 1 and own and sum(bool(codes_in(line.text[:60], but=own)) for line in bullets) >= half:
        return Part.LOOKALIKES
    return None


def _heading(line: Line, before: Line | None, after: Line | None, block: Block, own: str) -> Block | None:
    """The block that this line opens, or None. A block without a heading of its own begins with the line itself."""
    if implied := _implied_part(line):
        awaits_shape = block.heading and not block.part and not block.lines
        return None if awaits_shape or block.part in {implied, Part.ANATOMY} else Block("", line.number, implied)
    if not may_be_heading(line) or (block.part is Part.FLOWCHART and _in_drawing(block, line, after)):
        return None
    text = heading_of(line)
    if names_an_article(text) and (before is None or codes_in(text, but=own)):
        return None  # the title of the text, or of another article
    part = part_of(text)
    if part and (is_dressed(line) or _stands_alone(line, text, before, after)):
        return Block(text, line.number, part)
    if not part and _is_unknown_heading(line, text, before, after) and _has_text(block):
        return Block(text, line.number, None)
    return None


def _implied_part(line: Line) -> Part | None:
    """The part that a line belongs to although its heading may be missing: the start of a drawing, a step’s title."""
    if _START.match(line.whole):
        return Part.FLOWCHART
    return Part.STEPS if is_step(line) and not line.is_finished else None


def _has_text(block: Block) -> bool:
    """Whether a heading may follow: the first lines of all are the title and the opening sentence."""
    return bool(block.heading) or any(line.is_finished for line in block.lines)


def _in_drawing(block: Block, line: Line, after: Line | None) -> bool:
    """Whether the line is the instruction above a drawing’s first branch, or goes on with its last one."""
    if not any(_BRANCH.match(other.whole) for other in block.lines):
        return after is not None and after.is_drawn
    before = block.lines[-1]
    return before.is_drawn and not before.is_finished and not line.after_blank and not in_title_case(heading_of(line))


def _stands_alone(line: Line, text: str, before: Line | None, after: Line | None) -> bool:
    """Whether the line is neither in the middle of a sentence that was wrapped, nor one of several bullets."""
    if line.is_numbered and (not in_title_case(text) or (after is not None and after.is_numbered)):
        return False
    if after is not None and not after.sign and after.text[:1].islower() and not after.after_blank:
        return False
    if before is None or line.after_blank or before.sign or before.is_drawn or before.is_finished:
        return True
    return in_title_case(text) or may_be_heading(before) or before.text.endswith(")")


def _is_unknown_heading(line: Line, text: str, before: Line | None, after: Line | None) -> bool:
    if after is None or line.sign or (not is_dressed(line) and (not in_title_case(text) or len(text) > 70)):
        return False
    ended = before is None or line.after_blank or before.is_finished or bool(before.sign)
    return ended and not (after.text[:1].islower() and not after.sign)
