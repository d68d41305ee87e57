"""Signs: what a reader can observe, and how it fits each error: the matrix of “Which error is it?”. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Fit(StrEnum):
    """How an observation goes with an error. Where it never does, seeing it speaks against the error."""

    YES = "yes"
    SOMETIMES = "sometimes"
    NO = "no"


@dataclass(frozen=True)
class Observation:
    """Something a reader can look at and answer with yes or no; the chooser lists them for the whole site.

    `name` is the question in a few words, `help` says where to look, `group` heads the rows that belong together.
    """

    key: str
    question: str
    name: str
    help: str = ""
    group: str = ""


@dataclass(frozen=True)
class Sign:
    """How one of the site's observations fits the error of this document."""

    observation: str
    fit: Fit
    note: str = ""
