"""Put a backup into an empty database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, override

from django.core.management.base import BaseCommand, CommandError

from kb import archive


class Command(BaseCommand):
    """All of it or nothing. The database may be another kind than the one that was backed up."""

    help = "Put what manage.py backup wrote into an empty, migrated database, and its pictures into MEDIA_ROOT."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = archive.restore(options["file"])
        except archive.NoArchive as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Restored {counts['rows']} rows and {counts['pictures']} pictures.")
