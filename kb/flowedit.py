"""What editors do to a flow, each as a function from one flow to the next. Pure."""

import re
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from kb.drawing import flowtree
from kb.flow import NOT_SURE, Answer, Flow, Jump, Node, Option, Outcome, Question, Repair, Surroundings
from kb.flowlint import RESERVED_KEYS
from kb.links import source_marks_in

LONGEST_KEY = 30
"""Of a key that is made from words; people may write longer ones, up to the 40 that there is room for."""

UNSURE = "I’m not sure"
_UNSURE_KEYS = frozenset({"im-not-sure", "i-am-not-sure", "not-sure", "unsure", "i-dont-know", "dont-know"})
_WAYS = ("fixed", "not_fixed", "could_not")


@dataclass(frozen=True)
class Loss:
    """What a copied node named in its old article and can't name here: `part` of the node, and the keys."""

    node: Node
    part: str
    keys: tuple[str, ...]


def key_for(words: str, taken: Container[str], *, otherwise: str) -> str:
    """A key made from words and not taken yet; from `otherwise` where no Latin letter or figure is left of them."""
    plain = unicodedata.normalize("NFKD", words.lower()).encode("ascii", "ignore").decode()
    pieces = re.findall(r"[a-z0-9]+", re.sub(r"['’]", "", plain)) or [otherwise]
    if "-".join(pieces) in _UNSURE_KEYS and NOT_SURE not in taken:
        return NOT_SURE
    key: str = pieces[0][:LONGEST_KEY]
    for piece in pieces[1:]:
        if len(key) + 1 + len(piece) > LONGEST_KEY:
            break
        key += f"-{piece}"
    number = 1
    found = key
    while found in taken or found in RESERVED_KEYS:
        number += 1
        found = f"{key}-{number}"
    return found


def begun(kind: str, key: str, *, text: str = "", step: str = "") -> Node:
    """A new node of a kind, as empty as its kind may be: a question comes with the three usual answers."""
    match kind:
        case "question":
            usual = (("yes", "Yes"), ("no", "No"), (NOT_SURE, UNSURE))
            return Question(key, text, tuple(Option(name, label, "") for name, label in usual))
        case "step":
            return Repair(key, step, fixed="", not_fixed="", could_not="")
        case "jump":
            return Jump(key, "", text)
        case _:
            # Blanks are half-finished work, which the lint names.
            blank = cast("Any", "")
            return Outcome(
                key=key, text=text, disposition=blank, who=blank, do_now="", data_risk=blank, data_risk_text=""
            )


def references(flow: Flow, key: str) -> Iterator[tuple[Node, Option]]:
    """The answers that lead to a node, each with the node that asks."""
    for node in flow.nodes:
        for option in node.options:
            if option.to == key:
                yield node, option


def retargeted(flow: Flow, old: str, new: str) -> Flow:
    """Lead to `new` whatever led to `old`, the start too."""
    return Flow(new if flow.start == old else flow.start, tuple(_retargeted(node, old, new) for node in flow.nodes))


def _retargeted(node: Node, old: str, new: str) -> Node:
    if isinstance(node, Repair):
        ways: dict[str, Any] = {way: new for way in _WAYS if getattr(node, way) == old}
        return replace(node, **ways) if ways else node
    if isinstance(node, Question) and any(option.to == old for option in node.options):
        options = (replace(option, to=new) if option.to == old else option for option in node.options)
        return replace(node, options=tuple(options))
    return node


def renamed(flow: Flow, old: str, new: str) -> Flow:
    """Give a node another key, and lead to it whatever led there."""
    flow = retargeted(flow, old, new)
    return with_node(flow, old, replace(flow.by_key[old], key=new))


def with_node(flow: Flow, key: str, node: Node) -> Flow:
    """Put `node` in the place of the one with this key, or at the end."""
    if key in flow.by_key:
        return replace(flow, nodes=tuple(node if held.key == key else held for held in flow.nodes))
    return replace(flow, nodes=(*flow.nodes, node))


def without(flow: Flow, key: str, *, instead: str = "") -> Flow:
    """Take a node out; what led to it leads to `instead`, or nowhere."""
    kept = replace(flow, nodes=tuple(node for node in flow.nodes if node.key != key))
    return retargeted(kept, key, instead)


def placed(flow: Flow, key: str, *, after: str) -> Flow:
    """Let a node stand right after another one; with a blank `after`, first of all."""
    others = [node for node in flow.nodes if node.key != key]
    at = next((number for number, node in enumerate(others, start=1) if node.key == after), 0)
    return replace(flow, nodes=(*others[:at], flow.by_key[key], *others[at:]))


def in_drawn_order(flow: Flow) -> Flow:
    """List the nodes from top to bottom as the drawing shows them."""
    places = flowtree.places(flowtree.graph(flow))
    return replace(flow, nodes=tuple(flow.by_key[place.key] for place in places if not place.is_connector))


def renamed_answers(answers: Sequence[Answer], old: str, new: str, options: Mapping[str, str]) -> tuple[Answer, ...]:
    """What a jump carries over, after its target renamed a node, and options of it: old key → new key."""
    return tuple(
        Answer(new, options.get(answer.option, answer.option)) if answer.node == old else answer for answer in answers
    )


def fitted(flow: Flow, around: Surroundings) -> tuple[Flow, tuple[Loss, ...]]:
    """Fit a flow into another article: what it names and the article does not have becomes blank, and is listed.

    Source marks in prose stay as they are, since a sentence stands around them; they are listed too.
    """
    known: dict[str, Container[str]] = {
        "step": around.steps,
        "guards": around.steps,
        "time_source": {"estimate", *around.sources},
        "costs": around.costs,
        "steps": around.steps,
        "causes": around.causes,
    }
    nodes, losses = [], []
    for node in flow.nodes:
        changes: dict[str, Any] = {}
        for part, keys in known.items():
            held = getattr(node, part, ())
            words = (held,) if isinstance(held, str) else held
            gone = tuple(word for word in words if word and word not in keys)
            if gone:
                losses.append(Loss(node, part, gone))
                changes[part] = "" if isinstance(held, str) else tuple(word for word in held if word not in gone)
        losses += _unknown_marks(node, around)
        nodes.append(replace(node, **changes))
    return Flow(flow.start, tuple(nodes)), tuple(losses)


def _unknown_marks(node: Node, around: Surroundings) -> Iterator[Loss]:
    texts = [text for text in vars(node).values() if isinstance(text, str)]
    marks = dict.fromkeys(mark for text in texts for mark in source_marks_in(text))
    gone = tuple(mark for mark in marks if mark not in {"estimate", *around.sources})
    if gone:
        yield Loss(node, "marks", gone)
