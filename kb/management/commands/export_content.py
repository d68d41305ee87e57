"""Write the published articles as documents."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, override

from django.core.management.base import BaseCommand, CommandError

from kb.document import Kind
from kb.management.progress import progress
from kb.models import EditionEntry


class Command(BaseCommand):
    """Write one file for each published article; load_content takes them back byte for byte."""

    help = "Write every published article into a folder, one document each."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        entries = list(EditionEntry.objects.select_related("revision"))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for entry in progress(entries, "Writing articles", self.stdout):
                (folder / file_name(entry.kind, entry.identity)).write_bytes(entry.revision.text.encode())
        except OSError as error:
            raise CommandError(f"Can’t write to {folder}: {error.strerror}.") from None


def file_name(kind: str, identity: str) -> str:
    """“error-102.md”, “manual-import.md”."""
    return f"error-{identity}.md" if kind == Kind.ERROR else f"{identity}.md"
