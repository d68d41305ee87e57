"""The form for a jump into another article’s flow."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, override

from django import forms
from django.forms.boundfield import BoundField

from kb.admin.flowdesk.draft import Choices, Draft
from kb.admin.flowdesk.stopform import StopForm
from kb.document import Document
from kb.flow import Answer, Flow, Jump, Node, title_of
from kb.models import Node as NodeRow


class JumpForm(StopForm):
    """On into another article's flow, past the questions that are answered by then."""

    WORDS = "What is known by now"
    GROUPS: ClassVar[Mapping[str, Sequence[str]]] = {"": ("text", "to"), "carried": ()}

    class Meta(StopForm.Meta):
        fields = ("text", "to", "short", "key")

    def __init__(self, draft: Draft, row: NodeRow, data: Any = None) -> None:
        super().__init__(draft, row, data)
        self.choose("to", draft.jump_choices, unknown="not published")
        target = draft.edition.document(row.to.lower())
        self.target = target.flow if target and target.flow else Flow("")
        self.stored = row.to, tuple(_answer(word) for word in row.answers)
        for at, (label, choices, chosen) in enumerate(self._on_the_way(target)):
            self.fields[f"answer_{at}"] = forms.ChoiceField(
                label=label, choices=choices, initial=chosen, required=False
            )

    def _on_the_way(self, target: Document | None) -> Iterator[tuple[str, Choices, str]]:
        """What the other flow asks until it must ask the reader: the words, the answers, and the one that is given."""
        titles = target.surroundings.step_titles if target else {}
        node = self.target.by_key.get(self.target.start)
        for answer in self.stored[1]:
            options = {option.key: option for option in node.options} if node and node.key == answer.node else {}
            if node is None or answer.option not in options:
                word = f"{answer.node}={answer.option}"
                yield "No longer asked at this point", [("", "(take this away)"), (word, word)], word
                node = None
                continue
            yield title_of(node, titles), _answers_to(node), f"{node.key}={answer.option}"
            node = self.target.by_key.get(options[answer.option].to)
        if node is not None and node.options:
            yield title_of(node, titles), _answers_to(node), ""

    @property
    def carried(self) -> list[BoundField]:
        """The questions that the jump can answer already, in the order in which the other flow asks them."""
        return [self[name] for name in self.fields if name.startswith("answer_")]

    @override
    def node(self) -> Node:
        node = super().node()
        if not isinstance(node, Jump):
            return node
        to, answers = self.stored
        if node.to.lower() != to.lower():
            return replace(node, answers=())
        typed = tuple(_answer(word) for field in self.carried if (word := self.cleaned_data[field.name]))
        return replace(node, answers=typed if typed == answers else tuple(self._asked(typed)))

    def _asked(self, answers: Iterable[Answer]) -> Iterator[Answer]:
        """The answers as far as the other flow asks for them one after the other."""
        key = self.target.start
        for answer in answers:
            node = self.target.by_key.get(key)
            option = next((option for option in (node.options if node else ()) if option.key == answer.option), None)
            if option is None or answer.node != key:
                return
            yield answer
            key = option.to


def _answers_to(node: Node) -> Choices:
    return [("", "(ask the reader)"), *((f"{node.key}={option.key}", option.label) for option in node.options)]


def _answer(word: str) -> Answer:
    node, _, option = word.partition("=")
    return Answer(node, option)
