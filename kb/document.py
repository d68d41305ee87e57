"""The document: one article as text, front matter for what is typed and Markdown for prose.

It is what editors import and export, what `fixtures/` holds, what a revision freezes and what a diff shows.
`parse(dump(document)) == document` for every document, and `dump(parse(text)) == text` for every canonical text.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from kb import frontmatter
from kb.figures import DAY, ESTIMATE, Duration, Level, price_range_in_words
from kb.flow import Flow, Surroundings
from kb.frontmatter import Lines, clean, control_character
from kb.problems import DocumentInvalid, Problem
from kb.signs import Observation, Sign

MAX_CHARACTERS = 400_000

QUARTER = Duration(90 * DAY, 90 * DAY)
"""How long a review lasts unless an editor says otherwise."""

_FENCE = "---\n"
_HEADING = re.compile(r"## (?P<title>\S.*?) \{#(?P<key>[a-z0-9][a-z0-9-]{0,39})\}")


class Kind(StrEnum):
    """What an article is. There is at most one published chooser: the flow that asks “which error is it?”."""

    ERROR = "error"
    GUIDE = "guide"
    CHOOSER = "chooser"


class Standing(StrEnum):
    """How much weight a source carries."""

    OFFICIAL = "official"  # Intuit, a bank, a regulator, a court
    CONTRACT = "contract"  # what banks agree with others, wherever it can be read
    PLATFORM = "platform"  # documentation of another product; whether it shares the code numbers is for the note
    PRACTITIONER = "practitioner"  # blogs, forum threads, bookkeepers' posts

    @property
    def in_words(self) -> str:
        return {
            Standing.OFFICIAL: "official",
            Standing.CONTRACT: "contracts",
            Standing.PLATFORM: "another product",
            Standing.PRACTITIONER: "practitioners",
        }[self]


@dataclass(frozen=True)
class Source:
    """Where a figure or a claim comes from. `note` says what a reader should know about it, such as its age."""

    key: str
    title: str
    publisher: str
    standing: Standing
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class FixTime:
    """How long the repair takes in one of the cases."""

    case: str
    time: Duration
    source: str = ESTIMATE


@dataclass(frozen=True)
class Cause:
    """A root cause and its likelihood in percent; the likelihoods of one article add up to 100."""

    key: str
    title: str
    percent: int
    text: str
    source: str = ESTIMATE


@dataclass(frozen=True)
class RiskFactor:
    """What makes the same error weigh more or less."""

    title: str
    level: Level
    verdict: str
    text: str


@dataclass(frozen=True)
class Lookalike:
    """Another error this one is mistaken for: what is wrong there, and the sign that tells it apart."""

    error: str
    fault: str
    sign: str


@dataclass(frozen=True)
class Step:
    """A repair step. `chance` is the likelihood in percent that it ends the error; a draft may lack the time."""

    key: str
    title: str
    time: Duration | None = None
    body: str = ""
    time_source: str = ESTIMATE
    chance: int | None = None
    chance_source: str = ESTIMATE
    when: str = ""
    irreversible: bool = False


@dataclass(frozen=True)
class Cost:
    """A price range for a piece of professional work."""

    key: str
    title: str
    low: Decimal
    high: Decimal
    covers: str
    as_of: date
    currency: str = "USD"
    source: str = ESTIMATE

    @property
    def in_words(self) -> str:
        return price_range_in_words(self.low, self.high, self.currency)


@dataclass(frozen=True)
class Related:
    """Another article worth reading next, and why."""

    target: str
    text: str


@dataclass(frozen=True)
class Section:
    """Prose under a heading; `key` is its anchor."""

    key: str
    title: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Document:
    """One whole article. Fields stand in the order in which documents write them."""

    kind: Kind
    code: str = ""
    slug: str = ""
    aliases: tuple[str, ...] = ()
    title: str
    description: str
    summary: str
    owner: str = ""
    reviewed_on: date
    review_every: Duration = QUARTER
    fast_fix_time: Duration | None = None
    fast_fix_source: str = ESTIMATE
    data_risk: Level | None = None
    data_risk_text: str = ""
    reach: Level | None = None
    reach_text: str = ""
    trigger: str = ""
    trigger_text: str = ""
    fix_times: tuple[FixTime, ...] = ()
    diagram: str = ""
    diagram_caption: str = ""
    causes: tuple[Cause, ...] = ()
    risk_factors: tuple[RiskFactor, ...] = ()
    delay_today: str = ""
    delay_week: str = ""
    fault: str = ""
    sign: str = ""
    lookalikes: tuple[Lookalike, ...] = ()
    signs: tuple[Sign, ...] = ()
    observations: tuple[Observation, ...] = ()
    steps: tuple[Step, ...] = ()
    costs: tuple[Cost, ...] = ()
    related: tuple[Related, ...] = ()
    sources: tuple[Source, ...] = ()
    flow: Flow | None = None
    sections: tuple[Section, ...] = field(default=(), metadata={"is_prose": True})

    @property
    def identity(self) -> str:
        """What cross-links and addresses name the article by: an error's code in lower case, else the slug."""
        return self.code.lower() if self.kind is Kind.ERROR else self.slug

    @property
    def name(self) -> str:
        """“Error 102” for an error, the title for everything else."""
        return f"Error {self.code}" if self.kind is Kind.ERROR else self.title

    @property
    def ranked_causes(self) -> list[tuple[str, Cause]]:
        """The causes as they stand, each with its rank in words."""
        highest = max((cause.percent for cause in self.causes), default=0)
        return [(_rank(cause.percent, highest), cause) for cause in self.causes]

    @property
    def next_review_on(self) -> date:
        """Dates end with the year 9999, whatever a draft says."""
        return self.reviewed_on + min(timedelta(seconds=self.review_every.maximum), date.max - self.reviewed_on)

    @cached_property
    def section_by_key(self) -> dict[str, Section]:
        return {section.key: section for section in self.sections}

    @cached_property
    def step_by_key(self) -> dict[str, Step]:
        return {step.key: step for step in self.steps}

    @cached_property
    def sign_by_observation(self) -> dict[str, Sign]:
        return {sign.observation: sign for sign in self.signs}

    @cached_property
    def source_numbers(self) -> dict[str, int]:
        """The number under which each source is listed, by key."""
        return {source.key: number for number, source in enumerate(self.sources, start=1)}

    @cached_property
    def surroundings(self) -> Surroundings:
        return Surroundings(
            causes=tuple(cause.key for cause in self.causes),
            costs=tuple(cost.key for cost in self.costs),
            sources=tuple(source.key for source in self.sources),
            steps={step.key: step.irreversible for step in self.steps},
            titles={("causes", cause.key): cause.title for cause in self.causes}
            | {("steps", step.key): step.title for step in self.steps},
        )


def _rank(percent: int, highest: int) -> str:
    if percent == highest:
        return "Most likely"
    return "Rare" if percent < 10 else "Possible"


def parse(text: str) -> Document:
    """Read a document. Raises DocumentInvalid with every fault, each with its line and field."""
    return parse_with_lines(text)[0]


def parse_with_lines(text: str) -> tuple[Document, Lines]:
    """Read a document and tell on which line each of its fields stands. Raises DocumentInvalid."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MAX_CHARACTERS:
        raise DocumentInvalid(
            [
                Problem(
                    "",
                    f"a document has at most {MAX_CHARACTERS:,} characters, this one {len(text):,}",
                    line=1,
                )
            ]
        )
    if not text.startswith(_FENCE):
        raise DocumentInvalid([Problem("", "a document begins with front matter between two lines of “---”", line=1)])
    matter, fence, body = text.removeprefix(_FENCE).partition("\n---\n")
    if not fence and not text.endswith("\n---"):
        raise DocumentInvalid([Problem("", "the front matter is not closed by a line of “---”", line=1)])
    body_line = matter.count("\n") + 4
    sections, section_lines = _read_sections(body, body_line)
    document, lines = frontmatter.read(Document, matter.removesuffix("\n---"), first_line=2)
    return replace(document, sections=sections), lines | section_lines


def dump(document: Document) -> str:
    """Write the canonical text of a document."""
    matter = frontmatter.dump(replace(document, sections=()))
    prose = "".join(f"\n## {section.title} {{#{section.key}}}\n\n{section.body}\n" for section in document.sections)
    return f"{_FENCE}{matter}{_FENCE}{prose}"


def digest(document: Document) -> str:
    """A short name for exactly these words: 32 hexadecimal figures of the canonical text."""
    return hashlib.blake2b(dump(document).encode(), digest_size=16).hexdigest()


def as_json(document: Document) -> dict[str, Any]:
    """The document for machines: the same names as in the front matter, prose in `sections`."""
    plain: dict[str, Any] = frontmatter.plain(document)
    return plain


def _read_sections(body: str, first_line: int) -> tuple[tuple[Section, ...], Lines]:
    """Split prose at its second-level headings, `## Title {#key}`."""
    problems: list[Problem] = []
    lines: Lines = {}
    sections: list[Section] = []
    held: list[str] = []

    def close() -> None:
        if sections:
            sections[-1] = replace(sections[-1], body=clean("\n".join(held)))
        elif clean("\n".join(held)):
            problems.append(
                Problem("sections", "prose stands under a heading such as “## Title {#key}”", line=first_line)
            )
        held.clear()

    for number, line in enumerate(body.split("\n"), start=first_line):
        if fault := control_character(line):
            problems.append(Problem("sections", f"contains a control character ({fault}); remove it", line=number))
        if is_section_heading(line):
            match = _HEADING.fullmatch(line.rstrip())
            if match is None:
                problems.append(Problem("sections", "a heading of this rank is written “## Title {#key}”", line=number))
                continue
            close()
            lines |= {f"sections[{len(sections)}]{part}": number for part in ("", ".key", ".title", ".body")}
            sections.append(Section(match["key"], clean(match["title"]), ""))
        else:
            held.append(line)
    close()
    if problems:
        raise DocumentInvalid(problems)
    return tuple(sections), lines


def is_section_heading(line: str) -> bool:
    """Whether this line would open a new section (or a page title), so that no prose may contain it."""
    return line.startswith(("# ", "## ")) or line.rstrip() in {"#", "##"}


def prose_of(document: Document) -> Iterator[tuple[str, str]]:
    """Every Markdown text of a document with its field, in reading order."""
    for name in ("summary", "data_risk_text", "reach_text", "trigger_text", "delay_today", "delay_week"):
        yield name, getattr(document, name)
    for at, cause in enumerate(document.causes):
        yield f"causes[{at}].text", cause.text
    for at, factor in enumerate(document.risk_factors):
        yield f"risk_factors[{at}].text", factor.text
    for at, lookalike in enumerate(document.lookalikes):
        yield f"lookalikes[{at}].fault", lookalike.fault
        yield f"lookalikes[{at}].sign", lookalike.sign
    for at, observation in enumerate(document.observations):
        yield f"observations[{at}].help", observation.help
    for at, step in enumerate(document.steps):
        yield f"steps[{at}].when", step.when
        yield f"steps[{at}].body", step.body
    for at, cost in enumerate(document.costs):
        yield f"costs[{at}].covers", cost.covers
    for at, related in enumerate(document.related):
        yield f"related[{at}].text", related.text
    for at, section in enumerate(document.sections):
        yield f"sections[{at}].body", section.body
    for at, node in enumerate(document.flow.nodes if document.flow else ()):
        for name in (
            "help",
            "why",
            "where",
            "lead",
            "do_now",
            "data_risk_text",
            "time_text",
            "who_text",
            "hard_stop",
            "if_it_fails",
        ):
            if text := getattr(node, name, ""):
                yield f"flow.nodes[{at}].{name}", text
