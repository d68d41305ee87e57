"""What readers leave behind in triage. Never who they were."""

from datetime import date, datetime
from typing import override

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q, Sum

from kb.flow import MAX_DECISIONS
from kb.models import Article, Reply


class WalkCountQuerySet(models.QuerySet["WalkCount"]):
    def add_view(self, *, article_id: int, revision: int, letters: str, day: date) -> None:
        """Count one more view of a stop, also when several processes count the same one at once."""
        count = self.filter(article_id=article_id, revision=revision, letters=letters, day=day)
        if count.update(views=F("views") + 1):
            return
        try:
            with transaction.atomic():
                self.create(article_id=article_id, revision=revision, letters=letters, day=day, views=1)
        except IntegrityError:  # another process was quicker
            count.update(views=F("views") + 1)

    def views(self, article_id: int, revision: int) -> dict[str, int]:
        """The views of each stop of a revision, over all days, by the letters of its code."""
        found = self.filter(article_id=article_id, revision=revision).order_by()
        return dict(found.values_list("letters").annotate(total=Sum("views")))

    def walks_begun(self, article_id: int) -> dict[int, int]:
        """How often the first question of each revision was seen."""
        found = self.filter(article_id=article_id, letters="").order_by()
        return dict(found.values_list("revision").annotate(total=Sum("views")))


class WalkCount(models.Model):
    """How often one stop of a walk was seen on one day: nothing about who saw it, or where they were before."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    revision = models.PositiveIntegerField()
    letters = models.CharField(
        max_length=MAX_DECISIONS, blank=True, help_text="The end of the stop’s code; none at the first question."
    )
    day = models.DateField()
    views = models.PositiveIntegerField(default=0)

    objects = WalkCountQuerySet.as_manager()

    class Meta:
        ordering = ("-day", "article", "-revision", "letters")
        constraints = (
            models.UniqueConstraint(fields=("article", "revision", "letters", "day"), name="walk_count_unique"),
        )

    @override
    def __str__(self) -> str:
        return f"{self.article}, revision {self.revision}, {self.letters or 'first question'}, {self.day}"


class OutcomeReportQuerySet(models.QuerySet["OutcomeReport"]):
    def standing(self) -> "OutcomeReportQuerySet":
        """The reports that count: each visitor's last of the day."""
        return self.filter(replaced_at=None)

    def as_of(self, moment: datetime) -> "OutcomeReportQuerySet":
        """The reports that counted at `moment`; the same rows whenever it is asked."""
        return self.filter(Q(replaced_at=None) | Q(replaced_at__gt=moment), created_at__lte=moment)

    @transaction.atomic
    def report(
        self,
        *,
        article_id: int,
        revision: int,
        node: str,
        content_hash: str,
        verdict: "OutcomeReport.Verdict",
        visitor: str,
        now: datetime,
    ) -> None:
        """Keep a visitor’s verdict. Another one on the same day takes its place; the same one again changes nothing."""
        before = self.standing().filter(
            visitor=visitor, article_id=article_id, revision=revision, node=node, day=now.date()
        )
        if before.filter(verdict=verdict).exists():
            return
        before.update(replaced_at=now)
        try:
            with transaction.atomic():
                self.create(
                    article_id=article_id,
                    revision=revision,
                    node=node,
                    content_hash=content_hash,
                    verdict=verdict,
                    visitor=visitor,
                    day=now.date(),
                    created_at=now,
                )
        except IntegrityError:  # the same visitor's other tap was quicker, and counts
            return


class OutcomeReport(Reply):
    """Whether an action of the triage, a repair step or an outcome, ended the error for a visitor.

    A verdict that was replaced is kept, so that an edition which has counted it can be rendered the same again.
    """

    class Verdict(models.TextChoices):
        YES = "yes", "it fixed it"
        NO = "no", "it did not"
        NOT_YET = "not_yet", "too early to say"

    node = models.CharField(max_length=40, help_text="The key of a repair step or an outcome.")
    content_hash = models.CharField(max_length=32, help_text="A digest of what readers saw at that node.")
    verdict = models.CharField(max_length=10, choices=Verdict)
    replaced_at = models.DateTimeField(null=True, editable=False)

    objects = OutcomeReportQuerySet.as_manager()

    class Meta(Reply.Meta):
        constraints = (
            models.UniqueConstraint(
                name="outcome_report_counts_once_a_day",
                fields=("visitor", "article", "revision", "node", "day"),
                condition=Q(replaced_at=None) & ~Q(visitor=""),
            ),
            models.CheckConstraint(
                name="outcome_report_verdict_known", condition=Q(verdict__in=("yes", "no", "not_yet"))
            ),
        )

    @override
    def __str__(self) -> str:
        return f"{self.article}, revision {self.revision}, {self.node}: {self.verdict}"
