"""The decision path that is drawn with characters: questions, their answers, and where each ends.

One rule reads it, whether the indentation was kept or lost: after a text that ends in a question mark come that
question’s answers, up to and including the one drawn with `└`. The first branch without an arrow is the first
question, and `Action:` continues the outcome above it. Where the indentation was kept, it also ends a question that
the drawing forgot to end.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from kb.textimport.lines import Line, ends_sentence, fold
from kb.textimport.report import Notes, excerpt

_BRANCH = re.compile(r"^(?P<bars>[\s│┃|║]*)(?P<corner>[├┣╠└┗╚╰]|[|+`\\](?=[-─]))[─━═-]*(?![>►])\s*(?P<rest>.*)$")
_ARROW = re.compile(r"\s*(?:[─━═–—=-]+\s*[►▶→⇒➔➜>]|[►▶→⇒➔➜])\s*|\s*[─━═]{2,}\s*")
_LABEL = re.compile(r"^(?P<label>[^:?]{1,40}):\s+(?P<text>\S.*)$")
_START = re.compile(r"^(?:\[\s*start\b\s*[:–—-]?\s*(?P<text>[^\]]*)\]|start\s*:\s*(?P<bare>.+))$", re.IGNORECASE)
_BOX = re.compile(r"\[\s*([^\[\]]*[^\s\[\]])\s*\]")
_BARS = re.compile(r"^[\s│┃|║▼▲↓]+")
_ACTION = re.compile(r"^(?:action|do this|do now|do|next step|next|what to do|remedy|fix)\s*:\s*", re.IGNORECASE)
_LAST = frozenset("└┗╚╰`\\")
_LONGEST_LABEL = 60


@dataclass
class Outcome:
    text: str
    line: int
    action: str = ""


@dataclass
class Answer:
    """`to` is None where nothing follows."""

    label: str
    line: int
    to: "Question | Outcome | None" = None


@dataclass
class Question:
    text: str
    line: int
    answers: list[Answer] = field(default_factory=list)

    def labelled(self, label: str) -> bool:
        return any(fold(answer.label) == fold(label) for answer in self.answers)


@dataclass
class DecisionPath:
    """What a drawing says. `lead` is the instruction before the first question, `rest` what belongs to no branch."""

    start: str = ""
    start_line: int = 0
    lead: list[Line] = field(default_factory=list)
    question: Question | None = None
    rest: list[Line] = field(default_factory=list)


@dataclass
class _Branch:
    """One branch as drawn, with the lines that continue it."""

    line: Line
    column: int
    is_last: bool
    label: str
    text: str
    action: str | None = None

    @property
    def asks(self) -> bool:
        return self.text.rstrip("\"'”’) ").endswith("?")


@dataclass
class _Asked:
    """A question whose answers are still being drawn."""

    question: Question
    column: int
    is_last: bool


def read_decision_path(lines: Sequence[Line], notes: Notes) -> DecisionPath:
    """Read a drawing. What is wrong with it is noted; lines that it can’t hold are returned in `rest`."""
    path = DecisionPath()
    branches = _branches(lines, path)
    if not branches:
        path.rest = [*path.lead, *path.rest]
        path.lead = []
        return path
    _Drawing(path, notes, is_indented=_is_indented(branches)).draw(branches)
    if path.question is not None:
        _note_dead_ends(path.question, notes)
    return path


def _branches(lines: Sequence[Line], path: DecisionPath) -> list[_Branch]:
    """Group the lines: the start, the lead, and each branch with what continues it."""
    branches: list[_Branch] = []
    for line in lines:
        match = _BRANCH.match(line.whole)
        words = _BARS.sub("", line.whole).strip()
        if match:
            branches.append(_branch(match, line))
        elif not words or words in {"v", "V"}:
            continue  # nothing but the line of the drawing
        elif path.rest or (branches and words == line.whole and _is_prose(line, branches[-1])):
            path.rest.append(line)
        elif branches:
            _continue(branches[-1], words)
        elif (start := _START.match(words)) and not path.start:
            path.start, path.start_line = (start["text"] or start["bare"] or "").strip(), line.number
        else:
            in_box = _BOX.fullmatch(words)
            path.lead.append(Line(line.number, in_box[1] if in_box else words))
    return branches


def _branch(match: re.Match[str], line: Line) -> _Branch:
    rest = match["rest"].strip()
    label, arrow, text = _at_arrow(rest)
    labelled = None if arrow else _LABEL.match(rest)
    if labelled and (not rest.endswith("?") or labelled["label"].isupper()):
        label, text = labelled["label"], labelled["text"]
    elif not arrow and not rest.endswith("?") and len(rest) <= _LONGEST_LABEL and not ends_sentence(rest):
        label, text = rest, ""
    return _Branch(line, len(match["bars"]), match["corner"] in _LAST, label.strip(" []()"), text)


def _at_arrow(rest: str) -> tuple[str, bool, str]:
    match = _ARROW.search(rest)
    if match is None or match.start() > _LONGEST_LABEL:
        return "", False, rest
    return rest[: match.start()], True, rest[match.end() :].strip()


def _continue(branch: _Branch, words: str) -> None:
    if branch.action is None and (match := _ACTION.match(words)):
        branch.action = words[match.end() :]
    elif branch.action is not None:
        branch.action = f"{branch.action} {words}".strip()
    else:
        arrow = _ARROW.match(words)
        branch.text = f"{branch.text} {words[arrow.end() if arrow else 0 :]}".strip()


def _is_prose(line: Line, branch: _Branch) -> bool:
    """Whether a line that stands at the margin begins a paragraph after the drawing."""
    if line.is_drawn or _ACTION.match(line.text):
        return False
    before = branch.text if branch.action is None else branch.action
    return line.after_blank or bool(line.sign) or ends_sentence(before)


def _is_indented(branches: Sequence[_Branch]) -> bool:
    """Whether the drawing still says by its columns what stands below what: blanks were not folded into one."""
    columns = {branch.column for branch in branches if branch.label}
    return len(columns) > 1 or any("  " in branch.line.whole[: branch.column] for branch in branches)


class _Drawing:
    """Puts branches together to a tree."""

    def __init__(self, path: DecisionPath, notes: Notes, *, is_indented: bool) -> None:
        self.path = path
        self.notes = notes
        self.is_indented = is_indented
        self.asked: list[_Asked] = []

    def draw(self, branches: Sequence[_Branch]) -> None:
        pending: Answer | None = None
        for branch in branches:
            if self.path.question is None:
                self._begin(branch)
                if not branch.label:
                    continue
            if (
                not branch.label
                and pending is not None
                and pending.to is None
                and self._answers_pending(branch, pending)
            ):
                pending = None
                continue
            pending = self._answer(branch)

    def _begin(self, branch: _Branch) -> None:
        """The first question: this branch, or else the last line before it."""
        if branch.label:
            above = self.path.lead.pop() if self.path.lead else None
            if above is None or not above.text.endswith("?"):
                self.notes.fault(branch.line.number, "the drawing has no question above its first answers")
            question = Question(above.text if above else "", above.number if above else branch.line.number)
        else:
            question = Question(branch.text, branch.line.number)
            if not branch.asks:
                self.notes.fault(branch.line.number, f"the first branch, {excerpt(branch.text)}, is no question")
        self.path.question = question
        self.asked.append(_Asked(question, branch.column if not branch.label else -1, is_last=False))

    def _answers_pending(self, branch: _Branch, pending: Answer) -> bool:
        """A branch without an arrow below an answer without words: where that answer leads."""
        pending.to = self._target(branch)
        if isinstance(pending.to, Question):
            self.asked.append(_Asked(pending.to, branch.column, branch.is_last))
        return pending.to is not None

    def _answer(self, branch: _Branch) -> Answer | None:
        self._close_what_ended(branch)
        if not self.asked:
            self.notes.fault(
                branch.line.number,
                f"the branch {excerpt(branch.line.whole.strip())} belongs to no question; kept as prose",
            )
            self.path.rest += _as_lines(branch)
            return None
        asked = self.asked[-1]
        if not branch.label:
            self.notes.fault(branch.line.number, f"the branch {excerpt(branch.text)} has no answer (YES, NO) before it")
        if asked.question.labelled(branch.label):
            self.notes.fault(
                branch.line.number, f"the answer “{branch.label}” stands twice under {excerpt(asked.question.text)}"
            )
        answer = Answer(branch.label, branch.line.number, self._target(branch))
        asked.question.answers.append(answer)
        if branch.is_last:
            self.asked.pop()
        if isinstance(answer.to, Question):
            self.asked.append(_Asked(answer.to, branch.column, branch.is_last))
        return answer

    def _close_what_ended(self, branch: _Branch) -> None:
        """Leave questions that ended without a `└`: indentation tells, or an answer that the question already has."""
        while len(self.asked) > 1:
            asked = self.asked[-1]
            is_outside = branch.column < asked.column or (branch.column == asked.column and not asked.is_last)
            is_repeated = bool(branch.label) and asked.question.labelled(branch.label)
            if not (self.is_indented and is_outside) and not is_repeated:
                return
            self.asked.pop()

    def _target(self, branch: _Branch) -> Question | Outcome | None:
        if branch.asks and not branch.action:
            return Question(branch.text, branch.line.number)
        if not branch.text and not branch.action:
            return None
        return Outcome(branch.text, branch.line.number, branch.action or "")


def _as_lines(branch: _Branch) -> list[Line]:
    action = f" Action: {branch.action}" if branch.action else ""
    return [Line(branch.line.number, f"{branch.label}: {branch.text}{action}".strip(": "))]


def _note_dead_ends(first: Question, notes: Notes) -> None:
    waiting = [first]
    while waiting:
        question = waiting.pop()
        if len(question.answers) < 2:
            number = "no answers; the branch ends nowhere" if not question.answers else "only one answer"
            notes.fault(question.line, f"the question {excerpt(question.text)} has {number}")
        for answer in question.answers:
            if answer.to is None:
                notes.fault(
                    answer.line,
                    f"the answer “{answer.label}” to {excerpt(question.text)} ends nowhere:"
                    " no outcome and no question follows",
                )
            elif isinstance(answer.to, Question):
                waiting.append(answer.to)
