"""Whether two revisions say the same at a node, so that what visitors reported of one holds for the other. Pure."""

import hashlib
import json
from dataclasses import asdict
from typing import Any

from kb.document import Document, Step
from kb.flow import Outcome, Repair, title_of

# Where a node stands in its flow, and what only maps show, is not part of what people are told to do there.
_NOT_READ = frozenset({"key", "short"})
# The estimate stands beside the reports, to be held against them: revising it must not throw them away.
_ESTIMATE = frozenset({"chance", "chance_source"})


def content_hash(document: Document, node: Repair | Outcome) -> str:
    """A digest of what readers see at `node`: its words, and those of the steps, costs and causes that it names.

    A field that is empty is left out, so that one which is added to documents later changes no digest.
    """
    read = _outcome(document, node) if isinstance(node, Outcome) else _repair(document, node)
    text = json.dumps(read, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _outcome(document: Document, outcome: Outcome) -> dict[str, Any]:
    return _filled(outcome) | {
        "costs": [_filled(cost) for cost in document.costs if cost.key in outcome.costs],
        "steps": [_filled(step) for step in document.steps if step.key in outcome.steps],
        "causes": [cause.title for cause in document.causes if cause.key in outcome.causes],
    }


def _repair(document: Document, repair: Repair) -> dict[str, Any]:
    step: Step | None = document.step_by_key.get(repair.step)
    titles = {step.key: step.title} if step else {}
    return {"title": title_of(repair, titles), "step": _filled(step) if step else {}}


def _filled(part: Any) -> dict[str, Any]:
    """The fields of a dataclass that hold something which readers see."""
    return {name: value for name, value in asdict(part).items() if value and name not in _NOT_READ | _ESTIMATE}
