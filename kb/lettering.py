"""How wide text comes out, and where it wraps, in drawings that are made before any browser sees them.

Widths are of DejaVu Sans Bold, the widest of the usual system fonts: any other takes less room than expected.
"""

import re

_SPACE = re.compile(r"[ \t\n\r]+")  # not the no-break space
_WIDEST = 1120
_PER_MILLE = {
    390: " \N{NO-BREAK SPACE}',./I\\ijl|‘’·",  # noqa: RUF001
    480: "!()-:;[]ft",
    600: '"*J_`crsz–',  # noqa: RUF001
    700: "$0123456789?EFLTaekovxy“”£€",
    780: "ABCKPRSVXYZbdghnpqu{}",
    860: "#+<=>DGHNOQU^~×",  # noqa: RUF001
    1000: "&@Mw—→…",
}
_WIDTHS = {character: width for width, characters in _PER_MILLE.items() for character in characters}


def width(text: str, size: int) -> int:
    """Units that `text` takes at most in semi-bold of `size` units."""
    return -(-sum(_WIDTHS.get(character, _WIDEST) for character in text) * size // 1000)


def wrap(text: str, size: int, room: int) -> list[str]:
    """Break `text` into the fewest lines that fit, of about equal width; blank text is one empty line.

    A word that is wider than `room` is broken too.
    """
    words = [piece for word in _SPACE.split(text.strip(" \t\n\r")) for piece in _pieces(word, size, room)]
    lines = _fill(words, size, room)
    low, high = max(width(word, size) for word in words), room
    while low < high:
        middle = (low + high) // 2
        if len(_fill(words, size, middle)) > len(lines):
            low = middle + 1
        else:
            high = middle
    return _fill(words, size, high)


def _pieces(word: str, size: int, room: int) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and width(pieces[-1] + character, size) > room:
            pieces.append("")
        pieces[-1] += character
    return pieces


def _fill(words: list[str], size: int, room: int) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and width(f"{lines[-1]} {word}", size) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
