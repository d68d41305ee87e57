"""Repair steps with their sub-steps."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kb.document import Step
from kb.textimport.amounts import times_in
from kb.textimport.lines import Line, fit
from kb.textimport.parts import STEP, is_step
from kb.textimport.prose import Piece, markdown, pieces_of
from kb.textimport.reading import Reading, key_for

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip


@dataclass(frozen=True)
class Repair:
    """What stands before the first step, the steps, and the key of each by the number that the text gives it."""

    opening: list[Piece] = field(default_factory=list)
    steps: tuple[Step, ...] = ()
    keys: dict[int, str] = field(default_factory=dict)


def read_steps(lines: Sequence[Line], heading: str, heading_line: int, reading: Reading) -> Repair:
    """A step for each line “Step 2: Title”; where there is none, one for each item that is numbered."""
    starts = [at for at, line in enumerate(lines) if is_step(line)]
    if not starts:
        return _unnamed_steps(pieces_of(lines), heading, heading_line, reading)
    steps: list[Step] = []
    keys: dict[int, str] = {}
    due = 1
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        number, title = _number_and_title(lines[start])
        said = f"Step {number}: {title}" if title else f"Step {number}"
        step = _step(title or said, pieces_of(lines[start + 1 : end]), lines[start].number, steps, reading)
        reading.notes.read(lines[start].number, f"“{said}” → repair step {len(steps) + 1}")
        if number != due:
            message = f"“Step {number}” stands where step {due} is due; the order of the text is kept"
            reading.notes.fault(lines[start].number, message)
        if not step.body:
            reading.notes.fault(lines[start].number, f"“{said}” has no sub-steps; it is empty")
        due = number + 1
        keys.setdefault(number, step.key)
        steps.append(step)
    return Repair(pieces_of(lines[: starts[0]]), tuple(steps), keys)


def _number_and_title(line: Line) -> tuple[int, str]:
    match = STEP.match(line.whole)
    number = match["number"].lower() if match else "0"
    return _NUMBERS.get(number) or int(number), match["title"].strip() if match else ""


def _step(title: str, pieces: Sequence[Piece], line: int, before: Sequence[Step], reading: Reading) -> Step:
    reading.places[f"steps[{len(before)}]"] = line
    times = times_in(title)
    title = reading.links.words(reading.fitted(title, "steps", "title", line), line)
    numbered = [replace(piece, is_numbered=True) if piece.depth == 1 else piece for piece in pieces]
    return Step(
        key=key_for(title, {step.key for step in before}, f"step-{len(before) + 1}"),
        title=title,
        time=times[0].value if times else None,
        body=markdown(numbered, reading.links),
    )


def _unnamed_steps(pieces: Sequence[Piece], heading: str, heading_line: int, reading: Reading) -> Repair:
    numbered = [at for at, piece in enumerate(pieces) if piece.depth == 1 and piece.is_numbered]
    if not numbered:
        step = [_step(heading or "Repair", pieces, heading_line, (), reading)] if pieces else []
        reading.notes.fault(heading_line, "no line “Step 1: …” was found; everything stands in one step")
        return Repair(steps=tuple(step))
    steps: list[Step] = []
    for start, end in zip(numbered, [*numbered[1:], len(pieces)], strict=True):
        title, rest = fit(pieces[start].text, 120)
        following = [replace(piece, depth=max(0, piece.depth - 1)) for piece in pieces[start + 1 : end]]
        opening = [replace(pieces[start], text=rest, depth=0)] if rest else []
        steps.append(_step(title, [*opening, *following], pieces[start].line, steps, reading))
        reading.notes.read(pieces[start].line, f"numbered item → repair step {len(steps)}")
    return Repair(
        list(pieces[: numbered[0]]), tuple(steps), {number: step.key for number, step in enumerate(steps, start=1)}
    )
