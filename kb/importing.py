"""Importing: texts and documents become drafts on the desk. Nothing here publishes."""

import difflib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db import transaction

from kb import textimport
from kb.desk import read_document, write_document
from kb.document import Document, dump, parse_with_lines
from kb.frontmatter import Lines
from kb.models import Article, Revision
from kb.problems import DocumentInvalid, Gravity, line_of
from kb.publishing import check_document
from kb.storable import unstorable
from kb.textimport import MAX_CHARACTERS, MAX_LINES, Matter, Report
from kb.unpacking import FilesRefused, TextFile


@dataclass(frozen=True)
class Draft:
    """A file as the desk would hold it, beside what the desk holds now."""

    file: TextFile
    document: Document
    report: Report
    to_mend: tuple[str, ...]
    """What keeps it from being published, and what is worth a look, each with its line in the file."""
    article: Article | None
    present: Document | None
    """What the desk holds already."""
    kept_as: int | None
    """The revision in which that desk copy stays, None when it was never published as it is."""

    @property
    def is_new(self) -> bool:
        return self.article is None

    @property
    def is_unchanged(self) -> bool:
        return self.present == self.document

    @property
    def would_lose(self) -> bool:
        """Whether the desk holds words that nothing else holds."""
        return not self.is_new and not self.is_unchanged and self.kept_as is None

    @property
    def name(self) -> str:
        """What people know the article by: where there is a desk copy, by what that is called."""
        return (self.present or self.document).name

    @cached_property
    def after(self) -> str:
        return dump(self.document)

    @property
    def diff(self) -> list[str]:
        """The lines of a unified diff from what is there to what would be."""
        before = dump(self.present).splitlines() if self.present else []
        names = "on the desk" if self.present else "nothing", self.file.name
        return list(difflib.unified_diff(before, self.after.splitlines(), *names, lineterm=""))


@dataclass(frozen=True)
class _Read:
    file: TextFile
    document: Document
    lines: Lines
    report: Report = field(default_factory=Report)


def read_drafts(files: Sequence[TextFile], *, now: datetime) -> list[Draft]:
    """Read files for the desk and change nothing. Raises FilesRefused with every fault of all of them."""
    reasons: list[str] = []
    titles = dict(Article.objects.values_list("slug", "title"))
    found: list[_Read] = []
    for file in files:
        try:
            found.append(_read(file, titles, now))
        except FilesRefused as refused:
            reasons += refused.reasons
    titles |= {read.document.identity: read.document.title for read in found}
    # Texts are read once more, now that they know each other.
    found = [read if read.file.is_document else _read(read.file, titles, now) for read in found]
    articles = {a.slug: a for a in Article.objects.filter(slug__in=[read.document.identity for read in found])}
    reasons += _twice(found)
    for read in found:
        reasons += _unfit(read, articles.get(read.document.identity))
    if reasons:
        raise FilesRefused(reasons)
    together = [read.document for read in found]
    return [_draft(read, articles.get(read.document.identity), together, now) for read in found]


@transaction.atomic
def write_drafts(drafts: Iterable[Draft], *, discard: Container[str] = ()) -> list[Article]:
    """Write drafts to the desk, all or none. `discard` names the identities whose unpublished changes may be lost.

    Raises FilesRefused where the desk would lose words, or is no longer as it was when the drafts were read.
    """
    drafts = list(drafts)
    reasons = [
        losing(draft.file.name, draft.name)
        for draft in drafts
        if draft.would_lose and draft.document.identity not in discard
    ]
    for draft in drafts:
        article = Article.objects.select_for_update(no_key=True).filter(slug=draft.document.identity).first()
        if (read_document(article) if article else None) != draft.present:
            reasons.append(f"{draft.name} was changed on the desk in the meantime. Look at the differences again.")
    if reasons:
        raise FilesRefused(reasons)
    return [write_document(draft.document) for draft in drafts]


def kept_as(article: Article, present: Document) -> int | None:
    """The newest revision that says what the desk copy says, None when nothing but the desk holds it."""
    revisions = Revision.objects.filter(article=article, text=dump(present))
    return revisions.order_by("-number").values_list("number", flat=True).first()


def losing(file: str, name: str) -> str:
    """Why a desk copy is not replaced without being told to."""
    return f"{file}: the desk copy of {name} has changes that were never published; they would be lost."


def _read(file: TextFile, titles: Mapping[str, str], now: datetime) -> _Read:
    if file.is_document:
        try:
            return _Read(file, *parse_with_lines(file.text))
        except DocumentInvalid as invalid:
            raise FilesRefused([f"{file.name}, line {p.line}: {p}" for p in invalid.problems]) from None
    lines = file.text.count("\n") + 1
    if len(file.text) > MAX_CHARACTERS or lines > MAX_LINES:
        message = (
            f"“{file.name}” has {len(file.text):,} characters in {lines:,} lines; an article in plain text has at most"
            f" {MAX_CHARACTERS:,} characters and {MAX_LINES:,} lines."
        )
        raise FilesRefused([message])
    stem = file.name.rpartition("/")[2].rpartition(".")[0]
    imported = textimport.read(file.text, titles=titles, today=now.date(), name=stem.replace("-", " "))
    return _Read(file, imported.document, imported.places, imported.report)


def _twice(found: Sequence[_Read]) -> list[str]:
    first: dict[str, TextFile] = {}
    reasons = []
    for read in found:
        other = first.setdefault(read.document.identity, read.file)
        if other is not read.file:
            reasons.append(f"{read.document.name} stands in two files: “{other.name}” and “{read.file.name}”.")
    return reasons


def _unfit(read: _Read, article: Article | None) -> list[str]:
    """Why the desk could not hold this document at all."""
    reasons = [f"{read.file.name}, line {line_of(p, read.lines)}: {p}" for p in unstorable(read.document)]
    if article is not None and article.kind != read.document.kind:
        reasons.append(
            f"{read.file.name}: “{read.document.identity}” is already the address of an article of kind {article.kind}."
        )
    return reasons


def _draft(read: _Read, article: Article | None, together: Iterable[Document], now: datetime) -> Draft:
    present = read_document(article) if article else None
    told = {finding.message for finding in read.report.of(Matter.FAULT)}
    return Draft(
        file=read.file,
        document=read.document,
        report=read.report,
        to_mend=tuple(
            f"line {line_of(problem, read.lines)}: {'note: ' * (problem.gravity is Gravity.WARNING)}{problem}"
            for problem in check_document(article, read.document, together, now=now)
            if problem.message not in told
        ),
        article=article,
        present=present,
        kept_as=kept_as(article, present) if article and present else None,
    )
