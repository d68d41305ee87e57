"""What the forms for all kinds of stops have in common."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast, override

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Field
from django.forms.boundfield import BoundField

from kb.admin.flowdesk.draft import Choices, Draft
from kb.admin.flowdesk.targets import Answers, KeyField, Targets, printable
from kb.admin.inlines import EDITOR, PLAIN
from kb.desk import read_node
from kb.flow import Flow, Node
from kb.flowedit import placed, renamed, with_node
from kb.flowlint import RESERVED_KEYS
from kb.models import Node as NodeRow
from kb.models.fields import ProseField

_LABELS = {
    "short": "Short title for the map",
    "help": "How to find out",
    "why": "Why we ask",
    "where": "Where to find it, for people who are not sure",
    "guards": "Hard stop before this step",
    "observes": "Observation that “yes” and “no” report",
    "step": "Repair step to try",
    "disposition": "How it ends",
    "lead": "Why we conclude this",
    "do_now": "What to do now",
    "hard_stop": "What not to do",
    "if_it_fails": "What to do if that fails",
    "who": "Who acts",
    "who_text": "Who acts, in words",
    "time": "How long it takes",
    "time_source": "Where that time comes from",
    "time_text": "How long, in words",
    "data_risk": "Risk to the data",
    "data_risk_text": "The risk, in words",
    "steps": "Repair steps to show",
    "causes": "Causes that this stands for",
    "costs": "What help costs",
    "error": "The other error that this really is",
    "to": "Go on in the flow of",
}
_HELP = {
    "short": "Where space is small. Without it, the text is shown.",
    "guards": "Only for a step that can’t be undone: this question makes sure before it.",
    "observes": "One of those by which readers tell errors apart.",
    "costs": "None marked: it is free.",
    "time": "Such as 45 s, 5 min, 12-24 h or 3 d.",
}


_NOT_HERE = "not in this article"


class KeysField(forms.MultipleChoiceField):
    """Keys of the article's own rows, chosen by title. Those that were `held` before keep their order."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, held: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.held = held

    @override
    def clean(self, value: Any) -> tuple[str, ...]:
        chosen = super().clean(value)
        return tuple(dict.fromkeys([*(key for key in self.held if key in chosen), *chosen]))


def _form_field(column: "Field[Any, Any]", **kwargs: Any) -> forms.Field | None:
    """The field of a column: one text of each stop with a live preview, the others small."""
    if isinstance(column, ProseField):
        kwargs = deepcopy((EDITOR if column.name == "do_now" else PLAIN)[ProseField]) | kwargs
    field = column.formfield(**kwargs)
    if field is not None:
        field.label = _LABELS.get(column.name, field.label)
        field.help_text = _HELP.get(column.name, "")
        if isinstance(field, forms.CharField):
            field.validators.append(printable)
    return field


@dataclass(frozen=True)
class Group:
    """Fields of a form that belong together."""

    title: str
    fields: list[BoundField]


class StopForm(forms.ModelForm):
    """What the forms of all kinds have in common."""

    GROUPS: ClassVar[Mapping[str, Sequence[str]]] = {}
    WORDS: ClassVar[str] = "Text"
    answers: Answers | None = None

    key = KeyField(label="Name in addresses")
    after = forms.ChoiceField(label="Listed after", required=False)
    starts = forms.BooleanField(label="The flow starts here", required=False)

    class Meta:
        model = NodeRow
        fields: Sequence[str] = ()
        formfield_callback = _form_field

    def __init__(self, draft: Draft, row: NodeRow, data: Any = None) -> None:
        self.draft, self.was = draft, row.key
        self.targets = Targets(draft, row.key)
        keys = [*draft.flow.by_key]
        before = keys[keys.index(self.was) - 1] if self.was in keys[1:] else ""
        initial = {"after": before, "starts": draft.flow.start == self.was}
        super().__init__(data, instance=row, initial=initial | self.more_initial(row))
        others = [node for node in draft.flow.nodes if node.key != self.was]
        self.set_choices("after", [("", "(first)"), *draft.node_choices(others)])
        if "text" in self.fields:
            self.fields["text"].label = self.WORDS
        self.fields["key"].help_text = (
            "Published: links and codes that readers have kept rest on it. With another name they break off here."
            if self.was in draft.published
            else "A short name in small letters. Once published it keeps its meaning."
        )
        if initial["starts"]:
            self.fields["starts"].disabled = True
            self.fields["starts"].help_text = "To start elsewhere, mark this at another stop."

    def more_initial(self, row: NodeRow) -> dict[str, Any]:
        """What fields that are no columns hold at first."""
        return {}

    @property
    def groups(self) -> Iterator[Group]:
        """The fields as the page shows them, but for those of all kinds."""
        for title, names in self.GROUPS.items():
            yield Group(title, [self[name] for name in names])

    @property
    def last_group(self) -> Group:
        return Group("On the map and in addresses", [self[name] for name in ("short", "key", "after", "starts")])

    def held(self, name: str) -> Any:
        """What a field holds now: as typed, or else as stored."""
        return self.data.get(name, "") if self.is_bound else getattr(self.instance, name) or ""

    def set_choices(self, name: str, choices: Choices) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    def choose(self, name: str, choices: Choices, *, blank: str = "(choose)", unknown: str = "") -> None:
        """Let people choose a field's value by title. One that is held but not among them stays, as `unknown`."""
        held = self.held(name)
        choices = [(held if value.lower() == held.lower() else value, title) for value, title in choices]
        others = [(held, f"“{held}” ({unknown or _NOT_HERE})")] if held and held not in dict(choices) else []
        column = self.fields[name]
        self.fields[name] = forms.ChoiceField(
            choices=[("", blank), *choices, *others], required=False, label=column.label, help_text=column.help_text
        )

    def choose_some(self, name: str, choices: Choices) -> None:
        """Let people choose several by title. What is stored but not among them stays until it is unmarked."""
        held = tuple(getattr(self.instance, name))
        others = [(key, f"“{key}” ({_NOT_HERE})") for key in held if key not in dict(choices)]
        column = self.fields[name]
        self.fields[name] = KeysField(
            held=held, choices=[*choices, *others], required=False, label=column.label, help_text=column.help_text
        )

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        if key in RESERVED_KEYS:
            raise ValidationError(f"“{key}” means something else in addresses; choose another name.")
        if key != self.was and key in self.draft.flow.by_key:
            raise ValidationError(f"“{key}” is the name of “{self.draft.titles[key]}” already; choose another one.")
        return key

    def node(self) -> Node:
        """The node as it was typed. New stops that it leads to are begun in `targets`."""
        return read_node(self.save(commit=False), ())

    def renamed_flow(self) -> Flow:
        """The flow as it is, but for the key of this stop."""
        flow, key = self.draft.flow, self.cleaned_data["key"]
        return renamed(flow, self.was, key) if self.was in flow.by_key else flow

    def flow(self) -> Flow:
        """The whole flow as it would be after this."""
        node = self.node()
        flow = with_node(self.renamed_flow(), node.key, node)
        if self.cleaned_data["starts"] or not flow.start:
            flow = replace(flow, start=node.key)
        if self.cleaned_data["after"] != self.initial["after"]:
            flow = placed(flow, node.key, after=self.cleaned_data["after"])
        for new in reversed(self.targets.begun):
            flow = placed(with_node(flow, new.key, new), new.key, after=node.key)
        return flow

    def renamed_answers(self) -> dict[str, str]:
        """The answers that got another key: old key → new key."""
        return self.answers.renamed() if self.answers else {}
