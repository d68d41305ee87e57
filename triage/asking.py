"""“Did that fix it?”: which action a page asks visitors about, and what it shows of the answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from kb.addresses import with_walk
from kb.edition import CurrentEdition
from kb.figures import ESTIMATE
from kb.flow import Disposition, Outcome, Repair, Verdict, title_of
from triage.pages import Place
from triage.reports import tally_of


@dataclass(frozen=True)
class Estimate:
    """What the editors reckon, in words; without a source it is their own estimate."""

    words: str
    source: str

    @property
    def is_unsourced(self) -> bool:
        return self.source == ESTIMATE


def asking_context(place: Place, edition: CurrentEdition) -> dict[str, Any]:
    """What the form shows. Nothing where there is no action to ask about."""
    asked = asked_about(place)
    if asked is None:
        return {}
    return {
        "asked": asked,
        "asked_title": title_of(asked, {step.key: step.title for step in place.document.steps}),
        "report_address": address_about("triage:report", place, asked.key),
        "estimates": list(_estimates(place, asked)),
        "tally": tally_of(edition, place.entry, place.document, asked),
    }


def asked_about(place: Place) -> Repair | Outcome | None:
    """The repair step or outcome shown here; at a happy end, the step that led there, since nothing is left to do."""
    shown = place.shown
    if isinstance(shown, Outcome) and shown.disposition is Disposition.FIXED:
        last = place.walk.taken[-1] if place.walk.taken else None
        is_repaired = last is not None and last.option.key == Verdict.FIXED
        return last.node if last is not None and is_repaired and isinstance(last.node, Repair) else None
    return shown if isinstance(shown, Repair | Outcome) else None


def address_about(name: str, place: Place, node: str) -> str:
    """An address that names a node and keeps the walk: `triage:report` or `triage:thanks`."""
    path = reverse(name, args=[place.entry.identity, node])
    return with_walk(path, place.walk.trail, revision=place.pin)


def _estimates(place: Place, asked: Repair | Outcome) -> Iterator[Estimate]:
    if isinstance(asked, Repair):
        step = place.document.step_by_key.get(asked.step)
        if step is not None and step.chance:
            yield Estimate(f"ends the error in about {step.chance} of 100 cases", step.chance_source)
        return
    for rank, cause in place.document.ranked_causes:
        if cause.key in asked.causes:
            yield Estimate(f"“{cause.title}” is {rank.lower()} ({cause.percent} %)", cause.source)
