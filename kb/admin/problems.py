"""Faults of a document, led back to the forms in which they can be mended."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.admin.helpers import AdminForm, InlineAdminFormSet
from django.forms import BaseModelForm
from django.forms.models import BaseInlineFormSet
from django.urls import reverse

from kb.desk import PARTS
from kb.models import Article, Flow, Node
from kb.problems import Problem

_PART = re.compile(r"(?P<part>[a-z_]+)(?:\[(?P<at>\d+)\])?(?:\.(?P<field>[a-z_]+))?")
_NODE = re.compile(r"flow\.nodes\[(?P<at>\d+)\]")


@dataclass(frozen=True)
class Complaint:
    """A problem as the page lists it: where to go to mend it."""

    problem: Problem
    href: str


def complaints(
    article: Article, problems: Iterable[Problem], formsets: Sequence[InlineAdminFormSet]
) -> list[Complaint]:
    """Each problem with a link to its field, its row, or its node on the page of the flow."""
    nodes = list(Node.objects.filter(flow__article=article).values_list("flow_id", "key"))
    prefixes = {admin_formset.formset.model: admin_formset.formset.prefix for admin_formset in formsets}
    return [Complaint(problem, _href(problem, nodes, prefixes)) for problem in problems]


def _href(problem: Problem, nodes: Sequence[tuple[int, str]], prefixes: dict[type, str]) -> str:
    if (match := _NODE.match(problem.field)) and int(match["at"]) < len(nodes):
        flow, key = nodes[int(match["at"])]
        return f"{reverse('admin:kb_flow_change', args=[flow])}?{urlencode({'node': key})}#stop"
    match = _PART.match(problem.field)
    if match is None:
        return ""
    if match["part"] in PARTS:
        prefix = prefixes.get(PARTS[match["part"]][1], "")
        return f"#{prefix}-{match['at']}" if match["at"] else f"#{prefix}-group"
    return "#flow-group" if match["part"] == "flow" else f"#id_{match['part']}"


def put_beside_fields(problems: Iterable[Problem], form: AdminForm, formsets: Sequence[InlineAdminFormSet]) -> None:
    """Show each problem as an error of its field, where the page has that field."""
    by_model = {admin_formset.formset.model: admin_formset for admin_formset in formsets}
    for problem in problems:
        match = _PART.match(problem.field)
        if match is None:
            continue
        if match["part"] in PARTS:
            admin_formset = by_model.get(PARTS[match["part"]][1])
            if admin_formset is not None:
                _put_in_formset(problem, admin_formset, match["at"], match["field"])
        elif match["part"] == "flow" and Flow in by_model:
            _put_in_formset(problem, by_model[Flow], None, None)
        else:
            _put_in_form(problem, form.form, match["part"])


def _put_in_formset(problem: Problem, admin_formset: InlineAdminFormSet, at: str | None, field: str | None) -> None:
    forms = rows_of(admin_formset.formset) if at is not None else []
    if at is None or int(at) >= len(forms):
        admin_formset.formset.non_form_errors().append(problem.message)
        admin_formset.classes = ""  # Django unfolds a part for faults of its rows, but not for one of the whole
    else:
        _put_in_form(problem, forms[int(at)], field or "")


def rows_of(formset: BaseInlineFormSet) -> list[BaseModelForm]:
    """The forms of the rows that the document has, or would have if they were saved, in its order."""
    gone = formset.deleted_forms
    rows = [form for form in formset.forms if form not in gone and (form.instance.pk or form.has_changed())]
    return sorted(rows, key=lambda form: (form.instance.position, form.instance.pk or math.inf))


def _put_in_form(problem: Problem, form: BaseModelForm, field: str) -> None:
    if field in form.fields:
        form.errors.setdefault(field, form.error_class()).append(problem.message)
    elif form.fields:
        first = next(iter(form.fields))
        form.errors.setdefault(first, form.error_class()).append(str(problem))
