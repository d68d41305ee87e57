"""Let somebody sign in with the password alone, when the phone and the recovery codes are lost."""

from argparse import ArgumentParser
from typing import Any, override

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from kb.audit import Action, record
from kb.signin import factor


class Command(BaseCommand):
    """For whoever can run commands on the server. Where a second factor is required, the next sign-in asks for one."""

    help = "Remove a person's second factor and recovery codes, when both are lost."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"Nobody has the name “{options['username']}”.")
        if not factor.remove(user):
            raise CommandError(f"{user} has no second factor.")
        record(Action.FACTOR_REMOVED, by=None, about=user, detail="By a command on the server.")
        self.stdout.write(f"{user} signs in with the password alone now; all sessions of theirs have ended.")
