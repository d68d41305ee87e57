"""How wide text comes out, and where it wraps, in drawings that are made before any browser sees them.

Widths are of DejaVu Sans Bold, the widest of the usual system fonts: any other takes less room than expected.
"""

import re
from functools import lru_cache
from itertools import pairwise

_SPACE = re.compile(r"[ \t\n\r]+")  # not the no-break space
_WIDEST = 1120
_PER_MILLE = {
    390: " \N{NO-BREAK SPACE}',./I\\ijl|‘’·",
    480: "!()-:;[]ft",
    600: '"*J_`crsz–',
    700: "$0123456789?EFLTaekovxy“”£€",
    780: "ABCKPRSVXYZbdghnpqu{}",
    860: "#+<=>DGHNOQU^~×",
    1000: "&@Mw—→…",
}
_REGULAR = 92  # percent: no letter or digit takes more of what it takes in bold, and a line of them takes less
_WIDTHS = {character: width for width, characters in _PER_MILLE.items() for character in characters}


def width(text: str, size: int, *, is_bold: bool = True) -> int:
    """Units that `text` takes at most in semi-bold, or else in regular letters of `size` units."""
    return -(-_per_mille(text) * size * (100 if is_bold else _REGULAR) // 100_000)


@lru_cache(maxsize=4096)
def wrap(text: str, size: int, room: int) -> tuple[str, ...]:
    """Break `text` into the fewest lines that fit, of about equal width; blank text is one empty line.

    A word that is wider than `room` is broken too.
    """
    most = room * 1000 // size
    words = [piece for word in _SPACE.split(text.strip(" \t\n\r")) for piece in _pieces(word, most)]
    widths = [_per_mille(word) for word in words]
    starts = _starts(widths, most)
    low, high = max(widths), most if len(starts) > 1 else 0
    while high - low > size:
        middle = (low + high) // 2
        if len(_starts(widths, middle)) > len(starts):
            low = middle
        else:
            starts, high = _starts(widths, middle), middle
    return tuple(" ".join(words[start:end]) for start, end in pairwise([*starts, len(words)]))


def _per_mille(text: str) -> int:
    return sum(_WIDTHS.get(character, _WIDEST) for character in text)


def _pieces(word: str, most: int) -> list[str]:
    if _per_mille(word) <= most:
        return [word]
    pieces = [""]
    for character in word:
        if pieces[-1] and _per_mille(pieces[-1] + character) > most:
            pieces.append("")
        pieces[-1] += character
    return pieces


def _starts(widths: list[int], most: int) -> list[int]:
    """With which word each line starts when none is wider than `most`, unless by a single word."""
    starts: list[int] = []
    taken = most
    for at, width in enumerate(widths):
        taken += _WIDTHS[" "] + width
        if taken > most:
            starts.append(at)
            taken = width
    return starts
