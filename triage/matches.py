"""What was seen comes to this: the errors in order, each with what fits and what speaks against it."""

from collections.abc import Collection
from dataclasses import dataclass

from kb.addresses import step_address
from kb.edition import CurrentEdition
from kb.entry import Entry
from triage.differential import Seen, Standing
from triage.sightings import Sightings
from triage.walk import replay, settled


@dataclass(frozen=True)
class Reason:
    """An answer that bears on an error; `note` says when the error shows itself so."""

    name: str
    answer: str
    note: str


@dataclass(frozen=True)
class Match:
    """One error in the result. `triage` carries on after as many answers as `carried` says are known already."""

    entry: Entry
    fits: list[Reason]
    may: list[Reason]
    against: list[Reason]
    triage: str
    carried: int


@dataclass(frozen=True)
class Result:
    """All errors, sorted: the `best`; those `beside` it; the others, with more against them.

    Without a `best`, either several fit as well as each other, or none does; those that come nearest stand in `beside`.
    """

    title: str
    verdict: str
    fits: bool
    best: Match | None
    beside: list[Match]
    others: list[Match]

    @property
    def is_undecided(self) -> bool:
        """Whether only the order of the list would tell the first from the second."""
        return self.fits and self.best is None


def result(sightings: Sightings, edition: CurrentEdition) -> Result | None:
    """The result; None before any answer that bears on an error."""
    standings = sightings.standings
    if not any(one.fits or one.may or one.against for one in standings):
        return None
    told = {observation for one in standings for observation in one.against}
    matches = [_match(sightings, edition, one, told) for one in standings]
    fewest = len(standings[0].against)
    near = [match for match, one in zip(matches, standings, strict=True) if len(one.against) == fewest]
    others = matches[len(near) :]
    if fewest:
        return Result(
            "None of these errors fits all that you saw", "", fits=False, best=None, beside=near, others=others
        )
    best, *beside = near
    name, is_shown = best.entry.name, best.entry.identity == sightings.shown
    if not beside:
        title, verdict = f"{name} is the one that fits", "Nothing speaks against it"
    elif is_shown:
        title, verdict = f"{name} fits best", "It fits, and its code is on your screen"
    elif len(standings[0].fits) > len(standings[1].fits):
        title, verdict = f"{name} fits best", "Fits best so far"
    else:
        return Result("Several errors fit so far", "", fits=True, best=None, beside=near, others=others)
    return Result(title, verdict, fits=True, best=best, beside=beside, others=others)


def _match(sightings: Sightings, edition: CurrentEdition, standing: Standing, told: Collection[str]) -> Match:
    """`told` are the observations that speak against some error; the others tell nothing apart and are no reasons."""
    entry = sightings.errors[standing.error]
    notes = {sign.observation: sign.note for sign in entry.signs}

    def reasons(keys: Collection[str]) -> list[Reason]:
        return [
            Reason(one.name, answer, notes[one.key] if answer is Seen.YES else "")
            for one in sightings.observations
            if one.key in keys and one.key in told
            for answer in [sightings.answers[one.key]]
        ]

    triage, carried = _triage(sightings, edition, entry)
    return Match(entry, reasons(standing.fits), reasons(standing.may), reasons(standing.against), triage, carried)


def _triage(sightings: Sightings, edition: CurrentEdition, entry: Entry) -> tuple[str, int]:
    """Where the triage of an error carries on, past the questions that what was seen settles, and how many they are."""
    document = edition.document(entry.identity)
    if document is None or document.flow is None:
        return entry.triage_url, 0
    flow = document.flow
    seen = {key: str(answer) for key, answer in sightings.answers.items() if answer is not Seen.NOT_SURE}
    trail = settled(flow, seen)
    return step_address(entry.identity, flow, replay(flow, dict(trail)).end.key, trail), len(trail)
