"""Related errors: each article that the part names, with the sentence that says why."""

import re
from collections.abc import Sequence
from dataclasses import replace

from kb.document import Related
from kb.textimport.lines import Line
from kb.textimport.prose import pieces_of
from kb.textimport.reading import Reading

_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z\[“\"(])")
_ONLY_LINKS = re.compile(r"\W*(?:\[\[[^\[\]]*\]\]\W*)+")


def read_related(lines: Sequence[Line], heading_line: int, reading: Reading) -> tuple[Related, ...]:
    """A sentence belongs to the first article it names, with those around it that name none."""
    found: dict[str, Related] = {}
    for piece in pieces_of(lines):
        held: list[str] = []
        named = ""
        for sentence in _SENTENCES.split(piece.text):
            held.append(sentence)
            targets = reading.links.targets(sentence)
            for target in targets:
                reading.places.setdefault(f"related[{len(found)}]", piece.line)
                found.setdefault(target, Related(target, ""))
            if targets:
                named = targets[0]
                _add(found, named, reading.links.prose(" ".join(held), piece.line))
                held = []
        if held and named:
            _add(found, named, reading.links.prose(" ".join(held), piece.line))
        elif held:
            reading.leave(piece.line, " ".join(held))
    if lines and not found:
        reading.notes.fault(heading_line, "the related errors name no other article")
    return tuple(found.values())


def _add(found: dict[str, Related], target: str, text: str) -> None:
    if not _ONLY_LINKS.fullmatch(text):
        found[target] = replace(found[target], text=f"{found[target].text} {text}".strip())
