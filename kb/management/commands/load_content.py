"""Create or update articles from documents, and publish them."""

import difflib
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any, override

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from kb.desk import read_document, write_document
from kb.document import Document, dump, parse_with_lines
from kb.finding import synonyms
from kb.frontmatter import Lines
from kb.importing import kept_as
from kb.management.overwriting import add_overwrite, keep_or_overwrite
from kb.management.progress import progress
from kb.models import Article, EditionEntry, Synonym
from kb.problems import DocumentInvalid, Problem, errors, line_of
from kb.publishing import check_document, move_on, publish


@dataclass(frozen=True)
class Loaded:
    """One file that could be read."""

    path: Path
    document: Document
    lines: Lines


class Command(BaseCommand):
    """Load documents; a second run changes nothing. One bad file and nothing at all is loaded."""

    help = (
        "Create or update articles from documents (.md files, or folders of them) and publish them."
        f" A file {synonyms.FILE_NAME} takes the place of the whole list of synonyms."
    )

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
        add_overwrite(parser)

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        paths, synonym_path = _files_in(options["paths"])
        files = read_files(paths)
        groups = read_synonyms(synonym_path) if synonym_path else None
        if not options["overwrite"]:
            _refuse_to_lose(files)
        if options["dry_run"]:
            for diff in (*map(_diff, files), *([_diff_of_synonyms(groups)] if groups is not None else [])):
                self.stdout.write(diff, ending="")
            return
        now = timezone.now()
        with transaction.atomic():
            articles = [write_document(file.document) for file in progress(files, "Loading articles", self.stdout)]
            is_other_list = groups is not None and synonyms.replace(groups)
            revisions = publish(articles, by=None, now=now, note="Loaded from files")
            if is_other_list and not revisions:
                move_on(now)
        self.stdout.write(f"{len(files)} read, {len(revisions)} published, {len(files) - len(revisions)} unchanged.")


def read_files(paths: list[Path]) -> list[Loaded]:
    """Read and check all files together. Raises CommandError that names file, line and field of every fault."""
    faults: list[str] = []
    files: list[Loaded] = []
    for path in paths:
        try:
            files.append(Loaded(path, *parse_with_lines(path.read_text(encoding="utf-8"))))
        except DocumentInvalid as error:
            faults += [f"{path}:{problem.line}: {problem}" for problem in error.problems]
        except UnicodeDecodeError:
            faults.append(f"{path}:1: the file is not UTF-8 text")
        except OSError as error:
            faults.append(f"{path}: can’t be read: {error.strerror}")
    faults += _faults_between(files)
    if not faults:
        for file in files:
            faults += _faults_of(file, files)
    if faults:
        raise CommandError("Nothing was loaded.\n" + "\n".join(faults))
    return files


def read_synonyms(path: Path) -> list[synonyms.Group]:
    """Read the list of synonyms. Raises CommandError that names file and line of every fault."""
    try:
        return synonyms.parse(path.read_text(encoding="utf-8"))
    except DocumentInvalid as error:
        faults = "\n".join(f"{path}:{problem.line}: {problem}" for problem in error.problems)
    except UnicodeDecodeError:
        faults = f"{path}:1: the file is not UTF-8 text"
    except OSError as error:
        faults = f"{path}: can’t be read: {error.strerror}"
    raise CommandError(f"Nothing was loaded.\n{faults}")


def _refuse_to_lose(files: list[Loaded]) -> None:
    """Raise CommandError for every desk copy with words that nothing else holds."""
    articles = Article.objects.in_bulk([file.document.identity for file in files], field_name="slug")
    reasons = []
    for file in files:
        article = articles.get(file.document.identity)
        present = read_document(article) if article else None
        if article and present and present != file.document and kept_as(article, present) is None:
            reasons.append(keep_or_overwrite(file.path, present.name, file.document.identity))
    if reasons:
        raise CommandError("\n".join(["Nothing was loaded.", *reasons]))


def _files_in(paths: list[Path]) -> tuple[list[Path], Path | None]:
    """The documents, and the list of synonyms if there is one."""
    found = [file for path in paths for file in (sorted(path.glob("*.md")) if path.is_dir() else [path])]
    lists = [path / synonyms.FILE_NAME for path in paths if (path / synonyms.FILE_NAME).is_file()]
    lists += [path for path in found if path.name == synonyms.FILE_NAME]
    documents = [path for path in found if path not in lists]
    if not documents and not lists:
        raise CommandError(f"There are no .md files in {', '.join(map(str, paths))}.")
    return documents, lists[-1] if lists else None


def _faults_between(files: list[Loaded]) -> list[str]:
    first: dict[str, Path] = {}
    faults = []
    for file in files:
        other = first.setdefault(file.document.identity, file.path)
        if other != file.path:
            line = file.lines.get("code", file.lines.get("slug", 1))
            faults.append(f"{file.path}:{line}: “{file.document.identity}” is also the code or slug of {other}")
    return faults


def _faults_of(file: Loaded, files: list[Loaded]) -> list[str]:
    article = Article.objects.filter(slug=file.document.identity).first()
    found = errors(check_document(article, file.document, [other.document for other in files], now=timezone.now()))
    if article is not None and article.kind != file.document.kind:
        found.append(
            Problem("kind", f"“{file.document.identity}” is already the address of an article of kind {article.kind}")
        )
    return [f"{file.path}:{line_of(problem, file.lines)}: {problem}" for problem in found]


def _diff_of_synonyms(groups: list[synonyms.Group]) -> str:
    before, after = synonyms.dump(Synonym.objects.groups()), synonyms.dump(groups)
    return "".join(
        difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), "synonyms", synonyms.FILE_NAME
        )
    )


def _diff(file: Loaded) -> str:
    entry = EditionEntry.objects.select_related("revision").filter(identity=file.document.identity).first()
    before = entry.revision.text if entry else ""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True),
        dump(file.document).splitlines(keepends=True),
        f"{file.document.identity}, revision {entry.revision.number}" if entry else "(new)",
        str(file.path),
    )
    return "".join(lines) or f"{file.path}: no change\n"
