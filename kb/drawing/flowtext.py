"""A flow as text for other drawing tools: Mermaid and Graphviz. Export only. Pure."""

from collections.abc import Mapping

from kb.drawing import flowtree
from kb.drawing.flowtree import Label
from kb.flow import Flow, Jump, Outcome, Repair

_MERMAID_SHAPES = {"question": ("(", ")"), "step": ("{{", "}}"), "outcome": ("[", "]"), "jump": (">", "]")}
_GRAPHVIZ_SHAPES = {"question": "ellipse", "step": "hexagon", "outcome": "box", "jump": "cds"}


def mermaid(flow: Flow, labels: Mapping[str, Label]) -> str:
    """A Mermaid flowchart. Nodes are numbered, since words such as “end” as names would break it."""
    names = {key: f"n{at}" for at, key in enumerate(flow.by_key)}
    lines = ["flowchart TD"]
    for key, node in flow.by_key.items():
        opening, closing = _MERMAID_SHAPES[node.kind]
        lines.append(f'  {names[key]}{opening}"{_mermaid(_words(flow, key, labels))}"{closing}')
    for key in flow.by_key:
        lines += [
            f'  {names[key]} -->|"{_mermaid(way.answer)}"| {names[way.target]}'
            for way in flowtree.ways(flow.by_key[key])
            if way.target in names
        ]
    return "\n".join(lines) + "\n"


def graphviz(flow: Flow, labels: Mapping[str, Label]) -> str:
    """A Graphviz digraph."""
    names = {key: f"n{at}" for at, key in enumerate(flow.by_key)}
    lines = ["digraph {", "  node [fontname=sans];", "  edge [fontname=sans];"]
    for key, node in flow.by_key.items():
        lines.append(
            f"  {names[key]} [shape={_GRAPHVIZ_SHAPES[node.kind]}, label={_quoted(_words(flow, key, labels))}];"
        )
    for key in flow.by_key:
        lines += [
            f"  {names[key]} -> {names[way.target]} [label={_quoted(way.answer)}];"
            for way in flowtree.ways(flow.by_key[key])
            if way.target in names
        ]
    return "\n".join([*lines, "}"]) + "\n"


def _words(flow: Flow, key: str, labels: Mapping[str, Label]) -> str:
    label = flowtree.label_of(flow, key, labels)
    noted = isinstance(flow.by_key[key], Repair | Outcome | Jump) and label.note
    return f"{label.title}\n{label.note}" if noted else label.title


def _mermaid(text: str) -> str:
    """Mermaid's own entities, since a label may not hold quotes or marks."""
    escaped = text.replace("#", "#35;")
    for sign, entity in {'"': "#quot;", "<": "#lt;", ">": "#gt;", "|": "#124;", "`": "#96;"}.items():
        escaped = escaped.replace(sign, entity)
    return escaped.replace("\n", "<br>")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
