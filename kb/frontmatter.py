"""Front matter: YAML read into typed dataclasses, every fault with its line and field, and written back.

All scalars are read as text and converted by the type of the field, so `code: 102`, `key: yes` and `on: 2026-11-22`
mean what an editor thinks they mean. Anchors, aliases and tags are refused: documents need none, and they are how small
YAML files grow without bound.
"""

import re
import types
import typing
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import Any

import yaml

from kb.figures import Duration
from kb.problems import DocumentInvalid, Problem

type Plain = str | int | list[Plain] | dict[str, Plain]
type Lines = dict[str, int]

MAX_DEPTH = 12
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read[T](cls: type[T], text: str, *, first_line: int = 1) -> tuple[T, Lines]:
    """Read YAML `text` as a `cls`; also return the line of each field, counted from `first_line`.

    Raises DocumentInvalid with every fault.
    """
    reader = _Reader(first_line)
    try:
        value = reader.value(cls, reader.compose(text), "", 0)
    except _Refused:
        value = None
    if reader.problems:
        raise DocumentInvalid(reader.problems)
    return typing.cast("T", value), reader.lines


class _Refused(Exception):
    """The value at hand can't be used; its problem has been noted."""


class _Reader:
    def __init__(self, first_line: int) -> None:
        self.first_line = first_line
        self.problems: list[Problem] = []
        self.lines: Lines = {}

    def compose(self, text: str) -> yaml.Node:
        depth = 0
        try:
            for event in yaml.parse(text, Loader=_Loader):
                self._refuse_magic(event)
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if depth > MAX_DEPTH:  # composing recurses in C, where too deep means a crash
                    raise RecursionError
            node = yaml.compose(text, Loader=_Loader)
        except (yaml.YAMLError, UnicodeEncodeError) as error:
            mark = getattr(error, "problem_mark", None)
            line = self.first_line + (mark.line if mark else 0)
            what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it can't be read"
            raise DocumentInvalid([Problem("", f"the front matter is not valid YAML: {what}", line=line)]) from None
        except RecursionError:
            raise DocumentInvalid(
                [Problem("", "the front matter is nested too deeply", line=self.first_line)]
            ) from None
        if node is None:
            raise DocumentInvalid([Problem("", "the front matter is empty", line=self.first_line)])
        return node

    def _refuse_magic(self, event: yaml.Event) -> None:
        magic = isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None)
        if magic and getattr(event, "tag", None) != "!":
            line = self.first_line + (event.start_mark.line if event.start_mark else 0)
            raise DocumentInvalid([Problem("", "YAML anchors, aliases and tags are not used here", line=line)])

    def refuse(self, node: yaml.Node, field: str, message: str) -> _Refused:
        self.problems.append(Problem(field, message, line=self.line(node)))
        return _Refused()

    def line(self, node: yaml.Node) -> int:
        return self.first_line + int(node.start_mark.line)

    def value(self, kind: Any, node: yaml.Node, field: str, depth: int) -> Any:
        self.lines[field] = self.line(node)
        if depth > MAX_DEPTH:
            raise self.refuse(node, field, "is nested too deeply")
        if typing.get_origin(kind) is tuple:
            return self.sequence(typing.get_args(kind)[0], node, field, depth)
        choices = _choices(kind)
        if not any(choice in _CONVERT for choice in choices) and is_dataclass(choices[0]):
            return self.mapping(choices, node, field, depth)
        return self.scalar(choices[0], node, field)

    def sequence(self, kind: Any, node: yaml.Node, field: str, depth: int) -> tuple[Any, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.refuse(node, field, "should be a list, each entry on a line that begins with “- ”")
        items = []
        for at, child in enumerate(node.value):
            try:
                items.append(self.value(kind, child, f"{field}[{at}]", depth + 1))
            except _Refused:
                continue
        return tuple(items)

    def mapping(self, choices: tuple[Any, ...], node: yaml.Node, field: str, depth: int) -> Any:
        if not isinstance(node, yaml.MappingNode):
            raise self.refuse(node, field, "should hold fields, each as “name: value”")
        given = self.entries(node, field)
        cls = self.choose(choices, node, given, field)
        known = {f.name: f for f in fields(cls) if not f.metadata.get("is_prose")}
        for name in given.keys() - known.keys() - {"kind"}:
            self.problems.append(
                Problem(
                    _join(field, name),
                    f"is not a field here; known: {', '.join(known)}",
                    line=self.line(given[name]),
                )
            )
        values = {}
        failed = False
        for name, kind in _hints(cls).items():
            if name not in given:
                if _is_required(known[name]):
                    self.problems.append(Problem(_join(field, name), "is missing", line=self.line(node)))
                    failed = True
                continue
            try:
                values[name] = self.value(kind, given[name], _join(field, name), depth + 1)
            except _Refused:
                failed = True
        if failed:
            raise _Refused
        return cls(**values)

    def entries(self, node: yaml.MappingNode, field: str) -> dict[str, yaml.Node]:
        found: dict[str, yaml.Node] = {}
        for key, child in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name in found:
                self.problems.append(Problem(_join(field, name), "is given twice", line=self.line(key)))
            found[name] = child
        return found

    def choose(self, choices: tuple[Any, ...], node: yaml.Node, given: dict[str, yaml.Node], field: str) -> Any:
        if len(choices) == 1:
            return choices[0]
        by_kind = {choice.kind: choice for choice in choices}
        kind = given.get("kind")
        name = kind.value if isinstance(kind, yaml.ScalarNode) else ""
        if name not in by_kind:
            raise self.refuse(kind or node, _join(field, "kind"), f"should be one of: {', '.join(by_kind)}")
        return by_kind[name]

    def scalar(self, kind: Any, node: yaml.Node, field: str) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            raise self.refuse(node, field, "should be a single value")
        text = typing.cast("str", node.value)
        if fault := control_character(text):
            raise self.refuse(node, field, f"contains a control character ({fault}); remove it")
        try:
            return _CONVERT[kind](text) if kind in _CONVERT else kind(text)
        except ValueError as error:
            if issubclass(kind, StrEnum):
                raise self.refuse(node, field, f"should be one of: {', '.join(kind)}") from None
            raise self.refuse(node, field, str(error)) from None


def control_character(text: str) -> str | None:
    """Name the first character that no document may hold, or None. Tabs and line feeds are fine."""
    for character in text:
        code = ord(character)
        if (
            (code < 32 and character not in "\n\t")
            or 127 <= code <= 159
            or 0xD800 <= code <= 0xDFFF
            or code in (0xFFFE, 0xFFFF)
        ):
            return f"U+{code:04X}"
    return None


def _text(text: str) -> str:
    return clean(text)


def clean(text: str) -> str:
    """Text as documents keep it: line feeds only, no blanks at the ends of lines, none around the whole."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _integer(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError(f"should be a whole number, not “{text[:40]}”")
    return int(text)


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0 or value >= 10_000_000 or value != round(value, 2):
        raise ValueError(f"should be an amount such as 60 or 60.50, not “{text[:40]}”")
    return value


def _boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(f"should be true or false, not “{text[:40]}”")
    return text == "true"


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"should be a date such as 2026-11-22, not “{text[:40]}”") from None


_CONVERT: dict[Any, Callable[[str], Any]] = {
    str: _text,
    int: _integer,
    bool: _boolean,
    Decimal: _decimal,
    date: _date,
    Duration: Duration.parse,
}


@cache
def _hints(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {f.name: hints[f.name] for f in fields(cls) if not f.metadata.get("is_prose")}


def _choices(kind: Any) -> tuple[Any, ...]:
    """The types a field may hold, None left out; `type X = A | B` is looked through."""
    kind = getattr(kind, "__value__", kind)
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        return tuple(inner for arg in typing.get_args(kind) if arg is not type(None) for inner in _choices(arg))
    return (kind,)


def _is_required(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _join(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def plain(value: Any) -> Any:
    """Turn a document's dataclass into dicts, lists, numbers and text; what equals its default is left out."""
    if is_dataclass(value) and not isinstance(value, Duration | type):
        return dict(_plain_fields(value))
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else f"{value:.2f}"
    if isinstance(value, bool | int):
        return value
    return str(value)


def _plain_fields(value: Any) -> Iterator[tuple[str, Any]]:
    kind = getattr(type(value), "kind", None)
    if isinstance(kind, str):
        yield "kind", str(kind)
    for field in fields(value):
        held = getattr(value, field.name)
        if _is_required(field) or held != field.default:
            yield field.name, plain(held)


class _Dumper(yaml.SafeDumper):
    """Block style all over; text of several lines as a literal block, so that a diff shows lines."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if _DATE.fullmatch(text):
        return dumper.represent_scalar("tag:yaml.org,2002:timestamp", text)
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def dump(value: Any) -> str:
    """Write a dataclass as canonical YAML; `read` gives it back unchanged."""
    return yaml.dump(plain(value), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
