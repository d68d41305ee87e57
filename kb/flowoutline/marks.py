"""The marks of an outline: what opens a line, what parts it, and quotation where words would be misread."""

import json
import re
import typing
from dataclasses import fields
from typing import Any

from kb.flow import Jump, Outcome, Question, Repair
from kb.frontmatter import clean, control_character

KINDS: dict[str, type[Any]] = {kind.kind: kind for kind in (Question, Repair, Outcome, Jump)}
"""The classes of nodes by the words that open their lines."""

TYPES: dict[str, dict[str, Any]] = {
    word: {part.name: typing.get_type_hints(cls)[part.name] for part in fields(cls)} for word, cls in KINDS.items()
}
"""The types of their fields."""

IN_PATH = frozenset({"key", "text", "step", "options", "fixed", "not_fixed", "could_not"})
"""The fields of nodes that the path shows; all others stand by their names."""

MAX_KEY = 40
ONE_LINE = frozenset({"short", "guards", "observes", "to", "error", "time_source"})
"""The fields of nodes that have room for no second line."""

# No pattern here takes longer than its text is long: repetitions are bounded or can't overlap.
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_KEY = rf"[a-z0-9]+(?:-[a-z0-9]+)*|{_QUOTED}"
_ARROW = r"→|-{1,3}>|={1,3}>"
KEY = re.compile(_KEY)
STOP = re.compile(
    rf'(?P<kind>question|step|outcome|jump)(?:\s+(?P<key>{_QUOTED}|[^\s:"]+))?\s*:\s*(?P<rest>.*)', re.IGNORECASE
)
ANSWER = re.compile(rf"(?:{_ARROW})\s*(?:(?P<key>{_KEY})\s*:(?!\S)\s*)?(?P<rest>.*)")
ABOUT = re.compile(rf"about\s+(?P<key>{_KEY})\s*:?", re.IGNORECASE)
FIELD = re.compile(r"(?P<name>[^\W\d_]+(?:[ _][^\W\d_]+){0,4})\s*:\s*(?P<rest>.*)")
WORD = re.compile(rf'{_QUOTED}|[^\s,"]+')
_WORDS = re.compile(rf"({_QUOTED})\s*(?=\||{_ARROW}|$)")
_SIGN = re.compile(rf"\||{_ARROW}")


def parts_of_kinds() -> dict[str, list[str]]:
    """What can be said about a stop of each kind, by the names that an outline uses."""
    return {kind: [name.replace("_", " ") for name in types if name not in IN_PATH] for kind, types in TYPES.items()}


def token(key: str) -> str:
    """A key as an outline writes it."""
    return key if KEY.fullmatch(key) and not key.startswith('"') else quoted(key)


def is_key(text: str) -> bool:
    """Whether a text can be read as a key, and the desk has room for it."""
    return KEY.fullmatch(text) is not None and len(unquoted(text)) <= MAX_KEY


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def unquoted(text: str) -> str:
    """A text as it was before it was quoted; words that merely begin with a quotation mark stay as they are."""
    if text.startswith('"'):
        try:
            found = str(json.loads(text))
        except ValueError:
            return text
        return text if control_character(found) else found
    return text


def is_plain(text: str) -> bool:
    """Whether a text comes back as it is when it is written without quotation marks."""
    return text == clean(text) and ("\n" in text or not text.startswith('"')) and control_character(text) is None


def has_sign(text: str) -> bool:
    """Whether a text holds what parts the line of an answer."""
    return _SIGN.search(text) is not None


def parts_of(rest: str) -> tuple[list[str], str]:
    """An answer’s words, what stands behind each upright stroke, and the target behind the arrow."""
    parts = []
    at = 0
    while True:
        at += len(rest[at:]) - len(rest[at:].lstrip())
        whole = _WORDS.match(rest, at)
        sign = _SIGN.search(rest, whole.end() if whole else at)
        parts.append(unquoted(whole[1]) if whole else rest[at : sign.start() if sign else None].strip())
        if sign is None:
            return parts, ""
        at = sign.end()
        if sign[0] != "|":
            return parts, rest[at:].strip()
