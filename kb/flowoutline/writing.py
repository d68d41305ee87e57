"""Writing a flow as an outline."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, fields

from kb.flow import Answer, Flow, Jump, Node, Repair
from kb.flowoutline.marks import IN_PATH, ONE_LINE, WORD, has_sign, is_plain, quoted, token

DEEPEST = 10
"""Stops below stops; what lies deeper is written further down by itself. A sound path is not longer."""

type Below = Callable[[str, int], list[str]]
"""The lines of the stop with this key if it is to stand at this level here, or none."""


def dump(flow: Flow) -> str:
    """Write a flow as an outline."""
    blocks = [*_start(flow), *_path(flow), *(_about(node) for node in flow.nodes)]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n" if blocks else ""


def dump_node(flow: Flow, key: str) -> str:
    """Write one node with what is about it; the stops after it by their keys."""
    node = flow.by_key[key]
    return "\n".join([*_stop(node, 0, lambda to, level: []), "", *_about(node)]) + "\n"


def _start(flow: Flow) -> list[list[str]]:
    return [] if flow.start in flow.by_key or not (flow.start or flow.nodes) else [[f"start: {token(flow.start)}"]]


def _path(flow: Flow) -> Iterator[list[str]]:
    """The start with all that it leads to, then what has not been written by then."""
    written: set[str] = set()

    def below(to: str, level: int) -> list[str]:
        if to not in flow.by_key or to in written or level >= DEEPEST:
            return []
        written.add(to)
        return list(_stop(flow.by_key[to], level, below))

    led_to = {option.to for node in flow.nodes for option in node.options}
    strays = [node.key for node in flow.nodes if node.key not in led_to]
    for key in (flow.start, *strays, *flow.by_key):
        if lines := below(key, 0):
            yield lines


def _stop(node: Node, level: int, below: Below) -> Iterator[str]:
    left = "    " * level
    yield _line(f"{left}{node.kind} {token(node.key)}:", node.step if isinstance(node, Repair) else node.text)
    if isinstance(node, Jump) and node.to:
        yield from _field("to", node.to, f"{left}  ")
    for option in node.options:
        line = f"{left}  → {option.key}" if isinstance(node, Repair) else f"{left}  → {token(option.key)}:"
        if not isinstance(node, Repair):
            line = _part(line, option.label)
            line = _part(f"{line} |", option.detail) if option.detail else line
        lines = below(option.to, level + 1)
        yield f"{line} → {token(option.to)}" if option.to and not lines else line
        yield from lines


def _about(node: Node) -> list[str]:
    lines = [f"about {token(node.key)}"]
    for part in fields(node):
        held = getattr(node, part.name)
        usual = "" if part.default is MISSING else part.default
        marks_time = part.name == "time_source" and getattr(node, "time", None)  # every figure says where it is from
        if part.name in IN_PATH or (isinstance(node, Jump) and part.name == "to") or (held == usual and not marks_time):
            continue
        lines += _list(part.name, held, "  ") if isinstance(held, tuple) else _field(part.name, str(held or ""), "  ")
    return lines


def _list(name: str, items: Iterable[str | Answer], left: str) -> list[str]:
    words = (f"{item.node}={item.option}" if isinstance(item, Answer) else item for item in items)
    return [f"{left}{name}: {', '.join(word if WORD.fullmatch(word) else quoted(word) for word in words)}"]


def _field(name: str, text: str, left: str) -> list[str]:
    start = f"{left}{name.replace('_', ' ')}:"
    if "\n" in text and is_plain(text) and name not in ONE_LINE:
        return [start, *(f"{left}  {line}" if line else "" for line in text.split("\n"))]
    return [_line(start, text) if text else f'{start} ""']


def _line(start: str, text: str) -> str:
    """Put a text behind what stands before it; in quotation marks where it would be misread."""
    if not text:
        return start
    return f"{start} {text if is_plain(text) and '\n' not in text else quoted(text)}"


def _part(start: str, text: str) -> str:
    """The same in the line of an answer, where signs part the texts."""
    return _line(start, text) if text and not has_sign(text) else f"{start} {quoted(text)}"
