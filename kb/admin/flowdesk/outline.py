"""The outline of a flow: the whole of it as a text to read, change and save."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from kb.admin.flowdesk.draft import Draft
from kb.admin.flowdesk.visit import NotAllowed, Visit
from kb.figures import Level
from kb.flow import Actor, Disposition
from kb.flowoutline import dump, parse_with_lines, parts_of_kinds
from kb.problems import DocumentInvalid, Problem
from kb.redrawing import FlowMoved
from kb.soundness import too_long_in_flow

_CLOSED = {"disposition": [*Disposition], "who": [*Actor], "data risk": [*Level]}


@dataclass(frozen=True)
class Misread:
    """A fault of the text: its line as it was typed, and what to do."""

    problem: Problem
    text: str


def outline_page(visit: Visit) -> HttpResponse:
    """Show the outline; or check it, or save it."""
    if visit.request.method != "POST":
        text = dump(visit.draft.flow)
        return _show(visit, visit.draft.after(*parse_with_lines(text)), text)
    if not visit.may_draw:
        raise PermissionDenied
    text = visit.request.POST.get("outline", "").replace("\r\n", "\n")
    try:
        flow, lines = parse_with_lines(text)
    except DocumentInvalid as refused:
        return _show(visit, visit.draft, text, misread=_misread(text, refused.problems))
    after = visit.draft.after(flow, lines)
    too_long = sorted(_too_long(after), key=lambda problem: problem.line or 0)
    if too_long:
        return _show(visit, visit.draft, text, misread=_misread(text, too_long))
    if "_check" in visit.request.POST:
        return _show(visit, after, text, was_checked=True)
    try:
        visit.put(flow, says="Changed the outline of the flow.")
    except FlowMoved:
        fresh = Draft.of(visit.draft.article)
        return _show(visit, fresh, text, **visit.conflict(fresh, flow))
    except NotAllowed as refused:
        return _show(visit, visit.draft, text, misread=[Misread(Problem("", str(refused)), "")])
    visit.tell("Saved. Readers see it once the article is published.")
    return visit.saved(visit.request.get_full_path())


def _show(visit: Visit, draft: Draft, text: str, **context: Any) -> HttpResponse:
    drawing = draft.drawing() if draft.flow.nodes else None
    return visit.render("outline", draft, text=text, drawing=drawing, parts=parts_of_kinds(), closed=_CLOSED, **context)


def _too_long(draft: Draft) -> Iterator[Problem]:
    for fault in map(draft.fault, too_long_in_flow(draft.flow)):
        part = fault.problem.field.rpartition(".")[2].replace("_", " ")
        words = f"what stands here as “{part}” {fault.problem.message}: shorten it"
        yield replace(fault.problem, message=words, line=fault.line)


def _misread(text: str, problems: Sequence[Problem]) -> list[Misread]:
    lines = text.split("\n")
    return [Misread(problem, lines[(problem.line or 1) - 1].strip()[:80]) for problem in problems]
