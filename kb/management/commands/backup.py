"""Write the whole site into one file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, override

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kb import archive


class Command(BaseCommand):
    """Readers and editors may go on meanwhile: the file holds one moment of the database."""

    help = "Write all rows, the live documents and the pictures into one archive, for manage.py restore."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="what it holds already is replaced")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = archive.write(options["file"], now=timezone.now())
        except archive.NoArchive as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{options['file']}: {counts['rows']} rows, {counts['documents']} documents, {counts['pictures']} pictures."
        )
