"""The page of a flow: its map, all its stops, and the form of one of them."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from kb.admin.flowdesk.draft import Draft
from kb.admin.flowdesk.kinds import FORMS
from kb.admin.flowdesk.stopform import StopForm
from kb.admin.flowdesk.visit import NotAllowed, Visit
from kb.flow import Flow, Repair
from kb.flowedit import begun, in_drawn_order, key_for, with_node
from kb.flowoutline import dump_node
from kb.models import Node as NodeRow
from kb.redrawing import FlowMoved, rename_in_jumps

KINDS = {"question": "Question", "step": "Repair step", "outcome": "Outcome", "jump": "Jump to another article"}


@dataclass(frozen=True)
class Stop:
    """A stop in the list of all."""

    title: str
    kind: str
    href: str
    fault_count: int
    is_here: bool


def stop_page(visit: Visit) -> HttpResponse:
    """Show a stop, or answer one of the buttons of the page."""
    if visit.request.method != "POST":
        return _show(visit, visit.draft, _asked_form(visit))
    if not visit.may_draw:
        raise PermissionDenied
    if "_add" in visit.request.POST:
        return _add(visit)
    if "_sort" in visit.request.POST:
        return _sort(visit)
    return _save(visit)


def _asked_form(visit: Visit) -> StopForm | None:
    """The form of the stop that the address names, or else of the first one."""
    flow, key = visit.draft.flow, visit.request.GET.get("node", "")
    if key not in flow.by_key:
        if key:
            visit.tell(f"There is no stop “{key[:40]}” in this flow.", messages.WARNING)
        key = flow.start if flow.start in flow.by_key else next(iter(flow.by_key), "")
    if not key:
        return None
    row = NodeRow.objects.get(flow=visit.draft.article.flow, key=key)
    return FORMS[row.kind](visit.draft, row)


def _typed_form(draft: Draft, request: HttpRequest) -> StopForm:
    """The form as it was typed; of a new stop if the stop is gone by now."""
    key = request.POST.get("node", "")
    kind = request.POST.get("kind", "")
    known = key in draft.flow.by_key
    row = NodeRow.objects.filter(flow=draft.article.flow, key=key).first() if known else None
    if row is None or row.kind != kind:
        row = NodeRow(flow=draft.article.flow, key=key, kind=kind if kind in FORMS else "question")
    return FORMS[row.kind](draft, row, request.POST)


def _show(visit: Visit, draft: Draft, form: StopForm | None, *, here: str = "", **context: Any) -> HttpResponse:
    """Show a stop; `here` is its key in `draft`, if that is not the one that is stored."""
    here = here or (form.was if form else "")
    stops = [
        Stop(
            draft.titles[node.key],
            KINDS[node.kind],
            draft.address(node.key),
            len([fault for fault in draft.faults_at(node.key) if not fault.is_warning]),
            node.key == here,
        )
        for node in draft.flow.nodes
    ]
    return visit.render(
        "change_form",
        draft,
        form=form,
        here=here,
        kind=KINDS[form.instance.kind] if form else "",
        name=draft.titles.get(here, here),
        text=dump_node(draft.flow, here) if here in draft.flow.by_key else "",
        faults_here=draft.faults_at(here),
        drawing=draft.drawing(here) if draft.flow.nodes else None,
        stops=stops,
        kinds=KINDS,
        media=form.media if form else "",
        typed_at=draft.address(form.was) if form else "",
        **context,
    )


def _save(visit: Visit) -> HttpResponse:
    form = _typed_form(visit.draft, visit.request)
    if not form.is_valid():
        return _show(visit, visit.draft, form)
    flow = form.flow()
    if "_check" in visit.request.POST:
        return _show(visit, visit.draft.after(flow), form, here=form.cleaned_data["key"], was_checked=True)
    try:
        _put(visit, form, flow)
    except FlowMoved:
        fresh = Draft.of(visit.draft.article)
        form = _typed_form(fresh, visit.request)
        return _show(visit, fresh, form, **visit.conflict(fresh, form.flow() if form.is_valid() else None))
    except NotAllowed as refused:
        form.add_error(None, str(refused))
        return _show(visit, visit.draft, form)
    return visit.saved(visit.draft.address(form.cleaned_data["key"]))


def _put(visit: Visit, form: StopForm, flow: Flow) -> None:
    """Save a stop with what hangs on its key, and say what was done."""
    key, article = form.cleaned_data["key"], visit.draft.article
    after = visit.draft.after(flow)
    with transaction.atomic():
        visit.put(flow, base=form.renamed_flow(), says=f"Changed the stop “{after.titles[key]}” of the flow.")
        others = rename_in_jumps(article, form.was, key, form.renamed_answers())
    new = [(after.address(node.key), after.titles[node.key]) for node in form.targets.begun]
    if new:
        visit.tell_list("Saved. Fill in what is new:", new)
    else:
        visit.tell("Saved. Readers see it once the article is published.")
    if key != form.was and form.was in visit.draft.published:
        visit.tell(
            f"“{form.was}” was published: links and codes that readers have kept break off here once “{key}” is live.",
            messages.WARNING,
        )
    if others:
        names = ", ".join(str(other) for other in others)
        visit.tell(f"Renamed in the jumps of {names} too: publish these articles together.", messages.WARNING)


def _add(visit: Visit) -> HttpResponse:
    """Add a stop that no answer leads to yet."""
    flow, kind = visit.draft.flow, visit.request.POST.get("kind", "")
    kind = kind if kind in FORMS else "question"
    words = " ".join(visit.request.POST.get("words", "").split())[:200]
    key = key_for(words, flow.by_key, otherwise=kind)
    node = begun(kind, key, text=words)
    node = replace(node, short=words[:60]) if isinstance(node, Repair) else node
    flow = with_node(flow, key, node)
    flow = flow if flow.start else replace(flow, start=key)
    return _put_at_once(visit, flow, key, f"Added the stop “{words or key}”.")


def _sort(visit: Visit) -> HttpResponse:
    flow = in_drawn_order(visit.draft.flow)
    return _put_at_once(visit, flow, visit.request.GET.get("node", ""), "Put the stops in the order of the drawing.")


def _put_at_once(visit: Visit, flow: Flow, key: str, says: str) -> HttpResponse:
    """Save a change that holds whatever others changed since the page was opened."""
    try:
        visit.put(flow, says=says, seen=visit.draft.digest)
    except (FlowMoved, NotAllowed) as refused:
        visit.tell(str(refused) or "Somebody else saved this flow at the same moment. Try again.", messages.ERROR)
        return visit.go(visit.draft.address(visit.request.GET.get("node", "")))
    visit.tell(says)
    return visit.go(visit.draft.address(key))
