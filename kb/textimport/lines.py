"""The lines of a plain text, freed of what systems and word processors leave in them."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from kb.textimport.report import Notes

_BREAKS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_ODD_BLANKS = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200d\u2060\ufeff]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_RULE = re.compile(r"[\s\-=_*~#·.─━═]{3,}")
_BULLET = re.compile(
    r"""\s*(?P<sign>
      [•●▪■◦○‣∙·➤➢►▶✓✔▸▹□☐]          # a sign that is nothing else
    | [-–—*+»](?=\s)
    | o(?=\s+[A-Z])                      # what is left of a hollow bullet
    | \(?\d{1,2}[.)](?=\s)
    | \(?[a-z][.)](?=\s)
    )\s*(?P<text>\S.*)""",
    re.VERBOSE,
)
_DRAWN = re.compile(r"[\u2500-\u257f▼▲]|-\s*[►▶]|◄\s*-|-{2,}>|={2,}>|^\s*[|`+\\]-{2,}")
_LABELLED = re.compile(r"[*_]{0,2}(?P<label>[^:]{1,80}?)[*_]{0,2}\s*(?::[*_]{0,2}\s+|\s[–—-]\s+)(?P<text>\S.*)")
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’)\]]*$")
_QUOTES = dict.fromkeys("‘’‚‛", "'") | dict.fromkeys("“”„‟«»", '"')  # noqa: RUF001  # looking like others is the point
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
_PLAIN = str.maketrans(_QUOTES | _DASHES)

LITTLE_WORDS = frozenset({
    "a", "an", "and", "as", "at", "but", "by", "for", "from", "if", "in", "into", "is", "it", "its", "not", "of", "on",
    "or", "the", "to", "vs", "with", "without", "your",
})  # fmt: skip
"""Words that titles write small."""


@dataclass(frozen=True)
class Line:
    """One line that is not blank. `whole` is all of it, with tabs as blanks; `text` is without its bullet."""

    number: int
    whole: str
    after_blank: bool = False
    is_tabbed: bool = False

    @cached_property
    def _bullet(self) -> re.Match[str] | None:
        return None if self.is_drawn else _BULLET.fullmatch(self.whole)

    @cached_property
    def sign(self) -> str:
        """The bullet as written, `•` or `2.`; empty for a line of prose."""
        return self._bullet["sign"] if self._bullet else ""

    @cached_property
    def text(self) -> str:
        return (self._bullet["text"] if self._bullet else self.whole).strip()

    @cached_property
    def indent(self) -> int:
        return len(self.whole) - len(self.whole.lstrip())

    @cached_property
    def is_drawn(self) -> bool:
        """Whether the line belongs to a drawing made of characters."""
        return _DRAWN.search(self.whole) is not None

    @property
    def is_numbered(self) -> bool:
        return self.sign.strip("().").isdigit()

    @property
    def is_finished(self) -> bool:
        """Whether it ends like a sentence, so that the next line is not its continuation."""
        return ends_sentence(self.text)


def read_lines(text: str, notes: Notes) -> list[Line]:
    """Split a text into its lines. Blank ones and rules are left out; characters that can't be kept are named."""
    lines: list[Line] = []
    after_blank = False
    for number, raw in enumerate(_BREAKS.sub("\n", text).split("\n"), start=1):
        whole = _INVISIBLE.sub("", _ODD_BLANKS.sub(" ", raw))
        for character in dict.fromkeys(_UNPRINTABLE.findall(whole)):
            notes.fault(number, f"held the control character U+{ord(character):04X}, which was taken out")
        whole = _UNPRINTABLE.sub(" ", whole).rstrip()
        if not whole or _RULE.fullmatch(whole):
            after_blank = True
            continue
        lines.append(Line(number, whole.expandtabs(4), after_blank, is_tabbed=whole.startswith("\t")))
        after_blank = False
    return lines


def ends_sentence(text: str) -> bool:
    return _SENTENCE_END.search(text[-9:]) is not None


def fold(text: str) -> str:
    """Text as it is compared: no capitals, plain quotes and dashes, single blanks."""
    return " ".join(plain_signs(unicodedata.normalize("NFKC", text)).casefold().split())


def plain_signs(text: str) -> str:
    """The same text, character by character, with the quotes and dashes of a typewriter."""
    return text.translate(_PLAIN)


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", fold(text))


def capital(text: str) -> str:
    """The same with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def fit(text: str, room: int) -> tuple[str, str]:
    """Cut a text so that its first part has at most `room` characters: after a sentence, else between words."""
    if len(text) <= room:
        return text, ""
    head = text[: room + 1]
    ends = [match.end() for match in re.finditer(r"[.!?;][\"'”’)\]]*(?=\s)", head)]
    at = ends[-1] if ends and ends[-1] > room // 3 else head.rfind(" ")
    at = at if 0 < at <= room else room
    return text[:at].rstrip(" ,;–—-"), text[at:].lstrip(" ,;–—-")


def labelled(text: str) -> tuple[str, str]:
    """Split “Label: text” or “Label – text”; without a label the first part is empty."""
    match = _LABELLED.match(text)
    return (match["label"].strip(), match["text"]) if match else ("", text)
