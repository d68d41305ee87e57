"""A flow on the desk with what surrounds it: what its forms choose from, and what is wrong with it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from kb.desk import read_document
from kb.document import Document, Kind
from kb.drawing.flowchart import Drawing, State, draw
from kb.edition import CurrentEdition, current
from kb.flow import Flow, Node, title_of
from kb.models import Article
from kb.presentation import labels_of
from kb.problems import Gravity, Problem
from kb.publishing import check_document, earlier_flows
from kb.redrawing import digest_of

type Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Fault:
    """A problem of the flow, led to the stop that it concerns; without a key it concerns the flow as a whole.

    `line` is where the stop stands in the outline that is being edited, if one is.
    """

    problem: Problem
    key: str = ""
    href: str = ""
    line: int | None = None

    @property
    def is_warning(self) -> bool:
        return self.problem.gravity is Gravity.WARNING


@dataclass(frozen=True)
class Draft:
    """One article's flow as the desk has it, or as it would be after a change."""

    article: Article
    document: Document
    lines: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, article: Article) -> "Draft":
        return cls(article, read_document(article))

    def after(self, flow: Flow, lines: Mapping[str, int] | None = None) -> "Draft":
        """The same article with another flow; `lines` are those of its stops in an outline."""
        return Draft(self.article, replace(self.document, flow=flow), lines or {})

    @cached_property
    def flow(self) -> Flow:
        return self.document.flow or Flow("")

    @cached_property
    def digest(self) -> str:
        return digest_of(self.flow)

    @cached_property
    def edition(self) -> CurrentEdition:
        return current()

    @cached_property
    def titles(self) -> dict[str, str]:
        """The words for each node, by its key."""
        return {node.key: title_of(node, self.document.surroundings.step_titles) for node in self.flow.nodes}

    @cached_property
    def published(self) -> frozenset[str]:
        """The keys that readers may have kept: those of the nodes that were ever published."""
        return frozenset(key for flow in earlier_flows(self.article) for key in flow.by_key)

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """Everything that the check says of the flow, in the order of its nodes."""
        found = check_document(self.article, self.document, (self.document,), now=timezone.now())
        return tuple(self.fault(problem) for problem in found if problem.field.partition(".")[0] == "flow")

    def fault(self, problem: Problem) -> Fault:
        """A problem, led to the stop that its field names."""
        _, _, place = problem.field.partition(".")
        if not place.startswith("nodes["):
            return Fault(problem)
        key = self.flow.nodes[int(place.removeprefix("nodes[").partition("]")[0])].key
        return Fault(problem, key, self.address(key), self.lines.get(key))

    @property
    def errors(self) -> list[Fault]:
        return [fault for fault in self.faults if not fault.is_warning]

    @property
    def warnings(self) -> list[Fault]:
        return [fault for fault in self.faults if fault.is_warning]

    def faults_at(self, key: str) -> list[Fault]:
        return [fault for fault in self.faults if fault.key == key]

    def address(self, key: str = "") -> str:
        """The page of the flow, at one of its nodes."""
        page = reverse("admin:kb_flow_change", args=[self.article.flow.pk])
        return f"{page}?{urlencode({'node': key})}#stop" if key else page

    def drawing(self, here: str = "") -> Drawing:
        """The map, each stop leading to its form, and saying how much is to be mended there."""
        labels = labels_of(self.document, self.edition)
        for key, label in labels.items():
            note = ", ".join(filter(None, (label.note, self._count_at(key))))
            labels[key] = replace(label, note=note)
        drawing = draw(self.flow, labels=labels).linked({key: self.address(key) for key in self.flow.by_key})
        # Marked here and not as a walk, which would show all other stops as what lies ahead of a reader.
        rows = (
            replace(row, state=State.HERE) if row.box.key == here and not row.box.is_connector else row
            for row in drawing.rows
        )
        return replace(drawing, rows=tuple(rows))

    def _count_at(self, key: str) -> str:
        count = sum(not fault.is_warning for fault in self.faults_at(key))
        return f"{count} to mend" if count else ""

    # What forms choose from

    @cached_property
    def step_choices(self) -> Choices:
        return [(step.key, step.title or step.key) for step in self.document.steps]

    @cached_property
    def cause_choices(self) -> Choices:
        return [(cause.key, f"{cause.title or cause.key} ({cause.percent} %)") for cause in self.document.causes]

    @cached_property
    def cost_choices(self) -> Choices:
        return [(cost.key, f"{cost.title or cost.key} ({cost.in_words})") for cost in self.document.costs]

    @cached_property
    def source_choices(self) -> Choices:
        return [(source.key, f"{source.publisher}: {source.title}") for source in self.document.sources]

    @cached_property
    def observation_choices(self) -> Choices:
        """What the site's chooser lists; what this article lists, if it is the chooser."""
        chooser = self.document if self.document.kind is Kind.CHOOSER else self.edition.chooser_document
        return [(row.key, row.question) for row in chooser.observations] if chooser else []

    @cached_property
    def jump_choices(self) -> Choices:
        """Published articles with a flow, this one left out."""
        entries = sorted(self.edition.entries.values(), key=lambda entry: (entry.kind, entry.name))
        own = self.document.identity
        return [
            (entry.code or entry.identity, entry.link_title)
            for entry in entries
            if entry.has_flow and entry.identity != own
        ]

    @cached_property
    def error_choices(self) -> Choices:
        """All articles on the desk, this one left out."""
        rows = Article.objects.exclude(pk=self.article.pk)
        return [(row.code or row.slug, str(row)) for row in rows.only("kind", "code", "slug", "title")]

    def node_choices(self, nodes: Iterable[Node]) -> Choices:
        """Nodes by their titles; those that read the same also by their keys."""
        shown = [(node.key, self.titles[node.key]) for node in nodes]
        counts = Counter(title for _, title in shown)
        return [(key, f"{title} ({key})" if counts[title] > 1 else title) for key, title in shown]
