"""Two editors at one page: the second save is refused, both versions are shown, and nothing that was typed is lost."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, override

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.forms.models import BaseInlineFormSet, model_to_dict
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from kb.admin.careful import CarefulAdmin
from kb.admin.typed import opened_at, opened_now, tell_saved
from kb.desk import read_document
from kb.differences import Difference, differences
from kb.document import Document
from kb.models import Article

SEEN = "seen"
OVER = "_over"
CONFLICT = "conflict"


class _SeenField(forms.CharField):
    widget = forms.HiddenInput

    @override
    def has_changed(self, initial: Any, data: Any) -> bool:
        return False  # not something that an editor changes, so not for the history either


class SharedPageForm(forms.ModelForm):
    """Refuses to save over what was saved since its page was opened, unless that was asked for in so many words.

    `seen` holds what the page showed, as a digest, and when, in milliseconds; together they tell one opened page from
    another.
    """

    seen = _SeenField(required=False)
    present: ClassVar[str] = ""
    """The digest of what is saved now; none for something new."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if SEEN in self.fields:
            self.fields[SEEN].initial = opened_now(self.present)

    @property
    def saves_over(self) -> bool:
        """Whether the editor has seen what is saved now, and asked to save over it."""
        return bool(self.present) and self.data.get(OVER) == self.present

    @property
    def opened_at(self) -> datetime | None:
        """When the page was opened that this form was sent from; None where it does not say."""
        return opened_at(self.data.get(SEEN, ""))

    @override
    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        seen, _, _ = self.data.get(SEEN, "").partition(".")
        if self.present and seen != self.present and not self.saves_over:
            self.add_error(None, ValidationError("Not saved: this was changed after you had opened it.", code=CONFLICT))
        return cleaned

    @property
    def is_refused(self) -> bool:
        """Whether somebody else’s save keeps this one out."""
        return self.is_bound and self.has_error(NON_FIELD_ERRORS, CONFLICT)


@dataclass(frozen=True)
class Conflict:
    """What an editor has to know to choose between two versions; no `differences` while theirs can't be saved yet."""

    saved_by: str
    saved_at: datetime | None
    present: str
    differences: Sequence[Difference] | None


class SharedPage(CarefulAdmin):
    """The page of an article or of a part of one, which several editors may have open at once."""

    form = SharedPageForm

    def article_of(self, row: Any) -> Article:
        """The article to which a row of this page belongs."""
        raise NotImplementedError

    @override
    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        first, *others = super().get_fieldsets(request, obj)
        fields = [name for name in first[1]["fields"] if name != SEEN]
        if obj is None or self.has_change_permission(request, obj):
            fields.append(SEEN)
        return [(first[0], {**first[1], "fields": fields}), *others]

    @override
    def get_form(
        self, request: HttpRequest, obj: models.Model | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = super().get_form(request, obj, change, **kwargs)
        if change and obj is not None and issubclass(form, SharedPageForm):
            parts = {inline.model for inline in self.get_inline_instances(request, obj)}
            form.present = _digest(obj, form.base_fields, parts)
        return form

    @override
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        with transaction.atomic():
            if request.method == "POST" and object_id is not None:
                self._take_turns(self.get_object(request, unquote(object_id)))
            response = super().changeform_view(request, object_id, form_url, extra_context)
        if request.method == "POST" and _was_saved(response):
            tell_saved(response, request.POST.get(SEEN, ""))
        return response

    @override
    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        context["saves_over"] = form.present if form.saves_over else ""
        if form.is_refused:
            formsets = [inline.formset for inline in context["inline_admin_formsets"]]
            context["conflict"] = self._conflict(request, form, formsets)
        return super().render_change_form(request, context, *args, **kwargs)

    def _take_turns(self, row: models.Model | None) -> None:
        """Hold the article's row until the end of the transaction: saves of it and of its parts follow one another."""
        if row is not None:
            Article.objects.select_for_update(no_key=True).get(pk=self.article_of(row).pk)

    def _conflict(self, request: HttpRequest, form: SharedPageForm, formsets: Sequence[BaseInlineFormSet]) -> Conflict:
        article = self.article_of(form.instance)
        saved_by, saved_at = last_save((article, form.instance), form.opened_at, request)
        mine = self._as_saved(request, form, formsets)
        theirs = read_document(Article.objects.get(pk=article.pk))
        return Conflict(saved_by, saved_at, form.present, differences(theirs, mine) if mine is not None else None)

    def _as_saved(
        self, request: HttpRequest, form: SharedPageForm, formsets: Sequence[BaseInlineFormSet]
    ) -> Document | None:
        """The article as it would be if this page was saved after all; None if it has other faults."""
        faults = [error for found in form.errors.as_data().values() for error in found]
        if any(fault.code != CONFLICT for fault in faults) or not all(formset.is_valid() for formset in formsets):
            return None
        form, formsets = deepcopy((form, formsets))  # saving leaves marks on them, and they are still to be shown
        with transaction.atomic():
            self.save_model(request, form.instance, form, change=True)
            for formset in formsets:
                self.save_formset(request, form, formset, change=True)
            document = read_document(Article.objects.get(pk=self.article_of(form.instance).pk))
            transaction.set_rollback(True)
        return document


def _was_saved(response: HttpResponse) -> bool:
    """Whether a post was answered by leading on, and not, as for something that is gone, back to the start."""
    return response.status_code == 302 and response.headers["Location"] != reverse("admin:index")


def _digest(row: models.Model, fields: Iterable[str], parts: Collection[type[models.Model]]) -> str:
    """A short name for all that a page shows: these fields of a row, and the rows of these models that belong to it."""
    shown: list[Any] = [model_to_dict(row, list(fields))]
    for relation in row._meta.related_objects:
        if relation.related_model in parts:
            below = relation.related_model._default_manager.filter(**{relation.field.name: row})
            shown.append([model_to_dict(part) for part in below])
    return hashlib.blake2b(repr(shown).encode(), digest_size=16).hexdigest()


def last_save(
    rows: Iterable[models.Model], since: datetime | None, request: HttpRequest
) -> tuple[str, datetime | None]:
    """Who last saved one of these rows after `since`, and when; nobody where the history does not tell."""
    if since is None:
        return "", None
    saved = Q()
    for row in rows:
        saved |= Q(content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk))
    entry = LogEntry.objects.filter(saved, action_time__gte=since).select_related("user").first()
    if entry is None:
        return "", None
    name = entry.user.get_full_name() or entry.user.get_username()
    return "You, in another window," if entry.user == request.user else name, entry.action_time
