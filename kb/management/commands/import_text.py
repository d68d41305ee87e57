"""Make drafts on the desk from plain texts and documents."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, override

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kb.importing import Draft, read_drafts, write_drafts
from kb.management.overwriting import add_overwrite, keep_or_overwrite
from kb.unpacking import LARGEST_TOTAL, FilesRefused, TextFile, too_big, unpack


class Command(BaseCommand):
    """Nothing is published. One bad file and nothing at all is imported."""

    help = (
        "Make drafts on the desk from articles in plain text (.txt, in the layout of the model article), from"
        " documents (.md), or from a .zip of them, and say what was understood."
    )

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="show what would be made, and change nothing")
        add_overwrite(parser)

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            drafts = read_drafts(_texts_in(options["files"]), now=timezone.now())
            for draft in drafts:
                self._tell(draft, with_diff=options["dry_run"])
            if options["dry_run"]:
                return
            if not options["overwrite"]:
                _refuse_to_lose(drafts)
            write_drafts(drafts, discard=[draft.document.identity for draft in drafts])
        except FilesRefused as refused:
            raise CommandError("\n".join(["Nothing was imported.", *refused.reasons])) from None
        changed = sum(not draft.is_unchanged for draft in drafts)
        self.stdout.write(f"{len(drafts)} read, {changed} written to the desk. Readers see nothing of it yet.")

    def _tell(self, draft: Draft, *, with_diff: bool) -> None:
        self.stdout.write(f"{draft.file.name}: {draft.document.name}, {_fate(draft)}")
        if report := str(draft.report):
            self.stdout.write(report)
        if draft.to_mend:
            self.stdout.write("\n".join(["Before it can be published:", *(f"  {line}" for line in draft.to_mend)]))
        if with_diff:
            self.stdout.write("\n".join(draft.diff))
        self.stdout.write("")


def _fate(draft: Draft) -> str:
    if draft.is_new:
        return "a new draft"
    if draft.is_unchanged:
        return "already on the desk in these words"
    if draft.kept_as is None:
        return "on the desk already, with changes that were never published"
    return f"on the desk already; what is there stays in its history as revision {draft.kept_as}"


def _refuse_to_lose(drafts: list[Draft]) -> None:
    reasons = [
        keep_or_overwrite(draft.file.name, draft.name, draft.document.identity) for draft in drafts if draft.would_lose
    ]
    if reasons:
        raise FilesRefused(reasons)


def _texts_in(paths: list[Path]) -> list[TextFile]:
    """The texts of all files. Raises FilesRefused with every reason."""
    texts: list[TextFile] = []
    reasons: list[str] = []
    for path in paths:
        try:
            if (size := path.stat().st_size) > LARGEST_TOTAL:
                reasons.append(too_big(str(path), size, LARGEST_TOTAL))
                continue
            texts += unpack(str(path), path.read_bytes())
        except OSError as error:
            reasons.append(f"“{path}” can’t be read: {error.strerror}.")
        except FilesRefused as refused:
            reasons += refused.reasons
    if reasons:
        raise FilesRefused(reasons)
    return texts
