"""Indented text as a tree of lines, tabs and spaces told apart. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kb.problems import DocumentInvalid, Problem

DEEPEST = 60
"""Levels of indentation; far more than people can read, far less than would hurt."""

_BLANKS = "\t \N{NO-BREAK SPACE}"
_SPACES, _TABS = re.compile("[ \N{NO-BREAK SPACE}]*"), re.compile("\t*")
_NAMES = {" ": "spaces", "\t": "tabs"}


@dataclass
class Line:
    """A line with the lines indented below it; or with the text below it, word for word, when it opens one."""

    number: int
    indent: int
    text: str
    opens_text: bool = False
    lines: list["Line"] = field(default_factory=list)
    _below: list[tuple[int, str]] = field(default_factory=list)

    @property
    def below(self) -> str:
        """The text below, moved to the left as a whole."""
        left = min((indent for indent, raw in self._below if raw.strip()), default=0)
        return "\n".join(raw[left:] for _, raw in self._below).strip("\n")

    def hold(self, indent: int, raw: str) -> None:
        """Take one more line of the text below."""
        self._below.append((indent, raw))


def read(lines: Sequence[str], *, opens_text: Callable[[str], bool]) -> list[Line]:
    """The outermost lines; `opens_text` says of a line whether plain text stands below it, rather than more lines.

    Indentation is by spaces or by tabs, never by both. Raises DocumentInvalid with every line that is out of line.
    """
    root = Line(0, -1, "")
    open_lines = [root]
    problems: list[Problem] = []
    unit, unit_line = "", 0
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            if open_lines[-1].opens_text:
                open_lines[-1].hold(0, "")
            continue
        used = "" if raw[0] not in _BLANKS else "\t" if raw[0] == "\t" else " "
        if used and not unit:
            unit, unit_line = used, number
        if used not in ("", unit):
            problems.append(_mixed(number, unit, unit_line))
            continue
        indent = _indent(raw, unit)
        while open_lines[-1].indent >= indent:
            open_lines.pop()
        parent = open_lines[-1]
        if not parent.opens_text and raw[indent] in _BLANKS:
            problems.append(_mixed(number, unit, unit_line))
        elif parent.opens_text:
            parent.hold(indent, raw)
        else:
            problems += _out_of_line(number, indent, parent, len(open_lines))
            line = Line(number, indent, raw[indent:].strip())
            line.opens_text = opens_text(line.text)
            parent.lines.append(line)
            open_lines.append(line)
    if problems:
        raise DocumentInvalid(problems)
    return root.lines


def _indent(raw: str, unit: str) -> int:
    match = (_TABS if unit == "\t" else _SPACES).match(raw)
    return match.end() if match else 0


def _mixed(number: int, unit: str, unit_line: int) -> Problem:
    other = " " if unit == "\t" else "\t"
    return Problem(
        "",
        f"this line is indented with {_NAMES[other]}, line {unit_line} with {_NAMES[unit]}:"
        f" use {_NAMES[unit]} in every line",
        line=number,
    )


def _out_of_line(number: int, indent: int, parent: Line, depth: int) -> list[Problem]:
    found = []
    if parent.lines and parent.lines[0].indent != indent:
        first = parent.lines[0]
        message = (
            f"this line stands {indent} from the left, but its neighbor in line {first.number} {first.indent}: line up"
        )
        found.append(Problem("", f"{message} the two, or indent this one further", line=number))
    if depth > DEEPEST:
        found.append(Problem("", f"this is indented more than {DEEPEST} levels deep", line=number))
    return found
