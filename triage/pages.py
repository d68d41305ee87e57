"""What the pages of a walk show."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.urls import reverse

from kb.addresses import start_address, step_address
from kb.document import Cost, Document, Kind, Step
from kb.edition import CurrentEdition, Entry
from kb.flow import Flow, Jump, Node, Option, Outcome, Repair, Trail, title_of
from kb.markdown import Renderer
from kb.presentation import addresses_of, drawing_of, jump_url
from kb.wording import ACTORS, DISPOSITIONS
from triage import codes
from triage.casenote import Heading, case_note, cost_in_words
from triage.walk import Walk


@dataclass(frozen=True)
class Place:
    """A stop in a walk: which document and revision, the answers so far, and the node that is shown.

    `pin` is the revision that the address names, None for the live one.
    """

    document: Document
    flow: Flow
    entry: Entry
    walk: Walk
    node: str
    pin: int | None
    form: str = ""

    @property
    def shown(self) -> Node:
        return self.flow.by_key[self.node]

    @property
    def revision(self) -> int:
        return self.pin or self.entry.revision

    @property
    def is_outdated(self) -> bool:
        return self.pin is not None and self.pin != self.entry.revision

    @property
    def is_revisit(self) -> bool:
        """Whether an earlier question is shown again, with answers beyond it."""
        return self.node != self.walk.end.key

    @cached_property
    def title(self) -> str:
        return title_of(self.shown, {step.key: step.title for step in self.document.steps})

    @cached_property
    def code(self) -> str:
        """The code to read over the phone; empty before the first answer."""
        return codes.encode(self.entry.identity, self.revision, self.flow, self.walk.trail)

    @property
    def address(self) -> str:
        """The one address of this place."""
        return self.address_of(self.node, self.walk.trail, form=self.form)

    @property
    def pinned_address(self) -> str:
        return self.address_of(self.node, self.walk.trail, revision=self.revision)

    def address_of(self, node: str, trail: Trail, *, revision: int | None = None, form: str = "") -> str:
        return step_address(
            self.entry.identity,
            self.flow,
            node,
            trail,
            is_chooser=self.entry.kind is Kind.CHOOSER,
            revision=revision or self.pin,
            form=form,
        )


@dataclass(frozen=True)
class Choice:
    """One answer of the question that is shown. `leads_to` names another article when the answer carries on there."""

    option: Option
    href: str
    leads_to: str = ""
    is_given: bool = False


@dataclass(frozen=True)
class Passed:
    """One earlier answer, and where to change it."""

    title: str
    answer: str
    change: str
    is_shown: bool


def place_context(place: Place, edition: CurrentEdition) -> dict[str, Any]:
    """What the templates of all kinds of stop show."""
    addresses = addresses_of(
        place.document,
        place.flow,
        edition,
        walked=place.walk.trail,
        end=place.walk.end.key,
        revision=place.pin,
    )
    trail = [*(step.node.key for step in place.walk.taken if step.node.key != place.node), place.node]
    decided = len(place.walk.before(place.node))
    context = {
        "place": place,
        "document": place.document,
        "entry": place.entry,
        "node": place.shown,
        "current": "errors" if place.entry.kind is Kind.ERROR else f"{place.entry.kind}s",
        "start": start_address(place.entry.identity, is_chooser=place.entry.kind is Kind.CHOOSER),
        "is_chooser": place.entry.kind is Kind.CHOOSER,
        "prose": Renderer(edition.resolve(), place.document.source_numbers, base=sources_at(place.entry)),
        "choices": choices(place, edition),
        "passed": passed(place),
        "decided": decided,
        "most": decided + len(place.flow.longest_path(place.node)) - 1,
        "drawing": drawing_of(place.document, place.flow, edition, addresses=addresses, trail=trail, mini=True),
        "note_address": place.address_of(place.node, place.walk.trail, form="text"),
    }
    if isinstance(place.shown, Outcome):
        context |= outcome_context(place, place.shown)
    if isinstance(place.shown, Repair):
        context |= {
            "step": place.document.step_by_key.get(place.shown.step),
            "number": _numbers(place).get(place.shown.step),
        }
    return context


def sources_at(entry: Entry) -> str:
    """The page that lists an article's sources. A chooser has no article, so its map lists them."""
    return reverse("triage:map", args=[entry.identity]) if entry.kind is Kind.CHOOSER else entry.url


def _numbers(place: Place) -> dict[str, int]:
    return {step.key: number for number, step in enumerate(place.document.steps, start=1)}


def choices(place: Place, edition: CurrentEdition) -> list[Choice]:
    """The answers that can be given here. Later answers that still apply are kept in their addresses."""
    given = dict(place.walk.trail).get(place.node)
    found = []
    for option in place.shown.options:
        walk = place.walk.answering(place.node, option.key)
        if isinstance(walk.end, Jump):
            target = edition.entries.get(walk.end.to.lower())
            href, leads_to = jump_url(walk.end, edition), target.name if target else ""
        else:
            href, leads_to = place.address_of(walk.end.key, walk.trail), ""
        found.append(Choice(option, href, leads_to, is_given=option.key == given))
    return found


def passed(place: Place) -> list[Passed]:
    """The answers so far, in walking order, each with the address at which it can be changed."""
    titles = {step.key: step.title for step in place.document.steps}
    return [
        Passed(
            title_of(step.node, titles),
            step.option.label,
            place.address_of(step.node.key, place.walk.trail),
            is_shown=step.node.key == place.node,
        )
        for step in place.walk.taken
    ]


def outcome_context(place: Place, outcome: Outcome) -> dict[str, Any]:
    """What an outcome shows beside the finding: who acts, the cost, the repair that fits, and the note to hand over."""
    document = place.document
    costs: list[Cost] = [cost for cost in document.costs if cost.key in outcome.costs]
    steps: list[tuple[int, Step]] = [
        (number, step) for number, step in enumerate(document.steps, start=1) if step.key in outcome.steps
    ]
    heading = Heading(settings.SITE_NAME, settings.SITE_URL + place.pinned_address, place.code, place.revision)
    return {
        "who": ACTORS[outcome.who],
        "disposition": DISPOSITIONS[outcome.disposition],
        "costs": costs,
        "cost": cost_in_words(document, outcome),
        "steps": steps,
        "causes": [cause for cause in document.causes if cause.key in outcome.causes],
        "case_note": case_note(document, place.walk, heading),
    }
