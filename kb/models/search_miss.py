from datetime import date
from typing import override

from django.db import IntegrityError, models, transaction
from django.db.models import F, Sum

LONGEST_MISS = 80
MOST_LISTED = 200
MOST_A_DAY = 1_000
"""Rows; a flood of made-up queries must not fill the disk."""


class SearchMissQuerySet(models.QuerySet["SearchMiss"]):
    def add_miss(self, kind: "SearchMiss.Kind", query: str, *, day: date) -> None:
        """Count one more, also when several processes count the same one at once.

        Once a day has MOST_A_DAY rows, new queries are counted together as the empty one.
        """
        miss = self.filter(kind=kind, query=query, day=day)
        if miss.update(times=F("times") + 1):
            return
        if query and self.filter(day=day).count() >= MOST_A_DAY:
            self.add_miss(kind, "", day=day)
            return
        try:
            with transaction.atomic():
                self.create(kind=kind, query=query, day=day, times=1)
        except IntegrityError:  # another process was quicker
            miss.update(times=F("times") + 1)

    def most_missed(self, kind: "SearchMiss.Kind", *, since: date) -> list[tuple[str, int]]:
        """The queries of a kind that were counted most, with their numbers; what is counted together is left out."""
        found = self.filter(kind=kind, day__gte=since).exclude(query="").order_by()
        counted = found.values_list("query").annotate(total=Sum("times")).order_by("-total", "query")
        return list(counted[:MOST_LISTED])


class SearchMiss(models.Model):
    """What readers searched for on one day and did not get; nothing about who they were."""

    class Kind(models.TextChoices):
        NOTHING = "nothing", "found nothing"
        UNKNOWN_CODE = "code", "code without an article"
        UNOPENED = "unopened", "found, and nothing opened"

    day = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind)
    query = models.CharField(
        max_length=LONGEST_MISS, blank=True, help_text="Empty: all others of that day, or what may be personal."
    )
    times = models.PositiveIntegerField(default=0)

    objects = SearchMissQuerySet.as_manager()

    class Meta:
        ordering = ("-day", "-times", "query")
        verbose_name = "missed search"
        verbose_name_plural = "missed searches"
        constraints = (
            models.UniqueConstraint(fields=("day", "kind", "query"), name="search_miss_unique"),
            models.CheckConstraint(
                name="search_miss_kind_known", condition=models.Q(kind__in=("nothing", "code", "unopened"))
            ),
        )

    @override
    def __str__(self) -> str:
        return f"{self.day}, {self.get_kind_display()}: {self.query or 'others'}"
