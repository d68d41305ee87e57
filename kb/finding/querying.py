"""Reading what was typed or pasted into the search box: the error codes in it, and the words beside them. Pure.

A figure is a code where it reads as one. One that is called an error (“err 102”, “102 error”, “QBO 9999”) always is.
One that merely stands there is a code if there is an article on it and nothing says that something is counted
(“350 KB”), paid, or the end of an account number (“Checking (3102)”). Figures are never matched by likeness.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

LONGEST = 2_000
"""Characters of a query that are read; a screen that was pasted whole is shorter."""
FEW_WORDS = 4
"""Among so few words a figure of three digits is meant as a code, even if there is no article on it."""

_GLUED = re.compile(r"(?<![^\W_])(err(?:or)?s?|codes?|qbo?)[-_]*(?=[0-9])|(?<=[0-9])[-_]*(?=err(?:or)?s?(?![^\W_]))")
_TOKEN = re.compile(
    r"(?P<figure>(?<![^\W_])(?<![0-9][.,:-])(?:[a-z]{1,4}[-=]?[0-9]{2,4}|-?[0-9]{2,6})(?![^\W_]|[.,:-][0-9]))"
    r"|(?P<word>[^\W_]+(?:[’'][^\W_]+)*)"
    r"|(?P<sign>[^\w\s]|_)"
)
_LETTERED = re.compile(r"([a-z]{1,4})[-=]?([0-9]+)")
_DESKTOP_CODE = re.compile(r"(?!x)[a-z]{1,4}[-=]?[0-9]{3,4}")  # OL-301, H202, PS077; x3102 is an account


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ERROR = _set("err errs error errors")
_PRODUCT = _set("qb qbo quickbooks")
_FILLING = _set("code codes is message no nr num number online was # : . = _ - – —")
_JOINING = _set("or and vs versus then , ; / & | +")
_OPENING = _set("( [ * # x …")
_SECRET = _set("access area authentication pin postal promo security sms text texted verification zip")
_ACCOUNT = _set("account acct card checking ending four savings")
_MEASURE = _set("$ € £ usd over under than least most maximum limit")
_COUNTED = _set(
    "% kb mb gb b k byte bytes kilobytes megabytes percent dollars usd bucks euros cents am pm limit digits characters"
    " seconds secs minutes mins hours hrs days weeks months years times tries attempts row rows line lines columns"
    " pages files transactions entries duplicates items records deposits payments invoices bills checks charges"
    " statements accounts banks users customers vendors"
)


@dataclass(frozen=True)
class Query:
    """What was asked: codes with an article and without one, in lower case, and the words beside them."""

    text: str
    codes: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    words: str = ""


def clean(text: str) -> str:
    """The text in one line, without what can't be seen; cut where it gets too long."""
    seen = (" " if char.isspace() else char for char in text[: 2 * LONGEST] if char.isspace() or _is_seen(char))
    return " ".join("".join(seen).split())[:LONGEST].rstrip()


def _is_seen(char: str) -> bool:
    """Whether it is no control character, mark of direction, half of a character or noncharacter."""
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Cn", "Co"}


def read(text: str, is_known: Callable[[str], bool]) -> Query:
    """Read a text; `is_known` tells whether there is an article on a code, given in lower case."""
    shown = clean(text)
    sentence = _Sentence(_GLUED.sub(r"\1 ", unicodedata.normalize("NFKC", shown).lower()), is_known)
    codes = dict.fromkeys(sentence.code(at) for at in sentence.codes)
    return Query(
        shown,
        codes=tuple(code for code in codes if is_known(code)),
        unknown=tuple(code for code in codes if not is_known(code)),
        words=" ".join(sentence.words()),
    )


@dataclass(frozen=True)
class _Sentence:
    """A text cut into words, signs and figures; all of them are named by their place."""

    text: str
    is_known: Callable[[str], bool]

    @cached_property
    def tokens(self) -> list[tuple[str, str]]:
        """The kind and the text of each."""
        return [(str(token.lastgroup), token[0]) for token in _TOKEN.finditer(self.text)]

    def said(self, at: int) -> str:
        return self.tokens[at][1] if 0 <= at < len(self.tokens) else ""

    def code(self, at: int) -> str:
        """The code as its article spells it (“ol301” may be ol-301), or else as it was typed."""
        typed = self.said(at)
        match = _LETTERED.fullmatch(typed)
        spellings = [typed, f"{match[1]}-{match[2]}", f"{match[1]}{match[2]}"] if match else [typed, typed.lstrip("-")]
        return next((spelling for spelling in spellings if self.is_known(spelling)), typed)

    @cached_property
    def figures(self) -> list[int]:
        """The places of all that might be a code."""
        return [at for at, (kind, _) in enumerate(self.tokens) if kind == "figure"]

    @cached_property
    def codes(self) -> list[int]:
        """The places of what reads as a code: the surest reading that finds any."""
        readings: tuple[Callable[[int], bool], ...] = (
            self._is_all_there_is,
            self._is_called_a_code,
            self._is_a_known_code,
            self._could_be_a_code,
        )
        for reading in readings:
            if found := {at for at in self.figures if reading(at)}:
                return [at for at in self.figures if at in found or self._is_joined_to(at, found)]
        return []

    def words(self) -> Iterator[str]:
        """What is said beside the codes, what calls them so and what joins them."""
        taken = {*self.codes, *(name for at in self.codes for name in (*self._names(at), *self._joints(at)))}
        return (said for at, (kind, said) in enumerate(self.tokens) if kind != "sign" and at not in taken)

    def _names(self, at: int) -> Iterator[int]:
        """The places of the words that call a figure a code: “error code is” before it, “error” after it."""
        before = at - 1
        while self.said(before) in _FILLING:
            before -= 1
        between = {self.said(place) for place in range(before + 1, at)}
        if self.said(before) in _ERROR or (self.said(before) in _PRODUCT and not self._is_a_year(at)):
            yield from range(before, at)
        elif between & {"code", "codes", "#"} and self.said(before) not in _SECRET:
            yield from range(before + 1, at)
        after = at + 1 + (self.said(at + 1) == "-")
        if self.said(after) in _ERROR:
            yield after

    @cached_property
    def _is_nothing_but_figures(self) -> bool:
        return all(kind != "word" or said in _JOINING for kind, said in self.tokens)

    def _is_all_there_is(self, at: int) -> bool:
        """Whether nothing else was typed. Figures side by side may be a telephone or an account number."""
        if not self._is_nothing_but_figures or self._is_an_amount(at):
            return False
        is_a_code = self.said(at).lstrip("-").isdigit() or _DESKTOP_CODE.fullmatch(self.said(at)) is not None
        return self.is_known(self.code(at)) or (is_a_code and not self._is_beside_another(at))

    def _is_called_a_code(self, at: int) -> bool:
        return any(True for _ in self._names(at))

    def _is_a_known_code(self, at: int) -> bool:
        return self.is_known(self.code(at)) and not self._is_an_amount(at)

    def _could_be_a_code(self, at: int) -> bool:
        """Whether it looks like a code though there is no article on it."""
        if self._is_an_amount(at) or self._is_beside_another(at):
            return False
        if not self.said(at).isdigit():
            return _DESKTOP_CODE.fullmatch(self.said(at)) is not None
        is_in_brackets = self.said(at - 1) in {"(", "["}
        return len(self.said(at)) == 3 and (is_in_brackets or len(self.tokens) <= FEW_WORDS)

    def _is_beside_another(self, at: int) -> bool:
        return any(kind == "figure" for kind, _ in [*self.tokens[max(at - 1, 0) : at], *self.tokens[at + 1 : at + 2]])

    def _is_an_amount(self, at: int) -> bool:
        """Whether something is counted or measured, or an account is named by its last figures."""
        before = at - 1
        while self.said(before) in _OPENING:
            before -= 1
        return self.said(at + 1) in _COUNTED or self.said(at - 1) in _MEASURE or self.said(before) in _ACCOUNT

    def _is_a_year(self, at: int) -> bool:
        return len(self.said(at)) == 4 and self.said(at).startswith(("19", "20"))

    def _joints(self, at: int) -> range:
        """The places of what joins a figure to the one before it, such as “, or”."""
        before = at - 1
        while self.said(before) in _JOINING:
            before -= 1
        return range(before + 1, at) if before in self.figures else range(at, at)

    def _is_joined_to(self, at: int, codes: set[int]) -> bool:
        """“or 105” behind a code."""
        joints = self._joints(at)
        return len(joints) > 0 and joints.start - 1 in codes and self.said(at + 1) not in _COUNTED
