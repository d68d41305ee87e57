"""Taking a stop out of a flow: what leads to it, and where that is to lead instead."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse

from kb.admin.flowdesk.draft import Draft
from kb.admin.flowdesk.visit import NotAllowed, Visit
from kb.flowedit import references, without
from kb.redrawing import FlowMoved, jumps_into


class InsteadForm(forms.Form):
    """Where to lead what led to the stop."""

    def __init__(self, draft: Draft, key: str, data: Any = None) -> None:
        super().__init__(data)
        others = draft.node_choices(node for node in draft.flow.nodes if node.key != key)
        self.fields["instead"] = forms.ChoiceField(
            label="Lead there instead to", choices=[("", "(nowhere yet)"), *others], required=False
        )


def taking_out_page(visit: Visit) -> HttpResponse:
    """Say what would dangle, and take the stop out when that is confirmed."""
    draft, key = visit.draft, visit.request.GET.get("node", "")
    if not (visit.may_draw and visit.may("delete_node")):
        raise PermissionDenied
    if key not in draft.flow.by_key:
        raise Http404(f"There is no stop “{key[:40]}”.")
    form = InsteadForm(draft, key, visit.request.POST or None)
    if visit.request.method == "POST" and form.is_valid():
        instead = form.cleaned_data["instead"]
        try:
            visit.put(without(draft.flow, key, instead=instead), says=f"Took out the stop “{draft.titles[key]}”.")
        except FlowMoved:
            visit.tell("This flow was changed meanwhile. Look again at what leads here.", messages.WARNING)
            return visit.go(visit.request.get_full_path())
        except NotAllowed as refused:
            raise PermissionDenied(str(refused)) from None
        visit.tell(f"Took out “{draft.titles[key]}”.")
        return visit.go(draft.address(instead))
    return visit.render(
        "taking_out",
        draft,
        form=form,
        node=draft.flow.by_key[key],
        name=draft.titles[key],
        is_start=draft.flow.start == key,
        leading=[(draft.titles[node.key], option.label) for node, option in references(draft.flow, key)],
        jumping=jumps_into(draft.article, key),
        was_published=key in draft.published,
        back=draft.address(key),
    )
