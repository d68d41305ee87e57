"""What is wrong with a document, in sentences an editor can act on."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Gravity(StrEnum):
    """An error keeps a document from being published; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """One fault. `field` is its place in the document, such as `causes[2].percent` or `flow.nodes[0].text`."""

    field: str
    message: str
    gravity: Gravity = Gravity.ERROR
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class DocumentInvalid(ValueError):
    """A text that cannot be read as a document. `problems` holds every fault that was found, with its line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Only those that keep a document from being published."""
    return [problem for problem in problems if problem.gravity is Gravity.ERROR]


def line_of(problem: Problem, lines: Mapping[str, int]) -> int:
    """The line of a problem’s field, or of the nearest field around it; 1 where none is known."""
    field = problem.field
    while field and field not in lines:
        field = re.sub(r"(\.[^.\[\]]*|\[\d+\]|^[^.\[\]]*)$", "", field)
    return problem.line or lines.get(field, 1)
