"""Markdown as plain text, for case notes, descriptions and search. Pure."""

import re

from kb.links import LINK, SOURCE_MARK

_LINK = re.compile(LINK)
_RULES = (
    (re.compile(SOURCE_MARK), ""),
    (re.compile(r"!?\[([^\[\]]*)\]\([^)\s]*\)"), r"\1"),
    (re.compile(r"\+\+([^+\n]{1,80})\+\+"), r"\1"),
    (re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?m)^[^\S\n]*(?:>|#{1,6})\s?"), ""),
    (re.compile(r"(?m)^[^\S\n]*[-*]\s+"), "- "),
)


def plain_text(markdown: str) -> str:
    """Strip the marks of our Markdown; a cross-link keeps its label, or names its target, such as “Error 103”."""
    text = _LINK.sub(_words, markdown)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text.strip()


def _words(match: re.Match[str]) -> str:
    if match["label"]:
        return match["label"].strip()
    return f"Error {match['target']}" if match["target"].isdigit() else match["target"].replace("-", " ")
