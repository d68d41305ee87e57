"""What an answer ruled out: the causes and errors that could be reached before it and can’t be after it. Pure."""

from dataclasses import dataclass

from kb.document import Document
from kb.flow import NOT_SURE, Flow, Jump, Outcome, title_of
from triage.walk import Walk


@dataclass(frozen=True)
class RuledOut:
    """A finding that the walk has left behind, and the answer after which it was out of reach.

    `is_open` means that the answer was “I'm not sure”: the finding was not followed up, rather than ruled out.
    """

    finding: str
    question: str
    answer: str
    is_open: bool


def ruled_out(document: Document, walk: Walk) -> tuple[RuledOut, ...]:
    """Causes by title, other errors by name, in the order in which the walk left them behind."""
    causes = {cause.key: cause.title for cause in document.causes}
    steps = {step.key: step.title for step in document.steps}
    found = []
    within = _findings(walk.flow, walk.flow.start, causes)
    for taken in walk.taken:
        left = _findings(walk.flow, taken.option.to, causes)
        found += [
            RuledOut(name, title_of(taken.node, steps), taken.option.label, taken.option.key == NOT_SURE)
            for name in within
            if name not in left
        ]
        within = [name for name in within if name in left]
    return tuple(found)


def _findings(flow: Flow, key: str, causes: dict[str, str]) -> list[str]:
    """What can still be found from a node on, each once, in the order of the flow's nodes."""
    reached = flow.reachable(start=key)
    names: dict[str, None] = {}
    for node in flow.nodes:
        if node.key not in reached:
            continue
        if isinstance(node, Outcome):
            names |= dict.fromkeys(causes[cause] for cause in node.causes if cause in causes)
            names |= {error_name(node.error): None} if node.error else {}
        elif isinstance(node, Jump):
            names[error_name(node.to)] = None
    return list(names)


def error_name(identity: str) -> str:
    """How an error is called where its article is not at hand."""
    return f"Error {identity.upper()}" if identity[:1].isdigit() else identity.replace("-", " ")
