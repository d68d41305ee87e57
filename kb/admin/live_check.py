"""An article's page is checked while somebody types in it, by the rules of publishing; nothing is saved."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import cast, override

from django.contrib.admin.helpers import AdminForm, InlineAdminFormSet
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseModelForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from kb.admin.conflicts import SharedPage, SharedPageForm
from kb.admin.editor import SIGNED_OUT, refused
from kb.admin.problems import put_beside_fields, rows_of
from kb.desk import PARTS, read_document
from kb.models import Article
from kb.problems import Problem, errors
from kb.publishing import check, check_document

OVERTAKEN = "Somebody saved this page after you had opened it. When you save, you see both versions and decide."


@dataclass(frozen=True)
class Fault:
    """A sentence and the element of the page that it is about, by its id; none where it is about the whole page."""

    place: str
    sentence: str


class LiveCheck(SharedPage):
    """Answers static/js/live-check.js: what the changes break or, asked for `every` fault, all that is wrong."""

    @override
    def get_urls(self) -> list[URLPattern]:
        check_page = path("<int:pk>/check/", require_POST(self.live_check_view), name="kb_article_live_check")
        return [check_page, *super().get_urls()]

    def live_check_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.admin_site.has_permission(request):
            return refused(SIGNED_OUT)
        article = get_object_or_404(Article, pk=pk)
        if not self.has_change_permission(request, article):
            return refused("You may not change articles. Ask an administrator for the role of a writer.")
        wants_every = "every" in request.POST
        before = set() if wants_every else {_gist(problem) for problem in _saved(article)}
        form, formsets = self._typed(request, article)
        if form.is_refused:
            return JsonResponse({"faults": [asdict(Fault("", OVERTAKEN))]})
        if form.is_valid() and all(inline.formset.is_valid() for inline in formsets):
            broken = [problem for problem in _as_typed(article, formsets) if _gist(problem) not in before]
            put_beside_fields(broken, AdminForm(form, [], {}), formsets)
        faults = _faults(form, formsets, with_gaps=wants_every)
        return JsonResponse({"faults": [asdict(fault) for fault in faults]})

    def _typed(self, request: HttpRequest, article: Article) -> tuple[SharedPageForm, Sequence[InlineAdminFormSet]]:
        """The page as it was sent. What can be read of it stands on `article` and on its rows, unsaved."""
        form = self.get_form(request, article, change=True)(request.POST, instance=article)
        form.is_valid()
        formsets, inlines = [], []
        for formset, inline in self.get_formsets_with_inlines(request, article):
            prefix = formset.get_default_prefix()
            formsets.append(formset(**self.get_formset_kwargs(request, article, inline, prefix)))
            inlines.append(inline)
        return cast(SharedPageForm, form), self.get_inline_formsets(request, formsets, inlines, article)


def _saved(article: Article) -> list[Problem]:
    return errors(next(iter(check([article], now=timezone.now()).values())))


def _as_typed(article: Article, formsets: Sequence[InlineAdminFormSet]) -> list[Problem]:
    models = {model for _, model in PARTS.values()}
    rows = {
        inline.formset.model: [form.instance for form in rows_of(inline.formset)]
        for inline in formsets
        if inline.formset.model in models
    }
    document = read_document(article, rows)
    return errors(check_document(article, document, [document], now=timezone.now()))


def _gist(problem: Problem) -> tuple[str, str]:
    """What makes it the same fault although rows were moved."""
    return re.sub(r"\[\d+\]", "", problem.field), problem.message


def _faults(form: BaseModelForm, formsets: Iterable[InlineAdminFormSet], *, with_gaps: bool) -> Iterator[Fault]:
    """What stands at the fields; without gaps, nothing about fields that are yet to be filled in."""
    yield from _faults_of(form, "", with_gaps=with_gaps)
    for inline in formsets:
        group = f"{inline.formset.prefix}-group"
        yield from (Fault(group, str(sentence)) for sentence in inline.formset.non_form_errors())
        for row in inline.formset.forms:
            yield from _faults_of(row, str(row.prefix), with_gaps=with_gaps)


def _faults_of(form: BaseModelForm, whole: str, *, with_gaps: bool) -> Iterator[Fault]:
    for name, found in form.errors.as_data().items():
        place = whole if name == NON_FIELD_ERRORS else form[name].auto_id
        for fault in found:
            if with_gaps or fault.code != "required":
                yield from (Fault(place, sentence) for sentence in fault.messages)
