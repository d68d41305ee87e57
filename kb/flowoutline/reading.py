"""Reading an outline, with every fault in a sentence that says what to do."""

import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from difflib import get_close_matches
from enum import StrEnum
from re import Match
from types import UnionType
from typing import Any

from kb.figures import Duration
from kb.flow import Answer, Flow, Node, Option, Verdict
from kb.flowedit import key_for
from kb.flowoutline import indentation
from kb.flowoutline.indentation import Line
from kb.flowoutline.marks import (
    ABOUT,
    ANSWER,
    FIELD,
    KINDS,
    ONE_LINE,
    STOP,
    TYPES,
    WORD,
    is_key,
    parts_of,
    parts_of_kinds,
    token,
    unquoted,
)
from kb.frontmatter import clean, control_character
from kb.problems import DocumentInvalid, Problem

MAX_CHARACTERS = 400_000
MAX_STOPS = 500
MAX_ANSWERS = 100
MAX_LIST = 5_000  # characters
MOST_PROBLEMS = 50


def parse(text: str) -> Flow:
    """Read an outline. Raises DocumentInvalid with every fault and its line."""
    return parse_with_lines(text)[0]


def parse_with_lines(text: str) -> tuple[Flow, Mapping[str, int]]:
    """Read an outline and tell on which line each stop stands, by its key. Raises DocumentInvalid."""
    if len(text) > MAX_CHARACTERS:
        message = f"an outline has at most {MAX_CHARACTERS:,} characters, this one {len(text):,}"
        raise DocumentInvalid([Problem("", message, line=1)])
    reader = _Reader()
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        if fault := control_character(line):
            reader.refuse(number, f"this line contains a control character ({fault}): remove it")
    for outermost in indentation.read(lines, opens_text=_opens_text):
        reader.read(outermost)
    flow = reader.flow()
    if reader.problems:
        raise DocumentInvalid(sorted(reader.problems, key=lambda problem: problem.line or 0)[:MOST_PROBLEMS])
    return flow, {stop.key: stop.line for stop in reader.stops}


def _opens_text(line: str) -> bool:
    return not (STOP.fullmatch(line) or ANSWER.fullmatch(line) or ABOUT.fullmatch(line))


@dataclass
class _Way:
    """An answer as it is written; a blank key is made up later. `stop` is the one below it."""

    line: int
    key: str
    label: str
    detail: str
    to: str
    stop: "_Stop | None" = None


@dataclass
class _Stop:
    """A node as it is written. `parts` holds the line and the value of each field."""

    line: int
    kind: str
    key: str
    text: str
    ways: list[_Way] = field(default_factory=list)
    parts: dict[str, tuple[int, Any]] = field(default_factory=dict)


class _Reader:
    """Takes the lines in, from the outermost on, and notes what is wrong with them."""

    def __init__(self) -> None:
        self.stops: list[_Stop] = []
        self.abouts: list[tuple[str, Line]] = []
        self.start: str | None = None
        self.problems: list[Problem] = []

    def refuse(self, line: int, message: str) -> None:
        self.problems.append(Problem("", message, line=line))

    def read(self, line: Line) -> None:
        """A line of the outermost level, with all below it."""
        if match := ABOUT.fullmatch(line.text):
            self.abouts.append((unquoted(match["key"]), line))
        elif match := STOP.fullmatch(line.text):
            self.stop(line, match)
        elif ANSWER.fullmatch(line.text):
            self.refuse(line.number, "this answer belongs to no question: put it below one, and indent it further")
        elif (match := FIELD.fullmatch(line.text)) and match["name"].lower() == "start":
            if self.start is not None:
                self.refuse(line.number, "where the flow starts is said twice: take one of the lines away")
            self.start = unquoted(match["rest"])
        else:
            self.refuse(line.number, self.unknown(line.text))

    def unknown(self, text: str) -> str:
        """What to do about a line that is nothing that may stand here."""
        first = text.split()[0].rstrip(":").lower()
        if first == "about":
            return f"“{text[:40]}” is not finished: write “about” and the key of a stop"
        if first in KINDS:
            return f"“{text[:40]}” lacks its colon: write “{first}:” and the words"
        if self.stops:
            return (
                f"“{text[:40]}” is no stop: indent it below the stop that it is about, or begin the line with"
                " question, step, outcome, jump or about"
            )
        return f"“{text[:40]}” is no stop: begin with “question:” and the question"

    def stop(self, line: Line, match: Match[str]) -> _Stop:
        """A node with its answers, and with all that stands below them."""
        key = match["key"] or ""
        if key and not is_key(key):
            self.refuse(line.number, f"“{key[:40]}” can’t be a key: use small letters, figures and hyphens, 40 at most")
        stop = _Stop(line.number, match["kind"].lower(), unquoted(key), unquoted(match["rest"]))
        self.stops.append(stop)
        if len(self.stops) > MAX_STOPS:
            message = f"{MAX_STOPS} stops are the most that an outline can have"
            raise DocumentInvalid([Problem("", message, line=line.number)])
        for below in line.lines:
            if match_below := ANSWER.fullmatch(below.text):
                self.answer(stop, below, match_below)
            elif match_below := STOP.fullmatch(below.text):
                self.refuse(
                    below.number, "this stop has no answer above it that leads here: write one, such as “→ Yes”"
                )
                self.stop(below, match_below)
            else:
                self.part(stop, below)
        return stop

    def answer(self, stop: _Stop, line: Line, match: Match[str]) -> None:
        """An answer, and the stop below it."""
        way = self.way(stop, line, match)
        if len(stop.ways) < MAX_ANSWERS:
            stop.ways.append(way)
        else:
            self.refuse(line.number, f"{MAX_ANSWERS} answers are the most that a question can have")
        for below in line.lines:
            if match_below := STOP.fullmatch(below.text):
                if way.stop is not None:
                    self.refuse(below.number, "an answer leads to one stop only: write one more answer for this one")
                way.stop = self.stop(below, match_below)
            elif (match_below := FIELD.fullmatch(below.text)) and match_below["name"].lower() == "detail":
                if way.detail:
                    self.refuse(below.number, "the detail of this answer is given already: keep one of the two")
                way.detail = self.text(below, match_below["rest"], is_line=True)
            elif ANSWER.fullmatch(below.text):
                self.refuse(below.number, "an answer stands below a question, not below another answer: indent it less")
            else:
                message = (
                    f"“{below.text[:40]}” can’t stand below an answer: write the stop that it leads to, or “detail:”"
                )
                self.refuse(below.number, message)

    def way(self, stop: _Stop, line: Line, match: Match[str]) -> _Way:
        (label, *details), to = parts_of(match["rest"])
        way = _Way(line.number, unquoted(match["key"] or ""), label, " | ".join(details), unquoted(to))
        if stop.kind == "step":
            way.key = "-".join((way.key or label).lower().replace("couldn’t", "could not").split())
            if way.key not in set(Verdict):
                message = f"“{way.key[:40]}” is no answer to a step: they are fixed, not-fixed and could-not"
                self.refuse(line.number, message)
        elif stop.kind != "question":
            self.refuse(line.number, f"a stop of the kind {stop.kind} has no answers: take this line away")
        if way.key and any(way.key == other.key for other in stop.ways):
            self.refuse(
                line.number, f"“{way.key[:40]}” is the key of another answer here: give this one a key of its own"
            )
        if way.key and not is_key(token(way.key)):
            self.refuse(line.number, f"“{way.key[:40]}” is too long for a key: 40 characters are the most")
        if to and not is_key(to):
            self.refuse(
                line.number,
                f"“{to[:40]}” can’t be the key of a stop; if the arrow belongs to the words of the answer,"
                ' put the words in "quotation marks"',
            )
        return way

    def part(self, stop: _Stop, line: Line) -> None:
        """One thing that is said about a stop."""
        known = {words: words.replace(" ", "_") for words in parts_of_kinds()[stop.kind]}
        match = FIELD.fullmatch(line.text)
        words = match["name"].lower().replace("_", " ") if match else ""
        if match is None or words not in known:
            self.refuse(line.number, _unknown_part(stop.kind, words, line.text, known))
            return
        name = known[words]
        if name in stop.parts:
            self.refuse(line.number, f"“{words}” is given in line {stop.parts[name][0]} already: keep one of the two")
            return
        kind = TYPES[stop.kind][name]
        is_list = typing.get_origin(kind) is tuple
        try:
            value = _converted(kind, self.text(line, match["rest"], is_line=name in ONE_LINE, is_list=is_list))
        except ValueError as error:
            self.refuse(line.number, f"“{words}”: {error}")
        else:
            stop.parts[name] = (line.number, value)

    def text(self, line: Line, rest: str, *, is_line: bool, is_list: bool = False) -> str:
        """The words behind the colon together with those below it. In a list each word has its own quotation marks."""
        if not line.below.strip():
            return rest if is_list else unquoted(rest)
        if is_line:
            self.refuse(line.number, "this has room for one line: put the words behind the colon")
        return clean(f"{rest}\n{line.below}")

    def flow(self) -> Flow:
        """The flow, as far as it could be read. Called at the end, when all stops are known."""
        self.name_stops()
        by_key = {stop.key: stop for stop in self.stops}
        for key, line in self.abouts:
            self.about(key, line, by_key)
        nodes = {stop.key: self.node(stop) for stop in self.stops}
        listed = dict.fromkeys(key for key, _ in self.abouts if key in nodes)
        first = self.stops[0].key if self.stops else ""
        return Flow(first if self.start is None else self.start, tuple(nodes[key] for key in {**listed, **nodes}))

    def name_stops(self) -> None:
        """Find keys that are given twice, and give one to each stop that has none."""
        taken: dict[str, int] = {}
        for stop in self.stops:
            if stop.key and stop.key in taken:
                self.refuse(
                    stop.line,
                    f"“{stop.key}” is the key of the stop in line {taken[stop.key]} already: give this one another key,"
                    f" or lead to that one with “→ {stop.key}” behind the answer",
                )
            taken.setdefault(stop.key, stop.line)
        for stop in self.stops:
            stop.key = stop.key or key_for(stop.text, taken, otherwise=stop.kind)
            taken.setdefault(stop.key, stop.line)

    def about(self, key: str, line: Line, by_key: Mapping[str, _Stop]) -> None:
        stop = by_key.get(key)
        if stop is None:
            close = get_close_matches(key[:40], by_key, 1) if len(self.problems) < MOST_PROBLEMS else []
            hint = f"; did you mean “{close[0]}”?" if close else ""
            self.refuse(line.number, f"the path has no stop “{key[:40]}”: add it there, or take this part away{hint}")
            return
        for below in line.lines:
            if below.opens_text:
                self.part(stop, below)
            else:
                self.refuse(below.number, "answers and stops stand in the path, not here")

    def node(self, stop: _Stop) -> Node:
        cls = KINDS[stop.kind]
        held: dict[str, Any] = {part.name: "" for part in fields(cls) if part.default is MISSING}
        held |= {name: value for name, (_, value) in stop.parts.items()} | {"key": stop.key}
        for way in stop.ways:
            if way.stop is not None and way.to not in ("", way.stop.key):
                self.refuse(
                    way.line, f"this answer leads to “{way.to}” and to the stop below it: take one of them away"
                )
            way.to = way.stop.key if way.stop else way.to
        held["step" if stop.kind == "step" else "text"] = stop.text
        if stop.kind == "question":
            held["options"] = tuple(_options(stop.ways))
        if stop.kind == "step":
            held |= {way.key.replace("-", "_"): way.to for way in stop.ways if way.key in set(Verdict)}
        node: Node = cls(**held)
        return node


def _options(ways: Iterable[_Way]) -> Iterator[Option]:
    taken = {way.key for way in ways}
    for way in ways:
        key = way.key or key_for(way.label, taken, otherwise="answer")
        taken.add(key)
        yield Option(key, way.label, way.to, way.detail)


def _unknown_part(kind: str, words: str, text: str, known: Mapping[str, str]) -> str:
    if not words:
        return f"“{text[:40]}” begins with no name and colon; if it belongs to the words above, indent it further"
    close = get_close_matches(words[:40], known, 1)
    hint = f"did you mean “{close[0]}”?" if close else f"it can have: {', '.join(known)}"
    return f"“{words[:40]}” is no part of a stop of the kind {kind}; {hint}"


def _converted(kind: Any, text: str) -> Any:
    """The value that a text stands for. Raises ValueError with a sentence."""
    if typing.get_origin(kind) is tuple:
        if len(text) > MAX_LIST:
            raise ValueError("this is far too long for a list of keys")
        words = [unquoted(word) for word in WORD.findall(text)]
        return tuple(map(_answer, words)) if typing.get_args(kind)[0] is Answer else tuple(words)
    kind = typing.get_args(kind)[0] if isinstance(kind, UnionType) else kind
    if kind is Duration:
        return Duration.parse(text) if text else None
    if issubclass(kind, StrEnum) and text:
        word = text.lower().replace(" ", "_")
        if word not in set(kind):
            raise ValueError(f"write one of {', '.join(kind)}, not “{text[:40]}”")
        return kind(word)
    return text


def _answer(word: str) -> Answer:
    node, sign, option = word.partition("=")
    if not sign:
        message = f"write each answer as the key of its question, = and its own key, not “{word[:40]}”"
        raise ValueError(message)
    return Answer(node, option)
