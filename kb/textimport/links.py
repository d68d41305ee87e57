"""References to other articles: `[INTERNAL LINK: S02C01.08 – Title]`, and titles that stand bare in running text."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from kb.textimport.codes import CODE, ERROR, codes_in
from kb.textimport.lines import LITTLE_WORDS, ends_sentence, fold, words_of
from kb.textimport.report import Reference

_PLACEHOLDER = re.compile(
    r"\[\s*(?:(?:internal|cross|related|article)[\s-]*link\b[\s:–—-]*|link\s*:\s*)"
    r"(?P<ref>[A-Z]{1,4}\d[\w.]*)?[\s:–—-]*(?P<title>[^\[\]]*?)\s*\]",
    re.IGNORECASE,
)
_ERROR_HEAD = re.compile(rf"(?:(?:QuickBooks(?:\s+Online)?|QBO)\s+)?{ERROR}{CODE}\s*(?::|\s[–—-])\s+")
_GUIDE_HEAD = re.compile(
    r"(?:[A-Z][\w’'-]*\s+){1,5}(?:Guide|Handbook|Checklist|Tutorial|Walkthrough|Overview)\s*(?::|\s[–—-])\s+"
)
_OPENERS = re.compile(r"(?:See|Read|Use|Follow|The|Our|Open|Check|Visit|In|Try|And|Or|With|From)\s+")
_FEWEST_WORDS = 3

_INTRODUCED = re.compile(
    r"(?:^|[^\w\s’'.)\]]|\b(?:about|also|and|as|at|by|called|check|follow|for|from|in|into|is|like|named|of|on|or|our|read"
    r"|see|the|to|try|under|use|visit|with))\s*$",
    re.IGNORECASE,
)
_SENTENCE_ENDS = re.compile(r"\s*(?:[.;!?]|$)")

type _Write = Callable[[str, str], str]
"""What stands for a reference, made of its identity and its title."""


@dataclass(frozen=True)
class _Found:
    start: int
    end: int
    title: str
    ref: str = ""


@dataclass
class Links:
    """Turns references into cross-links and remembers them.

    `titles` holds the title of every article of the site by its identity; `own` is the identity of the text itself.
    """

    titles: Mapping[str, str]
    own: str = ""
    mentions: list[tuple[int, str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = [title for title in self.titles.values() if len(title.split()) >= _FEWEST_WORDS]
        longest_first = sorted(known, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if known else None
        self._by_title = {fold(title): identity for identity, title in self.titles.items()}
        self._by_head = {_head(title): identity for identity, title in self.titles.items() if " " in _head(title)}

    def prose(self, text: str, line: int) -> str:
        """The text as Markdown, with a cross-link for each article that it names by its title."""
        return self._replaced(text, line, self._link)

    def words(self, text: str, line: int) -> str:
        """The text for a place where no link can stand: a placeholder becomes the title that it holds."""
        return self._replaced(text, line, lambda identity, title: title)

    def targets(self, text: str) -> list[str]:
        """The identities that a text names by title, or else by code; each once, its own left out."""
        found = [self.identity_of(found.title) for found in self._references(text)]
        named = [identity for identity in found if identity] or [code.lower() for code in codes_in(text)]
        return [identity for identity in dict.fromkeys(named) if identity != self.own]

    def identity_of(self, title: str) -> str:
        """The article that a title fits: by code, words, head, or the words of its slug; empty when none."""
        if codes := codes_in(title):
            return codes[0].lower()
        if identity := self._by_title.get(fold(title)) or self._by_head.get(_head(title)):
            return identity
        words = set(words_of(_head(title)))
        fitting = [slug for slug in self.titles if "-" in slug and set(slug.split("-")) <= words]
        return max(fitting, key=len, default="")

    @property
    def references(self) -> tuple[Reference, ...]:
        """What was named, in the order of the first mention."""
        grouped: dict[str, list[tuple[int, str, str, str]]] = {}
        for mention in sorted(self.mentions, key=lambda mention: mention[0]):
            grouped.setdefault(mention[1] or mention[2], []).append(mention)
        return tuple(
            Reference(
                identity=group[0][1],
                title=group[0][2],
                catalogue_ref=next((ref for *_, ref in group if ref), ""),
                lines=tuple(dict.fromkeys(line for line, *_ in group)),
            )
            for group in grouped.values()
        )

    def _replaced(self, text: str, line: int, write: _Write) -> str:
        pieces, at = [], 0
        for found in self._references(text):
            identity = self.identity_of(found.title)
            words = found.title
            if identity != self.own or not identity:
                self.mentions.append((line, identity, found.title, found.ref))
                words = _set_apart(write(identity, found.title), text[: found.start], text[found.end :])
            pieces += [text[at : found.start], words]
            at = found.end
        return "".join([*pieces, text[at:]])

    def _link(self, identity: str, title: str) -> str:
        """A label stays as it is when the target is renamed, so only what nobody has written yet gets one."""
        if not identity or len(identity) > 64:
            return title
        label = re.sub(r"[\[\]|]", "", title)[:200].strip()
        return f"[[{identity}]]" if identity in self.titles or not label else f"[[{identity}|{label}]]"

    def _references(self, text: str) -> list[_Found]:
        candidates = sorted(
            [*_placeholders(text), *_titled(text, _ERROR_HEAD), *_titled(text, _GUIDE_HEAD), *self._literal(text)],
            key=lambda found: (found.start, -found.end),
        )
        chosen: list[_Found] = []
        for found in candidates:
            if not chosen or found.start >= chosen[-1].end:
                chosen.append(found)
        return chosen

    def _literal(self, text: str) -> Iterator[_Found]:
        for match in self._known.finditer(text) if self._known else ():
            yield _Found(match.start(), match.end(), match[0])


def _head(title: str) -> str:
    """What a title begins with: “manual import guide”."""
    return fold(re.split(r":|\s[–—-]\s", title)[0])


def without_placeholders(text: str) -> str:
    """The words of a text, without those that only mark a reference as one."""
    return _PLACEHOLDER.sub(lambda match: f"{match['ref'] or ''} {match['title']}", text)


def names_an_article(text: str) -> bool:
    """Whether a whole line is the title of an error's article, such as “QuickBooks Online Error 103: …”."""
    return next(_titled(text, _ERROR_HEAD), None) is not None or _PLACEHOLDER.search(text) is not None


def _set_apart(words: str, before: str, after: str) -> str:
    """A link in brackets where the layout only appends it to a sentence, so that the sentence still reads well."""
    is_appended = _SENTENCE_ENDS.match(after) and not _INTRODUCED.search(before)
    return f"({words})" if words.startswith("[[") and is_appended else words


def _placeholders(text: str) -> Iterator[_Found]:
    for match in _PLACEHOLDER.finditer(text):
        title = match["title"].strip() or match["ref"] or ""
        if title:
            yield _Found(match.start(), match.end(), title, match["ref"] or "")


def _titled(text: str, head: re.Pattern[str]) -> Iterator[_Found]:
    for match in head.finditer(text):
        opener = _OPENERS.match(match[0]) if head is _GUIDE_HEAD else None
        start = match.start() + (opener.end() if opener else 0)
        end = _title_end(text, match.end())
        if end:
            yield _Found(start, end, text[start:end])


def _title_end(text: str, start: int) -> int:
    """Where a title in title case ends: with its sentence, or with its last word that has a capital. 0 for no title."""
    end = capitals = 0
    for match in re.compile(r"\S+").finditer(text, start):
        word = match[0].strip("\"'“”‘’()[],;:.!?…")
        is_sign = match[0] in {"&", "/", "+", "–", "—", "-"}
        is_capital = word[:1].isupper() or word[:1].isdigit()
        if not (is_sign or is_capital or word.casefold() in LITTLE_WORDS) or _ERROR_HEAD.match(text, match.start()):
            break
        if is_capital:
            capitals += 1
            end = match.start() + len(match[0].rstrip(",;:.!?…\"'”’"))
        if ends_sentence(match[0]):
            break
    if text[start:end].count(")") > text[start:end].count("("):
        end = text.rindex(")", start, end)
    return end if capitals >= 2 else 0
