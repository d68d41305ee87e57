"""A whole article from its plain text."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kb.document import Document, Kind, Section, as_json
from kb.figures import Level
from kb.frontmatter import Lines
from kb.textimport.amounts import times_in
from kb.textimport.causes import read_causes
from kb.textimport.codes import CODE, ERROR, codes_in
from kb.textimport.costs import read_costs, read_delay
from kb.textimport.decision_path import read_decision_path
from kb.textimport.diagram import fault_of, in_one_line, is_diagram
from kb.textimport.flow import flow_of
from kb.textimport.headings import Part, heading_of, in_title_case, is_dressed
from kb.textimport.lines import Line, read_lines, words_of
from kb.textimport.links import Links, without_placeholders
from kb.textimport.lookalikes import read_lookalikes
from kb.textimport.parts import Block, split
from kb.textimport.prose import Piece, escaped, markdown, pieces_of
from kb.textimport.reading import Reading, key_for
from kb.textimport.related import read_related
from kb.textimport.repair import read_steps
from kb.textimport.report import Notes, Report
from kb.textimport.snapshot import read_snapshot

MAX_CHARACTERS = 100_000
MAX_LINES = 1_000
"""What an article may hold; some ten times the model article. `read` itself takes any text."""
UNPLACED = "unplaced"
"""The key of the section for what fits nowhere. No article may be published with it while it is an error’s."""

_SECTION_KEYS = {
    Part.FAST_FIX: "fast-fix",
    Part.DATA_AT_RISK: "data",
    Part.ANATOMY: "anatomy",
    Part.SEVERITY: "severity",
    Part.STEPS: "repair",
    Part.HARD_STOP: "hard-stop",
    Part.PROFESSIONAL: "specialist",
    Part.CLOSING: "closing",
}
_TITLE_HEAD = re.compile(rf"{ERROR}{CODE}\s*[:–—-]\s*\S")
_LONGEST_TITLE = 160
_ONLY_DRAWN = re.compile(r"[\s|vV]+|\s*\[\s*start\s*\]", re.IGNORECASE)


@dataclass(frozen=True)
class Imported:
    """What a text became. `places` gives the line of the text for each field of the document."""

    document: Document
    report: Report
    places: Lines


def read(text: str, *, titles: Mapping[str, str], today: date, name: str = "") -> Imported:
    """Read an article in the layout of the model article. Never raises; what it can’t place is kept as prose.

    `titles` holds the title of every article of the site by its identity, `today` dates the review and the prices,
    and `name` stands in for a title where the text has neither a title nor a code.
    """
    notes = Notes()
    lines = read_lines(text, notes)
    code = _code_of(lines)
    article = _Article(lines, name, Reading(code, today, Links(titles, own=code.lower()), notes))
    article.read_parts()
    article.keep_what_was_forgotten()
    return Imported(article.document, article.report, article.places)


def _code_of(lines: Sequence[Line]) -> str:
    """The code that the text is about: of its title or opening, else of its drawing; empty for a guide."""
    if lines and "guide" in words_of(lines[0].text) and not lines[0].is_finished and not codes_in(lines[0].text):
        return ""
    opening = [code for line in lines[:3] for code in codes_in(line.text)]
    drawn = [line.whole for line in lines if re.search(r"\[\s*start\b|decision path", line.whole, re.IGNORECASE)]
    return next(iter([*opening, *(code for whole in drawn for code in codes_in(whole))]), "")


class _Article:
    """Reads part by part, and puts the document together."""

    def __init__(self, lines: Sequence[Line], name: str, reading: Reading) -> None:
        self.lines = lines
        self.reading = reading
        self.notes = reading.notes
        self.fields: dict[str, Any] = {}
        self.sections: dict[str, Section] = {}
        opening, blocks = split(lines, reading.code)
        self.title = self._take_title(opening, name)
        if not reading.code:
            self.notes.open(0, "no error code stands in the title or the opening, so the text is taken for a guide")
        self.slug = "" if reading.code else reading.links.identity_of(self.title) or key_for(self.title, (), "untitled")
        reading.links.own = reading.links.own or self.slug
        self.summary = markdown(pieces_of(opening), reading.links)
        self.parts: dict[Part, Block] = {}
        self.unknown: list[Block] = []
        self.repair_keys: dict[int, str] = {}
        self._take_blocks(blocks)

    @property
    def places(self) -> Lines:
        sections = {f"sections[{at}]": self.reading.places[key] for at, key in enumerate(self._all_sections())}
        return {**self.reading.places, **sections}

    @property
    def document(self) -> Document:
        return Document(
            kind=Kind.ERROR if self.reading.code else Kind.GUIDE,
            code=self.reading.code,
            slug=self.slug,
            title=self.title,
            description="",
            summary=self.summary,
            reviewed_on=self.reading.today,
            sections=tuple(self._all_sections().values()),
            **self.fields,
        )

    @property
    def report(self) -> Report:
        return Report(
            findings=self.notes.in_order,
            references=self.reading.links.references,
            parts=tuple(part for part in Part if part in self.parts),
            missing=self.missing,
        )

    @property
    def missing(self) -> tuple[Part, ...]:
        """A guide has the parts that it needs."""
        return tuple(part for part in Part if part not in self.parts) if self.reading.code else ()

    def read_parts(self) -> None:
        """Read every part, the drawing after the repair steps and the snapshot that it refers to."""
        readers: dict[Part, Callable[[Block], None]] = {
            Part.FAST_FIX: self._fast_fix,
            Part.SNAPSHOT: self._snapshot,
            Part.ANATOMY: self._anatomy,
            Part.CAUSES: self._causes,
            Part.COST_OF_DELAY: self._delay,
            Part.LOOKALIKES: self._lookalikes,
            Part.STEPS: self._steps,
            Part.PRICES: self._prices,
            Part.RELATED: self._related,
            Part.FLOWCHART: self._flowchart,
        }
        for part, block in sorted(self.parts.items(), key=lambda held: held[0] is Part.FLOWCHART):
            self._introduce(part, block)
            if part in readers:
                readers[part](block)
            else:
                self._prose(part, block, pieces_of(block.lines))
        for block in self.unknown:
            self._unknown(block)
        for part in self.missing:
            self.notes.fault(0, f"a part is missing: {part.in_words}")

    def keep_what_was_forgotten(self) -> None:
        """The net below all readers: a line with a word that stands neither in the document nor in the report."""
        kept = {word for text in (*_texts(as_json(self.document)), str(self.report)) for word in words_of(text)}
        for line in self.lines:
            if not _ONLY_DRAWN.fullmatch(line.whole) and not kept.issuperset(words_of(without_placeholders(line.text))):
                self.reading.leave(line.number, line.text)

    def _take_title(self, opening: list[Line], name: str) -> str:
        """The title, taken from the opening lines; where there is none, what stands in for it."""
        if opening and _is_title(opening):
            line = opening.pop(0)
            title = re.sub(r"^(title|article|headline)\s*:\s*", "", heading_of(line), flags=re.IGNORECASE)
            self.reading.places["title"] = line.number
            self.notes.read(line.number, f"“{line.text}” → title")
            return self.reading.fitted(title, "document", "title", line.number)
        title = f"Error {self.reading.code}" if self.reading.code else name.strip() or "Untitled"
        title = self.reading.fitted(" ".join(title.split()), "document", "title", 0)
        self.notes.open(0, f"the text has no title; “{title}” stands in for it")
        return title

    def _take_blocks(self, blocks: Sequence[Block]) -> None:
        """Sort the blocks by their parts; a part that stands twice is put together."""
        for block in blocks:
            first = self.parts.get(block.part) if block.part else None
            if block.part is None:
                self.unknown.append(block)
            elif first is None:
                self.parts[block.part] = block
            else:
                first.lines += block.lines
                if block.heading:
                    self.notes.fault(
                        block.line,
                        f"“{block.heading}” opens a part that stands twice (duplicate of line {first.line});"
                        " both are kept, one after the other",
                    )

    def _introduce(self, part: Part, block: Block) -> None:
        if block.heading:
            whole = next(line.whole.strip() for line in self.lines if line.number == block.line)
            self.notes.read(block.line, f"“{whole}” → {part.in_words}")
        if not block.lines:
            self.notes.fault(block.line, f"the part is empty, its text is missing: {part.in_words}")
        others = codes_in(block.heading, but=self.reading.code)
        if others and self.reading.code:
            self.notes.fault(block.line, f"the heading names Error {others[0]}, the text is about {self.reading.code}")

    def _prose(self, part: Part, block: Block, pieces: Sequence[Piece]) -> None:
        heading = block.heading or part.in_words.capitalize()
        self._section(_SECTION_KEYS[part], heading, block.line, markdown(pieces, self.reading.links))

    def _section(self, key: str, heading: str, line: int, body: str) -> None:
        if body:
            self.reading.places[key] = line
            self.sections[key] = Section(key, self.reading.fitted(heading, "sections", "title", line), body)

    def _all_sections(self) -> dict[str, Section]:
        """The sections that were read, and one for what found no place."""
        in_order = dict(sorted(self.sections.items(), key=lambda held: self.reading.places[held[0]]))
        left = sorted(self.reading.unplaced, key=lambda entry: entry[0])
        if not left:
            return in_order
        self.reading.places[UNPLACED] = left[0][0]
        body = "\n\n".join(escaped(text) for _, text in left)
        return {**in_order, UNPLACED: Section(UNPLACED, "Not placed yet", body)}

    def _fast_fix(self, block: Block) -> None:
        times = times_in(block.heading)
        if times:
            self.fields["fast_fix_time"] = times[0].value
            self.reading.places["fast_fix_time"] = block.line
        else:
            self.notes.open(block.line, "the heading of the fast fix promises no time")
        self._prose(Part.FAST_FIX, block, pieces_of(block.lines))

    def _snapshot(self, block: Block) -> None:
        self.fields |= read_snapshot(block.lines, block.line, self.reading)

    def _anatomy(self, block: Block) -> None:
        pieces = pieces_of(block.lines)
        drawn = [piece for piece in pieces if piece.is_drawn]
        if is_diagram(drawn):
            line = in_one_line(drawn)
            self.reading.places["diagram"] = drawn[0].line
            if fault := fault_of(line):
                self.notes.open(drawn[0].line, f"the drawing is kept as text. “{line}” can’t be drawn: {fault}")
            else:
                self.fields["diagram"] = line
                self.notes.read(drawn[0].line, "the drawing → diagram")
                pieces = [piece for piece in pieces if not piece.is_drawn]
        self._prose(Part.ANATOMY, block, pieces)

    def _causes(self, block: Block) -> None:
        self.reading.places["causes"] = block.line
        self.fields["causes"] = read_causes(block.lines, block.line, self.reading)

    def _delay(self, block: Block) -> None:
        self.fields |= read_delay(block.lines, block.line, self.reading)

    def _lookalikes(self, block: Block) -> None:
        self.reading.places["lookalikes"] = block.line
        fault, rows = read_lookalikes(block.lines, block.line, self.reading)
        self.fields |= {"fault": fault, "lookalikes": rows}

    def _steps(self, block: Block) -> None:
        repair = read_steps(block.lines, block.heading, block.line, self.reading)
        self.reading.places["steps"] = block.line
        self.fields["steps"] = repair.steps
        self.repair_keys = repair.keys
        self._prose(Part.STEPS, block, repair.opening)

    def _prices(self, block: Block) -> None:
        self.reading.places["costs"] = block.line
        self.fields["costs"] = read_costs(block.lines, self.reading)

    def _related(self, block: Block) -> None:
        self.reading.places["related"] = block.line
        self.fields["related"] = read_related(block.lines, block.line, self.reading)

    def _flowchart(self, block: Block) -> None:
        path = read_decision_path(block.lines, self.notes)
        self.reading.places["flow"] = block.line
        risk: Level | None = self.fields.get("data_risk")
        self.fields["flow"] = flow_of(path, self.repair_keys, risk, self.reading)
        if path.question is None:
            self.notes.fault(block.line, "the decision path has no question that can be read; it is kept as prose")
        if path.start:
            self.notes.read(path.start_line, f"“[Start: {path.start}]” → where the decision path starts")
        others = codes_in(path.start, but=self.reading.code)
        if others and self.reading.code:
            self.notes.fault(
                path.start_line, f"the drawing starts at Error {others[0]}, the text is about {self.reading.code}"
            )
        for line in path.rest:
            self.reading.leave(line.number, line.text)

    def _unknown(self, block: Block) -> None:
        """A heading that means none of the parts: a section of its own in a guide, else prose without a place."""
        pieces = pieces_of(block.lines)
        if not self.reading.code and pieces:
            key = key_for(block.heading, {*self.sections, *_SECTION_KEYS.values()}, "section")
            self._section(key, block.heading, block.line, markdown(pieces, self.reading.links))
            self.notes.read(block.line, f"“{block.heading}” → a section of its own")
            return
        self.reading.leave(block.line, block.heading, why="a heading whose meaning is not known")
        for piece in pieces:
            self.reading.leave(piece.line, piece.text)


def _is_title(opening: Sequence[Line]) -> bool:
    """Whether the first of the opening lines is a title, and not the opening sentence."""
    line, text = opening[0], heading_of(opening[0])
    if not text or len(text) > _LONGEST_TITLE or re.search(r"[.!,;]$", text):
        return False
    if is_dressed(line) or in_title_case(text) or _TITLE_HEAD.search(text):
        return True
    return len(opening) > 1 and not opening[1].text[:1].islower()


def _texts(held: Any) -> Iterator[str]:
    """Every text in a structure of lists and dicts."""
    if isinstance(held, dict | list):
        for item in held.values() if isinstance(held, dict) else held:
            yield from _texts(item)
    else:
        yield str(held)
