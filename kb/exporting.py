"""Exporting: articles as files that load back byte for byte."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.text import get_valid_filename

from kb.desk import read_document
from kb.document import Kind, dump
from kb.models import Article, EditionEntry

_ANY_DAY = (1980, 1, 1, 0, 0, 0)  # the same articles make the same zip


@dataclass(frozen=True)
class Export:
    """One article as a file."""

    name: str
    content: bytes


def live(articles: QuerySet[Article] | None = None) -> Iterator[Export]:
    """What readers see: of these articles, or of all."""
    entries = EditionEntry.objects.select_related("revision")
    for entry in entries if articles is None else entries.filter(article__in=articles):
        yield Export(file_name(entry.kind, entry.identity), entry.revision.text.encode())


def on_the_desk(articles: Iterable[Article]) -> Iterator[Export]:
    """What editors are at work on."""
    for article in articles:
        yield Export(file_name(article.kind, article.slug), dump(read_document(article)).encode())


def zipped(exports: Iterable[Export]) -> bytes:
    """All files in one zip."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for export in exports:
            entry = zipfile.ZipInfo(export.name, _ANY_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, export.content)
    return held.getvalue()


def file_name(kind: Any, identity: str) -> str:
    """“error-102.md”, “manual-import.md”; never a path, whatever a draft calls itself."""
    return get_valid_filename(f"error-{identity}.md" if kind == Kind.ERROR else f"{identity}.md")
