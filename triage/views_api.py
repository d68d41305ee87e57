"""The triage for other programs: a stop of a walk as JSON, by the answers so far."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kb.addresses import arrival, with_walk
from kb.api import api_page, data
from kb.document import Cost, Document, Step
from kb.edition import CurrentEdition
from kb.figures import Duration
from kb.flow import Jump, Outcome, Question, Repair, Trail
from kb.plaintext import plain_text
from kb.serving.reader import published
from kb.wording import ACTORS, DISPOSITIONS
from triage.pages import Place, choices, passed
from triage.views import place_at
from triage.walk import Walk

MISLED = "One of the answers is not known here. The answers before it are kept; carry on from this stop."


@api_page
def choose(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """The walk for people without a code."""
    if edition.chooser is None:
        raise Http404("There is no triage for people without a code yet.")
    return HttpResponseRedirect(_address(edition.chooser.identity, ()))


@api_page
def walk(request: HttpRequest, edition: CurrentEdition, identity: str) -> HttpResponse:
    """The stop to which the answers lead, with everything that its page shows.

    As on the page: answers that make no sense are left out by a redirect, and an unknown one is asked again.
    """
    entry = published(edition, identity)
    place = place_at(request, edition, entry, None)
    if isinstance(place.walk.end, Jump):
        return HttpResponseRedirect(_after_jump(place.walk.end, edition))
    address = _address(entry.identity, place.walk.trail, place.pin)
    if not place.walk.is_misled and request.get_full_path() != address:
        return HttpResponseRedirect(address)
    return data(_as_data(place, edition))


def _address(identity: str, trail: Trail, revision: int | None = None) -> str:
    return with_walk(reverse("triage:api-walk", args=[identity]), trail, revision=revision)


def _after_jump(jump: Jump, edition: CurrentEdition) -> str:
    """Where a jump carries on; at the choice of errors when its target is not published any more."""
    target = edition.document(jump.to.lower())
    if target is None or target.flow is None:
        return reverse("triage:api-choose")
    return _address(target.identity, arrival(jump, target.flow)[1])


def _as_data(place: Place, edition: CurrentEdition) -> dict[str, Any]:
    site = settings.SITE_URL
    return {
        "url": f"{site}{place.address_of(place.node, place.walk.trail)}",
        "pinned_url": place.full_link,
        "article": {"identity": place.entry.identity, "name": place.entry.name, "url": f"{site}{place.entry.url}"},
        "revision": place.revision,
        "newest_revision": place.entry.revision,
        "notice": MISLED if place.walk.is_misled else None,
        "trail": [
            {"node": taken.node.key, "question": step.title, "option": taken.option.key, "answer": step.answer}
            for taken, step in zip(place.walk.taken, passed(place), strict=True)
        ],
        "code": place.code or None,
        "stop": _stop(place),
        "options": list(_options(place, edition)),
        "case_note": place.case_note,
    }


def _options(place: Place, edition: CurrentEdition) -> Iterator[dict[str, Any]]:
    site = settings.SITE_URL
    for choice in choices(place, edition):
        onward = place.walk.answering(place.node, choice.option.key)
        yield {
            "key": choice.option.key,
            "label": choice.option.label,
            "detail": choice.option.detail or None,
            "continues_with": choice.leads_to or None,
            "next": f"{site}{_next(onward, place, edition)}",
            "url": f"{site}{choice.href}",
        }


def _next(onward: Walk, place: Place, edition: CurrentEdition) -> str:
    if isinstance(onward.end, Jump):
        return _after_jump(onward.end, edition)
    return _address(place.entry.identity, onward.trail, place.pin)


def _stop(place: Place) -> dict[str, Any]:
    """What is asked, to be done or found here. Prose is plain text."""
    node, document = place.shown, place.document
    stop = {"key": node.key, "kind": node.kind, "title": place.title}
    match node:
        case Question():
            return {**stop, "help": _prose(node.help), "why": _prose(node.why), "where": _prose(node.where)}
        case Repair():
            step = document.step_by_key.get(node.step)
            return {**stop, "step": _step(document, step) if step else None}
        case Outcome():
            return {**stop, **_outcome(document, node)}
        case _:
            return stop


def _outcome(document: Document, outcome: Outcome) -> dict[str, Any]:
    return {
        "disposition": outcome.disposition,
        "disposition_in_words": DISPOSITIONS[outcome.disposition],
        "lead": _prose(outcome.lead),
        "do_now": _prose(outcome.do_now),
        "who": outcome.who,
        "who_in_words": ACTORS[outcome.who],
        "who_text": _prose(outcome.who_text),
        "time": _time(outcome.time),
        "time_source": outcome.time_source if outcome.time else None,
        "time_text": _prose(outcome.time_text),
        "data_risk": outcome.data_risk,
        "data_risk_text": _prose(outcome.data_risk_text),
        "is_free": not outcome.costs,
        "costs": [_cost(cost) for cost in document.costs if cost.key in outcome.costs],
        "causes": [cause.title for cause in document.causes if cause.key in outcome.causes],
        "error": outcome.error or None,
        "hard_stop": _prose(outcome.hard_stop),
        "steps": [_step(document, step) for step in document.steps if step.key in outcome.steps],
        "if_it_fails": _prose(outcome.if_it_fails),
    }


def _step(document: Document, step: Step) -> dict[str, Any]:
    return {
        "number": document.steps.index(step) + 1,
        "title": step.title,
        "time": _time(step.time),
        "when": _prose(step.when),
        "text": _prose(step.body),
        "is_irreversible": step.irreversible,
    }


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "title": cost.title,
        "low": float(cost.low),
        "high": float(cost.high),
        "currency": cost.currency,
        "in_words": cost.in_words,
        "covers": _prose(cost.covers),
        "as_of": cost.as_of.isoformat(),
        "source": cost.source,
    }


def _time(time: Duration | None) -> dict[str, Any] | None:
    if time is None:
        return None
    return {"minimum_seconds": time.minimum, "maximum_seconds": time.maximum, "in_words": time.in_words}


def _prose(markdown: str) -> str | None:
    return plain_text(markdown) or None
