"""Look the installation over."""

import sys
from typing import Any, override

from django.core.management.base import BaseCommand

from kb.doctor import examine


class Command(BaseCommand):
    """Exit code 1 when something is wrong, so that a deployment can stop there."""

    help = "Check settings, database, static files, folders, clock, edition, search and people; say what is wrong."
    requires_system_checks = ()

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        faults = 0
        for name, sentences in examine():
            self.stdout.write(f"{name}: {'ok' if not sentences else ''}")
            for sentence in sentences:
                self.stdout.write(f"  {sentence}")
            faults += len(sentences)
        if faults:
            self.stdout.write(f"{faults} to mend.")
            sys.exit(1)
