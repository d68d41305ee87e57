"""What differs between two documents, part by part, as an editor reads it. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from kb.comparison import Row, side_by_side
from kb.document import Document
from kb.flow import Flow, Node, title_of
from kb.frontmatter import plain

_PARTS = {
    "fix_times": "Time to fix",
    "causes": "Cause",
    "risk_factors": "Risk factor",
    "lookalikes": "Look-alike",
    "signs": "Sign",
    "observations": "Observation",
    "steps": "Repair step",
    "costs": "Cost",
    "related": "Related article",
    "sources": "Source",
    "sections": "Section",
}
_NODES = {"question": "Question", "step": "Stop at a repair step", "outcome": "Outcome", "jump": "Jump"}


@dataclass(frozen=True)
class Difference:
    """A part of an article that is not the same in both documents: its two versions side by side."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class _Version:
    """A part as one of the documents has it."""

    title: str
    text: str


type _Versions = dict[str, _Version]


def differences(left: Document, right: Document) -> list[Difference]:
    """The parts in which two documents differ, in the order in which documents hold them; none when they are equal."""
    befores, afters = _groups(left), _groups(right)
    return [found for name in befores for found in _between(name, befores[name], afters[name])]


def _between(group: str, before: _Versions, after: _Versions) -> Iterator[Difference]:
    for key, version in (before | after).items():
        old, new = before.get(key), after.get(key)
        if old is None or new is None or old.text != new.text:
            yield Difference(version.title, side_by_side(old.text if old else "", new.text if new else ""))
    order, new_order = [key for key in before if key in after], [key for key in after if key in before]
    if order != new_order:
        titles = ("\n".join(after[key].title for key in keys) for keys in (order, new_order))
        yield Difference(f"Order of the {_in_words(group).lower()}", side_by_side(*titles))


def _groups(document: Document) -> dict[str, _Versions]:
    """What a document holds, by field: a list's items by what each is known by, anything else under an empty key."""
    groups: dict[str, _Versions] = {}
    for field in fields(document):
        held = getattr(document, field.name)
        if field.name in _PARTS:
            groups[field.name] = _by_key(_item(_PARTS[field.name], item) for item in held)
        elif field.name == "flow":
            groups |= _flow_groups(held or Flow(""), {step.key: step.title for step in document.steps})
        else:
            groups[field.name] = {"": _Version(_in_words(field.name), "" if held is None else _value(plain(held)))}
    return groups


def _flow_groups(flow: Flow, titles: Mapping[str, str]) -> dict[str, _Versions]:
    return {
        "flow": {"": _Version("First node of the flow", flow.start)},
        "nodes of the flow": _by_key(_node(node, titles) for node in flow.nodes),
    }


def _by_key(items: Iterable[tuple[str, _Version]]) -> _Versions:
    """Drafts may hold a key twice; the second is told from the first by its number."""
    seen: Counter[str] = Counter()
    versions: _Versions = {}
    for key, version in items:
        seen[key] += 1
        versions[f"{key} {seen[key]}"] = version
    return versions


def _item(noun: str, item: Any) -> tuple[str, _Version]:
    key = str(getattr(item, fields(item)[0].name))
    return key, _Version(f"{noun}: {getattr(item, 'title', '') or key}", _text(item))


def _node(node: Node, titles: Mapping[str, str]) -> tuple[str, _Version]:
    return node.key, _Version(f"{_NODES[node.kind]}: {title_of(node, titles) or node.key}", _text(node))


def _text(item: Any) -> str:
    """One line for each field; prose of several lines stands below its field's name."""
    return "\n".join(line for name, value in plain(item).items() for line in _field(_in_words(name), value))


def _field(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        yield from (f"{name}: {_value(list(entry.values()))}" for entry in value)
    elif "\n" in (text := _value(value)):
        yield from (f"{name}:", text)
    else:
        yield f"{name}: {text}"


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _in_words(name: str) -> str:
    return name.replace("_", " ").capitalize()
