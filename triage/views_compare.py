"""“Which error is it?” by what a reader sees: the matrix of all errors, and the same one question at a time."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from kb.edition import CurrentEdition
from kb.serving.reader import queried_page
from triage.pages_compare import ask_context, compare_context
from triage.sightings import sightings_in


@queried_page
def compare(request: HttpRequest, edition: CurrentEdition) -> HttpResponse:
    """The matrix, and what the answers in the address come to."""
    sightings = sightings_in(request.GET, edition)
    if request.get_full_path() != (address := sightings.address("triage:compare")):
        return HttpResponseRedirect(address)
    return render(request, "triage/compare.html", compare_context(sightings, edition))


@queried_page
def ask(request: HttpRequest, edition: CurrentEdition, observation: str = "") -> HttpResponse:
    """The next most telling question, or the one that is named, to change its answer; at the end the result."""
    sightings = sightings_in(request.GET, edition)
    if not sightings.matrix:
        return HttpResponseRedirect(sightings.address("triage:compare"))
    is_named = any(one.key == observation for one in sightings.observations)
    address = sightings.address("triage:ask-again", observation) if is_named else sightings.address("triage:ask")
    if request.get_full_path() != address:
        return HttpResponseRedirect(address)
    question = sightings.telling(observation) if is_named else sightings.next_question
    return render(request, "triage/ask.html", ask_context(sightings, edition, question))
