"""What an import found in a text: what it read, what it could not place, and what an editor has to look at."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Matter(StrEnum):
    """What a finding says about its line."""

    READ = "read"  # it was understood, and as what
    KEPT = "kept"  # it was not; its words stand under “Not placed”
    FAULT = "fault"  # something is wrong with it
    OPEN = "open"  # it leaves a choice that only an editor can make


@dataclass(frozen=True)
class Finding:
    """`line` is counted from 1; 0 stands for the text as a whole."""

    matter: Matter
    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}" if self.line else self.message


@dataclass(frozen=True)
class Reference:
    """Another article that the text names by its title. `identity` is empty when no article fits."""

    identity: str
    title: str
    catalogue_ref: str
    lines: tuple[int, ...]

    def __str__(self) -> str:
        target = f"[[{self.identity}]]" if self.identity else "no article of this site; kept as words"
        catalogue = f", catalogue {self.catalogue_ref}" if self.catalogue_ref else ""
        return (
            f"line{'s' * (len(self.lines) > 1)} {', '.join(map(str, self.lines))}: “{self.title}” → {target}{catalogue}"
        )


@dataclass(frozen=True)
class Report:
    findings: tuple[Finding, ...] = ()
    references: tuple[Reference, ...] = ()
    parts: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def of(self, matter: Matter) -> list[Finding]:
        return [finding for finding in self.findings if finding.matter is matter]

    @property
    def chapters(self) -> Iterator[tuple[str, list[str]]]:
        """What people read: a heading, and its lines. Chapters without a line are left out."""
        told = {
            "Wrong in the text": self.of(Matter.FAULT),
            "Not recognized, so kept as prose under “Not placed”": self.of(Matter.KEPT),
            "For the editor": self.of(Matter.OPEN),
            "Articles it names": self.references,
            "Recognized": self.of(Matter.READ),
        }
        for heading, entries in told.items():
            if entries:
                yield heading, [str(entry) for entry in entries]

    def __str__(self) -> str:
        return "\n".join(
            "\n".join([f"{heading}:", *(f"  {line}" for line in lines)]) for heading, lines in self.chapters
        )


@dataclass
class Notes:
    """Findings as they are made."""

    findings: list[Finding] = field(default_factory=list)

    def read(self, line: int, message: str) -> None:
        self.findings.append(Finding(Matter.READ, line, message))

    def kept(self, line: int, message: str) -> None:
        self.findings.append(Finding(Matter.KEPT, line, message))

    def fault(self, line: int, message: str) -> None:
        self.findings.append(Finding(Matter.FAULT, line, message))

    def open(self, line: int, message: str) -> None:
        self.findings.append(Finding(Matter.OPEN, line, message))

    @property
    def in_order(self) -> tuple[Finding, ...]:
        """By line, each once."""
        return tuple(sorted(dict.fromkeys(self.findings), key=lambda finding: finding.line))


def excerpt(text: str, length: int = 70) -> str:
    """The beginning of a text, for a message."""
    return f"“{text}”" if len(text) <= length else f"“{text[: length - 1].rstrip()}…”"


def listing(items: Iterable[object]) -> str:
    return ", ".join(map(str, items))
