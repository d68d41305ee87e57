"""Delete what visitors left behind, and what the audit log holds, when nobody needs it any more."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any, override

from django.apps import apps
from django.core.management.base import BaseCommand
from django.utils import timezone

from kb.models import AuditEntry, DailySalt, Feedback, PostCount, Reply, SearchMiss
from kb.numbers import positive

LONGEST_DAYS = 3650


def _days(text: str) -> int:
    days = positive(text)
    if days is None or days > LONGEST_DAYS:
        raise ArgumentTypeError(f"should be a number of days from 1 to {LONGEST_DAYS}, not “{text}”")
    return days


class Command(BaseCommand):
    """Forget comments and searches after a while, and visitors after their day. Verdicts stay, so that counts do."""

    help = (
        "Delete old comments and searches, old rows of the audit log, what was kept to count visitors once a day, and"
        " what was kept to hold off floods."
    )

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--comments-after", type=_days, default=180, metavar="DAYS", help="default: 180")
        parser.add_argument("--searches-after", type=_days, default=90, metavar="DAYS", help="default: 90")
        parser.add_argument("--audit-after", type=_days, default=365, metavar="DAYS", help="default: 365")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        before = now - timedelta(days=options["comments_after"])
        comments = Feedback.objects.filter(created_at__lt=before).exclude(comment="").update(comment="")
        oldest = now.date() - timedelta(days=options["searches_after"])
        searches, _ = SearchMiss.objects.filter(day__lt=oldest).delete()
        visitors = _forget_visitors(now)
        audited = AuditEntry.objects.forget(before=now - timedelta(days=options["audit_after"]))
        self.stdout.write(
            f"Forgotten: comments: {comments}, searches: {searches}, visitors’ hashes: {visitors},"
            f" rows of the audit log: {audited}."
        )


def _forget_visitors(now: datetime) -> int:
    """Empty the hashes of earlier days. A visitor counts once a day, so they have done their work."""
    today = now.date()
    DailySalt.objects.filter(day__lt=today).delete()
    PostCount.objects.filter(hour__lt=now.replace(minute=0, second=0, microsecond=0)).delete()
    replies = [model for model in apps.get_models() if issubclass(model, Reply)]
    return sum(model._default_manager.filter(day__lt=today).exclude(visitor="").update(visitor="") for model in replies)
