"""What the pages of a walk show."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.urls import reverse

from kb.addresses import start_address, step_address, with_walk
from kb.document import Cost, Document, Kind, Step
from kb.edition import CurrentEdition
from kb.entry import Entry
from kb.flow import Disposition, Flow, Jump, Node, Option, Outcome, Repair, Trail, title_of
from kb.markdown import Renderer
from kb.plaintext import plain_text
from kb.presentation import addresses_of, drawing_of, jump_url, outline_of
from kb.wording import ACTORS, DISPOSITIONS
from triage import codes
from triage.carrying_over import carry_over
from triage.casenote import Heading, case_note, cost_in_words
from triage.reminder import Reminder
from triage.ruling_out import error_name, ruled_out
from triage.walk import Walk


class Form(StrEnum):
    """In which form a place is shown, as the address says it: a page, a case note, a reminder."""

    PAGE = ""
    TEXT = "text"
    CALENDAR = "ics"


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
    form: Form = Form.PAGE

    @property
    def shown(self) -> Node:
        return self.flow.by_key[self.node]

    @property
    def revision(self) -> int:
        return self.pin or self.entry.revision

    @property
    def is_chooser(self) -> bool:
        """Whether this is the walk for people without a code, which has addresses of its own."""
        return self.entry.kind is Kind.CHOOSER

    @property
    def is_outdated(self) -> bool:
        return self.pin is not None and self.pin != self.entry.revision

    @property
    def is_revisit(self) -> bool:
        """Whether an earlier question is shown again, with answers beyond it."""
        return self.node != self.walk.end.key

    @property
    def is_wait(self) -> bool:
        """Whether this is an end that says: wait, then look again."""
        shown = self.shown
        return isinstance(shown, Outcome) and shown.disposition is Disposition.WAIT and shown.time is not None

    def form_named(self, name: str) -> Form:
        """The form that an address asks for; what makes no sense here is a page."""
        if name == Form.TEXT or (name == Form.CALENDAR and self.is_wait):
            return Form(name)
        return Form.PAGE

    @cached_property
    def title(self) -> str:
        return title_of(self.shown, {step.key: step.title for step in self.document.steps})

    @cached_property
    def code(self) -> str:
        """The code to read over the phone; empty before the first answer."""
        return codes.encode(self.entry.identity, self.revision, self.flow, self.walk.trail)

    @cached_property
    def counted_as(self) -> str:
        """The code under which a view of this page is counted; empty when it is not.

        An earlier question shown again was counted when it was first reached. A pin is for looking back and for
        handing over a walk, which was counted too.
        """
        return "" if self.is_revisit or self.pin else self.code_after(self.walk.trail)

    def code_after(self, trail: Trail) -> str:
        """The code of any walk in this flow, also before its first answer."""
        return str(codes.code_of(self.entry.identity, self.revision, self.flow, trail))

    @property
    def address(self) -> str:
        """The one address of this place."""
        return self.address_of(self.node, self.walk.trail, form=self.form)

    @property
    def pinned_address(self) -> str:
        return self.address_of(self.node, self.walk.trail, revision=self.revision)

    @property
    def map_address(self) -> str:
        path = reverse("triage:map", args=[self.entry.identity])
        return with_walk(path, self.walk.trail, revision=self.pin)

    @property
    def full_link(self) -> str:
        """The link to share: with the site's name, on the revision of today."""
        return f"{settings.SITE_URL}{self.pinned_address}"

    @cached_property
    def case_note(self) -> str:
        heading = Heading(settings.SITE_NAME, self.full_link, self.code, self.revision)
        return case_note(self.document, self.walk, heading)

    @property
    def mail(self) -> str:
        """A mailto address with the case note as its text."""
        subject = f"Bank feed, {self.document.name}"
        return f"mailto:?{urlencode({'subject': subject, 'body': self.case_note}, quote_via=quote)}"

    @property
    def reminder(self) -> Reminder:
        """Raises ValueError for a place that asks for no waiting."""
        shown = self.shown
        if not isinstance(shown, Outcome) or shown.time is None:
            raise ValueError("there is nothing to wait for here")
        wait = timedelta(seconds=shown.time.maximum)
        title = f"Check the bank feed again: {self.document.name}"
        return Reminder(title, f"{shown.text}. {plain_text(shown.do_now)}", self.full_link, wait)

    def address_of(self, node: str, trail: Trail, *, revision: int | None = None, form: str = "") -> str:
        return step_address(
            self.entry.identity,
            self.flow,
            node,
            trail,
            is_chooser=self.is_chooser,
            revision=revision or self.pin,
            form=form,
        )


@dataclass(frozen=True)
class Choice:
    """One answer of the question that is shown. `leads_to` names another article when the answer carries on there.

    The end of this flow has no page then, so that the answer itself is `counted_as` its code.
    """

    option: Option
    href: str
    leads_to: str = ""
    is_given: bool = False
    counted_as: str = ""


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
        "current": f"{place.entry.kind}s",
        "start": start_address(place.entry.identity, is_chooser=place.is_chooser),
        "is_chooser": place.is_chooser,
        "prose": Renderer(edition.resolve(), place.document.source_numbers, base=sources_at(place.entry)),
        "choices": choices(place, edition),
        "passed": passed(place),
        "decided": decided,
        "most": decided + len(place.flow.longest_path(place.node)) - 1,
        "drawing": drawing_of(place.document, place.flow, edition, addresses=addresses, trail=trail, mini=True),
        "note_address": place.address_of(place.node, place.walk.trail, form=Form.TEXT),
        "calendar_address": place.address_of(place.node, place.walk.trail, form=Form.CALENDAR) if place.is_wait else "",
        "ruled_out": ruled_out(place.document, place.walk),
        "newer": newer(place, edition) if place.is_outdated else None,
    }
    if isinstance(place.shown, Outcome):
        context |= outcome_context(place, place.shown, edition)
    if isinstance(place.shown, Repair):
        context |= {
            "step": place.document.step_by_key.get(place.shown.step),
            "number": _numbers(place).get(place.shown.step),
        }
    return context


@dataclass(frozen=True)
class Newer:
    """What a newer revision makes of a walk on an old one: where it carries on, and what changed on the way."""

    revision: int
    href: str
    kept: int
    changes: tuple[str, ...]


def newer(place: Place, edition: CurrentEdition) -> Newer | None:
    """The walk of an outdated place on the live revision; None when that has no flow."""
    live = edition.document(place.entry.identity)
    if live is None or live.flow is None:
        return None
    carried = carry_over(place.document, live, place.walk)
    end = carried.walk.end
    href = (
        jump_url(end, edition)
        if isinstance(end, Jump)
        else step_address(place.entry.identity, live.flow, end.key, carried.walk.trail, is_chooser=place.is_chooser)
    )
    return Newer(place.entry.revision, href, len(carried.walk.taken), carried.changes)


def map_context(place: Place, edition: CurrentEdition) -> dict[str, Any]:
    """What the map shows: the drawing and the list with the walk marked, and likelihoods at the ends."""
    addresses = addresses_of(
        place.document, place.flow, edition, walked=place.walk.trail, end=place.walk.end.key, revision=place.pin
    )
    trail = [*(step.node.key for step in place.walk.taken), place.walk.end.key] if place.walk.taken else []
    return {
        "place": place,
        "document": place.document,
        "entry": place.entry,
        "is_chooser": place.is_chooser,
        "start": start_address(place.entry.identity, is_chooser=place.is_chooser),
        "drawing": drawing_of(place.document, place.flow, edition, addresses=addresses, trail=trail, likelihoods=True),
        "outline": outline_of(place.document, place.flow, edition, addresses=addresses, trail=trail, likelihoods=True),
        "current": f"{place.entry.kind}s",
    }


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
            counted_as = "" if place.pin else place.code_after(walk.trail)
        else:
            href, leads_to, counted_as = place.address_of(walk.end.key, walk.trail), "", ""
        found.append(Choice(option, href, leads_to, is_given=option.key == given, counted_as=counted_as))
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


def outcome_context(place: Place, outcome: Outcome, edition: CurrentEdition) -> dict[str, Any]:
    """What an outcome shows beside the finding: the error it points to, who acts, the cost, the repair that fits."""
    document = place.document
    costs: list[Cost] = [cost for cost in document.costs if cost.key in outcome.costs]
    steps: list[tuple[int, Step]] = [
        (number, step) for number, step in enumerate(document.steps, start=1) if step.key in outcome.steps
    ]
    return {
        "other": edition.find(outcome.error) if outcome.error else None,
        "other_name": error_name(outcome.error) if outcome.error else "",
        "who": ACTORS[outcome.who],
        "disposition": DISPOSITIONS[outcome.disposition],
        "costs": costs,
        "cost": cost_in_words(document, outcome),
        "steps": steps,
        "causes": [cause for cause in document.causes if cause.key in outcome.causes],
    }
