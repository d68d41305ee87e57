"""Codes to read over the phone: `102-3-BA` is article 102, revision 3, options B and A. Pure."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from kb.flow import Flow, Trail

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LONGEST = 120
_EXACT = re.compile(r"(.+)-([1-9][0-9]{0,8})-([A-Z]*)")
# What is heard or read as something else, where only a letter, or only a figure, can stand.
_AS_LETTERS = str.maketrans("0148536", "OIABSEG")
_AS_FIGURES = str.maketrans("OILSB", "01158")


class BadCode(ValueError):
    """The code can't be read; the message says what is wrong with it."""


@dataclass(frozen=True)
class Code:
    """A code taken apart. `letters` name one option for each decision; the first question has none: `102-3-`."""

    identity: str
    revision: int
    letters: str

    def __str__(self) -> str:
        return f"{self.identity}-{self.revision}-{self.letters}"


def code_of(identity: str, revision: int, flow: Flow, trail: Trail) -> Code:
    """The code of a walk, also before its first answer. Raises KeyError for a trail that is not of this flow."""
    letters = ""
    for key, chosen in trail:
        places = {option.key: place for place, option in enumerate(flow.by_key[key].options)}
        letters += LETTERS[places[chosen]]
    return Code(identity, revision, letters)


def encode(identity: str, revision: int, flow: Flow, trail: Trail) -> str:
    """The code to read over the phone; empty before the first answer. Raises KeyError as `code_of` does."""
    return str(code_of(identity, revision, flow, trail)) if trail else ""


def parse_exactly(text: str) -> Code:
    """Take apart a code as `Code` writes it, forgiving nothing. Raises BadCode."""
    match = _EXACT.fullmatch(text) if len(text) <= LONGEST else None
    if match is None:
        raise BadCode("This is not a code as this site writes them.")
    return Code(match[1], int(match[2]), match[3])


def decode(text: str, names: Mapping[str, str]) -> Code:
    """Take a code apart, forgiving capitals, blanks and look-alikes. Raises BadCode.

    `names` leads from every name that an article goes or went by, in small letters, to its identity.
    """
    parts = re.sub(r"[^A-Za-z0-9]+", "-", text[: LONGEST + 1]).strip("-").split("-")
    if len(text) > LONGEST or len(parts) < 3:
        raise BadCode("A code has three parts: the error, a number, and letters, such as 102-3-BA.")
    at, identity = _name_in(parts, names)
    revision = parts[at].upper().translate(_AS_FIGURES)
    letters = "".join(parts[at + 1 :]).upper().translate(_AS_LETTERS)
    if not revision.isdigit() or len(revision) > 9:
        raise BadCode(f"The second part of a code is a number, such as the 3 in 102-3-BA, not “{parts[at]}”.")
    if not letters.isalpha():
        raise BadCode("The last part of a code holds letters only, such as the BA in 102-3-BA.")
    return Code(identity, int(revision), letters)


def _name_in(parts: list[str], names: Mapping[str, str]) -> tuple[int, str]:
    """How many parts belong to the name, and the identity that it stands for. Raises BadCode.

    The longest name wins, as it is written before as it may be misread; a misreading of several articles is of none.
    """
    ways = {at: "-".join(parts[:at]).lower() for at in range(len(parts) - 2, 0, -1)}
    for at, name in ways.items():
        if name in names:
            return at, names[name]
    alike: defaultdict[str, set[str]] = defaultdict(set)
    for name, identity in names.items():
        alike[_as_seen(name)].add(identity)
    for at, name in ways.items():
        if len(meant := alike[_as_seen(name)]) == 1:
            return at, meant.pop()
    raise BadCode(f"We have no article for a code that begins with “{parts[0]}”.")


def _as_seen(name: str) -> str:
    """The same for all names that look alike."""
    return name.upper().translate(_AS_FIGURES)


def trail_of(letters: str, flow: Flow) -> Trail:
    """The answers that the letters stand for. Raises BadCode where the flow has no such option or ends earlier."""
    trail: list[tuple[str, str]] = []
    node = flow.by_key[flow.start]
    for at, letter in enumerate(letters, start=1):
        place = LETTERS.index(letter)
        if not node.options:
            raise BadCode(f"The code has more letters than this path has answers: it ends after letter {at - 1}.")
        if place >= len(node.options):
            raise BadCode(
                f"Letter {at} of the code, {letter}, stands for no answer here;"
                f" the last answer is {LETTERS[len(node.options) - 1]}."
            )
        option = node.options[place]
        trail.append((node.key, option.key))
        node = flow.by_key[option.to]
    return tuple(trail)
