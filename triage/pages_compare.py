"""What the pages under /compare/ show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from kb.addresses import pair_address
from kb.document import Kind
from kb.edition import CurrentEdition
from kb.entry import Entry
from kb.flow import MAX_DECISIONS
from kb.markdown import Renderer
from kb.signs import Fit, Observation
from triage.differential import Seen, Telling
from triage.matches import result
from triage.sightings import Sightings

_ANSWERS = {Seen.YES: "Yes", Seen.NO: "No", Seen.NOT_SURE: "Not sure"}
_CELLS = {Fit.YES: ("yes", "Yes"), Fit.SOMETIMES: ("maybe", "May"), Fit.NO: ("no", "No"), None: ("", "–")}


@dataclass(frozen=True)
class Choice:
    """One of the three answers to an observation."""

    seen: Seen
    words: str
    is_given: bool


@dataclass(frozen=True)
class Cell:
    """How an observation fits one error: yes, maybe, no, or empty where the article does not say."""

    entry: Entry
    fit: str
    words: str


@dataclass(frozen=True)
class Row:
    """One observation in the matrix."""

    observation: Observation
    choices: Sequence[Choice]
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Given:
    """One answer so far, and where to change it."""

    observation: Observation
    words: str
    change: str


def compare_context(sightings: Sightings, edition: CurrentEdition) -> dict[str, Any]:
    """What the matrix page shows."""
    return {
        "sightings": sightings,
        "errors": sightings.errors.values(),
        "groups": _groups(sightings),
        "ask_address": sightings.address("triage:ask"),
        "pairs": _pairs(edition),
        **_common(sightings, edition),
    }


def ask_context(sightings: Sightings, edition: CurrentEdition, question: Telling | None) -> dict[str, Any]:
    """What the page of one question shows, or the end, where there is none to ask."""
    return {
        "sightings": sightings,
        "given": [
            Given(one, _ANSWERS[seen], sightings.address("triage:ask-again", one.key))
            for one in sightings.observations
            if (seen := sightings.answers.get(one.key))
        ],
        "matrix_address": sightings.address("triage:compare"),
        **(_question_context(sightings, question) if question else {}),
        **_common(sightings, edition),
    }


def _question_context(sightings: Sightings, question: Telling) -> dict[str, Any]:
    """The question with its form: what is known already goes `before` and `after` it, in the order of addresses."""
    order = ["shown", *(one.key for one in sightings.observations)]
    place = order.index(question.observation)
    kept = [(name, value) for name, value in sightings.said if name != question.observation]
    asked = sightings.observations[place - 1]
    return {
        "asked": asked,
        "why": why(question, sightings.errors),
        "choices": _choices(sightings, asked),
        "before": [field for field in kept if order.index(field[0]) < place],
        "after": [field for field in kept if order.index(field[0]) > place],
        "number": len(sightings.answers.keys() - {asked.key}) + 1,
        "most": MAX_DECISIONS,
    }


def _common(sightings: Sightings, edition: CurrentEdition) -> dict[str, Any]:
    return {"result": result(sightings, edition), "prose": Renderer(edition.resolve()), "current": "compare"}


def _groups(sightings: Sightings) -> list[tuple[str, list[Row]]]:
    """The rows of the matrix under the headings of their groups."""
    return [
        (heading, [_row(sightings, observation) for observation in group])
        for heading, group in groupby(sightings.observations, key=lambda observation: observation.group)
    ]


def _row(sightings: Sightings, observation: Observation) -> Row:
    cells = [
        Cell(entry, *_CELLS[sightings.matrix[identity].get(observation.key)])
        for identity, entry in sightings.errors.items()
    ]
    return Row(observation, _choices(sightings, observation), cells)


def _choices(sightings: Sightings, observation: Observation) -> list[Choice]:
    given = sightings.answers.get(observation.key)
    return [Choice(seen, words, given is seen) for seen, words in _ANSWERS.items()]


def why(question: Telling, errors: Mapping[str, Entry]) -> str:
    """Say which errors an observation tells apart."""
    always, sometimes, never = (
        _listed([errors[identity].code for identity in identities])
        for identities in (question.always, question.sometimes, question.never)
    )
    if always and never:
        return f"It tells {always} from {never}."
    if always and sometimes:
        return f"It always goes with {always}, and only at times with {sometimes}."
    if sometimes and never:
        return f"It can go with {sometimes}, and never goes with {never}."
    return "Your other answers leave nothing for it to tell apart."


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def _pairs(edition: CurrentEdition) -> list[tuple[Entry, list[tuple[Entry, str]]]]:
    """Each error with its look-alikes, whichever of the two names the other, and where they are compared."""
    errors = edition.of_kind(Kind.ERROR)
    return [
        (
            entry,
            [
                (other, pair_address(entry.identity, other.identity))
                for other in errors
                if other.identity in entry.lookalikes or entry.identity in other.lookalikes
            ],
        )
        for entry in errors
    ]
