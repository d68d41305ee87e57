"""Forms for the stops of a flow: one for each kind, with the fields of that kind only, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, cast, override

from django.forms.boundfield import BoundField

from kb.admin.flowdesk.draft import Choices, Draft
from kb.admin.flowdesk.jump import JumpForm
from kb.admin.flowdesk.stopform import StopForm
from kb.admin.flowdesk.targets import AnswerFormSet, Answers, TargetField, WordsField
from kb.desk import read_node
from kb.figures import ESTIMATE, Level
from kb.flow import Node, Question
from kb.models import Node as NodeRow
from kb.wording import ACTORS, DISPOSITIONS

_LEVELS = {Level.LOW: "Low", Level.MEDIUM: "Medium", Level.HIGH: "High"}


class QuestionForm(StopForm):
    """A question with its answers."""

    WORDS = "Question"
    GROUPS: ClassVar[Mapping[str, Sequence[str]]] = {
        "": ("text",),
        "answers": (),
        "Beside the question": ("help", "why", "where", "guards", "observes"),
    }

    class Meta(StopForm.Meta):
        fields = ("text", "help", "why", "where", "guards", "observes", "short", "key")

    def __init__(self, draft: Draft, row: NodeRow, data: Any = None) -> None:
        super().__init__(draft, row, data)
        self.choose("guards", draft.step_choices, blank="(none)")
        self.choose("observes", draft.observation_choices, blank="(none)", unknown="not listed by the chooser")
        node = draft.flow.by_key.get(row.key)
        initial = [vars(option) for option in node.options] if node else []
        answers = AnswerFormSet(data, prefix="answers", initial=initial, form_kwargs={"targets": self.targets})
        self.answers = cast("Answers", answers)

    @override
    def is_valid(self) -> bool:
        return super().is_valid() & (self.answers is None or self.answers.is_valid())

    @override
    def node(self) -> Node:
        node = super().node()
        options = self.answers.options() if self.answers else ()
        return replace(node, options=options) if isinstance(node, Question) else node


class RepairForm(StopForm):
    """One of the article's repair steps, and where each of its three results leads."""

    WAYS = ("fixed", "not_fixed", "could_not")
    GROUPS: ClassVar[Mapping[str, Sequence[str]]] = {"": ("step",), "ways": ()}

    fixed = TargetField("It worked: go on to")
    fixed_words = WordsField()
    not_fixed = TargetField("Same error: go on to")
    not_fixed_words = WordsField()
    could_not = TargetField("Couldn’t do it: go on to")
    could_not_words = WordsField()

    class Meta(StopForm.Meta):
        fields = ("step", "short", "key")

    def __init__(self, draft: Draft, row: NodeRow, data: Any = None) -> None:
        super().__init__(draft, row, data)
        self.choose("step", draft.step_choices)
        for way in self.WAYS:
            self.targets.aim(self, way)

    @override
    def more_initial(self, row: NodeRow) -> dict[str, Any]:
        return {way: getattr(row, way) for way in self.WAYS}

    @property
    def ways(self) -> list[tuple[BoundField, BoundField, str]]:
        """Each target with the field for the words of a new stop, and the address of the present one."""
        return [(self[way], self[f"{way}_words"], self.targets.href(self.initial[way])) for way in self.WAYS]

    @override
    def node(self) -> Node:
        row = self.save(commit=False)
        for way in self.WAYS:
            setattr(row, way, self.targets.key(self.cleaned_data[way], self.cleaned_data[f"{way}_words"]))
        return read_node(row, ())


class OutcomeForm(StopForm):
    """An end of the walk."""

    WORDS = "Finding"
    GROUPS: ClassVar[Mapping[str, Sequence[str]]] = {
        "": ("text", "disposition", "lead"),
        "What to do": ("do_now", "hard_stop", "steps", "if_it_fails"),
        "Who acts, and how long it takes": ("who", "who_text", "time", "time_source", "time_text"),
        "Is the data at risk?": ("data_risk", "data_risk_text"),
        "What it stands for": ("causes", "error", "costs"),
    }

    class Meta(StopForm.Meta):
        fields = (
            "text", "disposition", "lead", "do_now", "hard_stop", "steps", "if_it_fails", "who", "who_text", "time",
            "time_source", "time_text", "data_risk", "data_risk_text", "causes", "error", "costs", "short", "key",
        )  # fmt: skip

    def __init__(self, draft: Draft, row: NodeRow, data: Any = None) -> None:
        super().__init__(draft, row, data)
        self.choose("disposition", _choices(DISPOSITIONS))
        self.choose("who", _choices(ACTORS))
        self.choose("data_risk", _choices(_LEVELS))
        self.choose("time_source", [(ESTIMATE, "Editorial estimate"), *draft.source_choices])
        self.choose("error", draft.error_choices, blank="(none)", unknown="not written yet")
        self.choose_some("steps", draft.step_choices)
        self.choose_some("causes", draft.cause_choices)
        self.choose_some("costs", draft.cost_choices)


def _choices(words: Mapping[Any, str]) -> Choices:
    return [(str(value), word) for value, word in words.items()]


FORMS: Mapping[str, type[StopForm]] = {
    "question": QuestionForm,
    "step": RepairForm,
    "outcome": OutcomeForm,
    "jump": JumpForm,
}
