"""Prose: Markdown to HTML that is safe to show, with cross-links, source marks and `++Button++` names.

Raw HTML in Markdown is shown as the text that it is. What the renderer produces is cleaned against an allow-list all
the same, so that a fault in the Markdown library does not reach readers.
"""

import re
import xml.etree.ElementTree as etree
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, override

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor, SimpleTagInlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from kb.figures import ESTIMATE
from kb.links import LINK, SOURCE_MARK, Link
from kb.pictures import PICTURE, Stored

_ALLOWED: dict[str, set[str]] = {
    "a": {"href", "title", "class"},
    "img": {"src", "alt", "width", "height", "srcset", "sizes", "loading", "decoding"},
    "th": {"scope", "role"},
    "td": {"data-label", "role"},
    "tr": {"role"},
    "table": {"role"},
    "thead": {"role"},
    "tbody": {"role"},
    "caption": set(),
    "div": {"class"},
    "ol": {"start"},
    "sup": {"class"},
    "span": {"class"},
    **{
        tag: set()
        for tag in (
            "p",
            "br",
            "hr",
            "ul",
            "li",
            "strong",
            "em",
            "code",
            "pre",
            "kbd",
            "blockquote",
            "h3",
            "h4",
            "h5",
            "h6",
        )
    },
}
_MOST_BRACKETS = 300
_LINK = re.compile(LINK)
_BAR = "\x1f"  # stands for the bar of a cross-link while tables are cut into cells; no document may hold it
_SIZES = "(min-width: 46rem) 42rem, 92vw"  # of a picture: a column of text, as wide as a phone
_ONE_PARAGRAPH = re.compile(r"<p>((?:(?!</?p>).)*)</p>", re.DOTALL)


@dataclass(frozen=True)
class Target:
    """Where a cross-link leads, and the words it takes when the author gave none."""

    url: str
    title: str


type Resolve = Callable[[Link], Target | None]


class Renderer:
    """Renders the prose of one document.

    `resolve` finds a cross-link's target, None for one that is not published: readers then see plain text.
    `sources` gives the number under which the document lists each of its sources; `base` is the page that lists them,
    empty for the page at hand.
    """

    def __init__(self, resolve: Resolve, sources: Mapping[str, int] | None = None, base: str = "") -> None:
        self.sources = sources or {}
        self.base = base
        self._markdown = _Markdown(extensions=["tables", "sane_lists", _Prose(resolve, self)], output_format="html")

    def block(self, text: str, caption: str = "") -> SafeString:
        """Render paragraphs, lists and tables; `caption` names the tables to people who don't see them."""
        return _clean(self._converted(text, caption))

    def inline(self, text: str) -> SafeString:
        """Render a text of one paragraph without its `<p>`; several paragraphs keep theirs."""
        html = self._converted(text)
        match = _ONE_PARAGRAPH.fullmatch(html.strip())
        return _clean(match[1] if match else html)

    def _converted(self, text: str, caption: str = "") -> str:
        """HTML that is not cleaned yet."""
        self._markdown.caption = caption
        self._markdown.reset()
        try:
            html = self._markdown.convert(text)
        except RecursionError:  # hundreds of nested quotes or lists; the text is worth more than its shape
            html = f"<p>{escape(text)}</p>"
            self._markdown.parser.state.clear()  # the nesting it was given up in must not shape the next text
        return html.replace(_BAR, "|")  # in code no cross-link took the bar back

    def source_mark(self, key: str) -> tuple[str, str] | None:
        """The address and the text of the mark beside a figure; None for a source that is not listed."""
        if key == ESTIMATE:
            return f"{self.base}#sources", "est."
        return (f"{self.base}#source-{self.sources[key]}", f"[{self.sources[key]}]") if key in self.sources else None


def _clean(html: str) -> SafeString:
    cleaned = nh3.clean(
        html,
        tags=set(_ALLOWED),
        attributes={tag: names for tag, names in _ALLOWED.items() if names},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
        generic_attribute_prefixes=None,
    )
    # The one place that declares prose safe, and nothing is done to it after: nh3 has parsed it as a browser does and
    # written anew only the tags, attributes and schemes that are listed.
    return mark_safe(cleaned)  # noqa: S308  # for the reason above


class _Markdown(Markdown):
    caption = ""
    """Of the tables in the text at hand; `_Tables` reads it."""


class _Prose(Extension):
    def __init__(self, resolve: Resolve, renderer: Renderer) -> None:
        super().__init__()
        self.resolve = resolve
        self.renderer = renderer

    @override
    def extendMarkdown(self, md: Markdown) -> None:
        md.preprocessors.deregister("html_block")
        md.preprocessors.register(_Brackets(md), "brackets", 20)
        md.inlinePatterns.deregister("html")
        md.inlinePatterns.deregister("image_reference")
        md.inlinePatterns.register(_Picture(PICTURE, md), "image_link", 150)
        md.parser.blockprocessors.deregister("reference")
        md.inlinePatterns.register(_CrossLink(self.resolve, md), "cross-link", 175)
        md.inlinePatterns.register(_SourceMark(self.renderer, md), "source-mark", 174)
        md.inlinePatterns.register(SimpleTagInlineProcessor(r"(\+\+)([^+\n]{1,80})\+\+", "kbd"), "kbd", 60)
        md.treeprocessors.register(_Tables(md), "tables-for-phones", 5)
        md.treeprocessors.register(_Headings(md), "headings", 4)


class _Brackets(Preprocessor):
    """Keep the bar of a cross-link from dividing a table's cells, and take the meaning from hundreds of brackets.

    For each opening bracket the Markdown library looks for its partner to the end of the paragraph, which takes minutes
    for a paragraph made of brackets.
    """

    @override
    def run(self, lines: list[str]) -> list[str]:
        paragraphs = "\n".join(lines).split("\n\n")
        tamed = [text.replace("[", "\\[") if text.count("[") > _MOST_BRACKETS else text for text in paragraphs]
        return _LINK.sub(lambda link: link[0].replace("|", _BAR), "\n\n".join(tamed)).split("\n")


class _Inline(InlineProcessor):
    """Puts an element or a plain text in the place of what its pattern matches."""

    @override
    def handleMatch(self, m: re.Match[str], data: str = "") -> Any:
        # Any, and a default that nobody uses, since the library's type stubs allow no strings here, which its
        # documentation does, and want this to fit Pattern as well, from which the library derives InlineProcessor.
        return self.replacement(m), m.start(0), m.end(0)

    def replacement(self, m: re.Match[str]) -> etree.Element | str:
        raise NotImplementedError


class _CrossLink(_Inline):
    def __init__(self, resolve: Resolve, md: Markdown) -> None:
        super().__init__(LINK.replace(r"\|(?P<label>", f"[|{_BAR}](?P<label>"), md)
        self.resolve = resolve

    @override
    def replacement(self, m: re.Match[str]) -> etree.Element | str:
        link = Link(m["target"].lower(), m["anchor"] or "", (m["label"] or "").strip())
        target = self.resolve(link)
        if target is None:
            return link.label or m["target"]
        element = etree.Element("a", href=target.url)
        element.text = link.label or target.title
        return element


class _SourceMark(_Inline):
    def __init__(self, renderer: Renderer, md: Markdown) -> None:
        super().__init__(SOURCE_MARK, md)
        self.renderer = renderer

    @override
    def replacement(self, m: re.Match[str]) -> etree.Element | str:
        mark = self.renderer.source_mark(m["source"])
        if mark is None:
            return ""
        raised = etree.Element("sup")
        etree.SubElement(raised, "a", href=mark[0]).text = mark[1]
        return raised


class _Picture(_Inline):
    """A picture that was uploaded here, with its room reserved; of any other only the words."""

    @override
    def replacement(self, m: re.Match[str]) -> etree.Element | str:
        alternative = self.unescape(m["alternative"].strip())
        stored = Stored.at(m["address"])
        if stored is None:
            return alternative
        element = etree.Element("img", src=stored.address, alt=alternative)
        element.attrib |= {"width": str(stored.width), "height": str(stored.height)}
        if stored.smaller is not None:
            element.set("srcset", f"{stored.smaller.address} {stored.smaller.width}w, {stored.address} {stored.width}w")
            element.set("sizes", _SIZES)
        element.attrib |= {"loading": "lazy", "decoding": "async"}
        return element


class _Headings(Treeprocessor):
    """Prose stands below the page's h1 and its section's h2, so it starts at h3."""

    @override
    def run(self, root: etree.Element) -> None:
        for element in root.iter():
            if element.tag in {"h1", "h2"}:
                element.tag = "h3"


class _Tables(Treeprocessor):
    """Give tables a caption, scopes, and the labels that let them stack on a phone."""

    @override
    def run(self, root: etree.Element) -> None:
        parents = {child: parent for parent in root.iter() for child in parent}
        for table in list(root.iter("table")):
            self._dress(table)
            box = etree.Element("div", {"class": "table-box"})
            parent = parents[table]
            at = list(parent).index(table)
            parent.remove(table)
            box.append(table)
            box.tail, table.tail = table.tail, None
            parent.insert(at, box)

    def _dress(self, table: etree.Element) -> None:
        table.set("role", "table")
        caption = etree.Element("caption")
        caption.text = getattr(self.md, "caption", "") or "Table"
        heads = ["".join(cell.itertext()) for cell in table.iter("th")]
        for part in table:
            part.set("role", "rowgroup")
            for row in part:
                row.set("role", "row")
                self._dress_row(row, heads)
        table.insert(0, caption)

    def _dress_row(self, row: etree.Element, heads: list[str]) -> None:
        for at, cell in enumerate(row):
            cell.attrib.pop("style", None)
            if cell.tag == "th":
                cell.set("scope", "col")
                cell.set("role", "columnheader")
            elif at == 0:
                cell.tag = "th"
                cell.set("scope", "row")
                cell.set("role", "rowheader")
            else:
                cell.set("role", "cell")
                cell.set("data-label", f"{heads[at] if at < len(heads) else ''}:")
