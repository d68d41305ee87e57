"""Where answers may lead, in forms: stops by their titles, and new ones, which begin with the save that names them."""

import re
from collections.abc import Sequence
from typing import Any, cast, override

from django import forms
from django.core.exceptions import ValidationError

from kb.admin.flowdesk.draft import Draft
from kb.flow import Node, Option
from kb.flowedit import begun, key_for
from kb.frontmatter import control_character

NEW = "+"
"""What the value of a target begins with that does not exist yet."""

MAX_ANSWERS = 40
SPARE_ANSWERS = 1
"""Empty rows for more answers; scripts add others."""

_PLURALS = {"question": "Questions", "step": "Repair steps", "outcome": "Outcomes", "jump": "Jumps"}
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


def printable(value: str) -> None:
    """Refuse what no document can hold."""
    if fault := control_character(value.replace("\r\n", "\n")):
        raise ValidationError(f"This holds a control character ({fault}): remove it.")


class KeyField(forms.RegexField):
    """A key: what stands in addresses."""

    def __init__(self, **kwargs: Any) -> None:
        message = "Use small letters, figures and hyphens, such as bank-down."
        super().__init__(_KEY, max_length=40, error_messages={"invalid": message}, **kwargs)


class TargetField(forms.ChoiceField):
    """Where an answer leads. What there is to choose is known to the form: see `aim`."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label, required=False)


class WordsField(forms.CharField):
    """The words of the stop that a target begins."""

    def __init__(self) -> None:
        super().__init__(label="Its words", max_length=200, required=False, validators=[printable])


class Targets:
    """What one stop can lead to, and the new stops that were chosen."""

    def __init__(self, draft: Draft, own: str) -> None:
        self.begun: list[Node] = []
        self._draft = draft
        self._taken = {*draft.flow.by_key, own}
        self._groups = [
            (plural, draft.node_choices(node for node in draft.flow.nodes if node.kind == kind and node.key != own))
            for kind, plural in _PLURALS.items()
        ]
        self._known = {key for _, choices in self._groups for key, _ in choices}

    def aim(self, form: forms.BaseForm, name: str) -> None:
        """Give a form's target its choices. What dangles stays, though perhaps only since now."""
        held = str((form.data.get(form.add_prefix(name)) if form.is_bound else form.initial.get(name)) or "")
        is_dangling = held not in self._known and _KEY.match(held)
        dangling = [(held, f"“{held}” (there is no such stop)")] if is_dangling else []
        cast("forms.ChoiceField", form.fields[name]).choices = self._choices(dangling)

    def _choices(self, dangling: list[tuple[str, str]]) -> list[Any]:
        new = [
            (f"{NEW}question", "New question…"),
            (f"{NEW}outcome", "New outcome…"),
            (f"{NEW}jump", "New jump to another article…"),
            *((f"{NEW}step:{key}", f"New: try “{title}”") for key, title in self._draft.step_choices),
            *([] if self._draft.step_choices else [(f"{NEW}step:", "New repair step")]),
        ]
        stops = [(plural, choices) for plural, choices in self._groups if choices]
        return [("", "(nowhere yet)"), *dangling, ("New", new), *stops]

    def href(self, key: str) -> str:
        """The page of the stop that an answer leads to now."""
        return self._draft.address(key) if key in self._draft.flow.by_key else ""

    def key(self, value: str, words: str) -> str:
        """The key behind a chosen value; a new stop gets one that is made from its words."""
        if not value.startswith(NEW):
            return value
        kind, _, step = value.removeprefix(NEW).partition(":")
        key = key_for(f"try {step}" if kind == "step" else words, self._taken, otherwise=kind)
        self._taken.add(key)
        self.begun.append(begun(kind, key, text=words, step=step))
        return key


class AnswerForm(forms.Form):
    """One answer to a question."""

    label = forms.CharField(label="Answer", max_length=80, validators=[printable])
    to = TargetField("Leads to")
    to_words = WordsField()
    detail = forms.CharField(label="What it means", max_length=160, required=False, validators=[printable])
    key = KeyField(label="Name in addresses", required=False)

    def __init__(self, *args: Any, targets: Targets, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.href = targets.href(self.initial.get("to", ""))
        targets.aim(self, "to")


class Answers(forms.BaseFormSet):
    """The answers to a question, with room for a few more."""

    @override
    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["ORDER"].label = "Place"
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Take away"

    @override
    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.forms:
            key = form.cleaned_data.get("key")
            if form.cleaned_data.get("DELETE") or not key:
                continue
            if key in seen:
                form.add_error("key", f"“{key}” is the name of another answer here; choose another one.")
            seen.add(key)

    def options(self) -> tuple[Option, ...]:
        """The answers in order. New stops begin where they lead to one."""
        typed: Sequence[dict[str, Any]] = [form.cleaned_data for form in self.ordered_forms]
        taken = {answer["key"] for answer in typed}
        options = []
        for answer in typed:
            key = answer["key"] or key_for(answer["label"], taken, otherwise="answer")
            taken.add(key)
            to = self.form_kwargs["targets"].key(answer["to"], answer["to_words"])
            options.append(Option(key, answer["label"], to, answer["detail"]))
        return tuple(options)

    def renamed(self) -> dict[str, str]:
        """The answers that got another key: old key → new key."""
        pairs = [(form.initial["key"], form.cleaned_data.get("key", "")) for form in self.initial_forms]
        return {old: new for old, new in pairs if new and old != new}


AnswerFormSet = forms.formset_factory(
    AnswerForm,
    formset=Answers,
    extra=SPARE_ANSWERS,
    can_order=True,
    can_delete=True,
    can_delete_extra=False,
    max_num=MAX_ANSWERS,
    validate_max=True,
)
