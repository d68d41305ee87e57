"""A walk on an old revision, and what it comes to on a newer one. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kb.document import Document
from kb.flow import Flow, Node, Option, Outcome, Repair, title_of
from triage.walk import Taken, Walk, replay


@dataclass(frozen=True)
class CarriedOver:
    """The walk on the newer flow, up to the first question that changed, and what changed on the old path, in words."""

    walk: Walk
    changes: tuple[str, ...]


def carry_over(old: Document, new: Document, walk: Walk) -> CarriedOver:
    """Keep the answers whose question and answer still mean the same; the first that does not is asked again.

    Both documents have flows; `walk` is on the old one.
    """
    flow = new.flow
    if flow is None:
        raise ValueError("the newer document has no flow")
    kept: dict[str, str] = {}
    for taken in walk.taken:
        if not _means_the_same(taken, old, new, flow):
            break
        kept[taken.node.key] = taken.option.key
    return CarriedOver(replay(flow, kept), tuple(_changes(walk, old, new, flow)))


def _means_the_same(taken: Taken, old: Document, new: Document, flow: Flow) -> bool:
    node = flow.by_key.get(taken.node.key)
    if node is None or _wording(taken.node, old) != _wording(node, new):
        return False
    option = _option(node, taken.option.key)
    return option is not None and option.label == taken.option.label


def _wording(node: Node, document: Document) -> tuple[str, str, str]:
    """What makes a question this question: its kind and words; for a repair step, the step that is to be done."""
    step = document.step_by_key.get(node.step) if isinstance(node, Repair) else None
    return node.kind, title_of(node), step.body if step else ""


def _option(node: Node, key: str) -> Option | None:
    return next((option for option in node.options if option.key == key), None)


def _changes(walk: Walk, old: Document, new: Document, flow: Flow) -> Iterator[str]:
    for taken in walk.taken:
        yield from _changes_at(taken, walk.flow, old, new, flow)
    yield from _changes_at_end(walk.end, old, new, flow)


def _changes_at(taken: Taken, before: Flow, old: Document, new: Document, flow: Flow) -> Iterator[str]:
    name = _name(taken.node, old)
    node = flow.by_key.get(taken.node.key)
    if node is None or node.kind != taken.node.kind:
        yield f"“{name}” is not asked any more."
        return
    if _name(node, new) != name:
        yield f"“{name}” now reads “{_name(node, new)}”."
    elif _wording(node, new) != _wording(taken.node, old):
        yield f"What to do at “{name}” was rewritten."
    option = _option(node, taken.option.key)
    if option is None:
        yield f"“{name}” can’t be answered with “{taken.option.label}” any more."
        return
    if option.label != taken.option.label:
        yield f"The answer “{taken.option.label}” to “{name}” now reads “{option.label}”."
    if option.to != taken.option.to and option.to in flow.by_key and taken.option.to in before.by_key:
        was, now = _name(before.by_key[taken.option.to], old), _name(flow.by_key[option.to], new)
        yield f"After “{option.label}” to “{name}” now comes “{now}”, not “{was}”."


def _changes_at_end(end: Node, old: Document, new: Document, flow: Flow) -> Iterator[str]:
    node = flow.by_key.get(end.key)
    name = _name(end, old)
    if node is None or node.kind != end.kind:
        yield f"“{name}” is not part of it any more."
    elif isinstance(end, Outcome) and isinstance(node, Outcome) and replace(node, short=end.short) != end:
        yield f"What we say at “{name}” was rewritten."
    elif _wording(node, new) != _wording(end, old):
        yield f"“{name}” now reads “{_name(node, new)}”."


def _name(node: Node, document: Document) -> str:
    return title_of(node, {step.key: step.title for step in document.steps})
