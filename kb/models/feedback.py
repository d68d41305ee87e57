from datetime import datetime
from typing import override

from django.db import IntegrityError, models, transaction
from django.db.models import Q

from kb.models.reply import Reply

LONGEST_COMMENT = 1000  # characters


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def tell(
        self,
        *,
        article_id: int,
        revision: int,
        part: str,
        verdict: "Feedback.Verdict",
        comment: str,
        visitor: str,
        now: datetime,
    ) -> None:
        """Keep what a visitor says. Said again on the same day, it takes the place of what was said before.

        A comment is not lost by a second answer without one.
        """
        said = self.filter(article_id=article_id, revision=revision, part=part, visitor=visitor, day=now.date())
        news: dict[str, object] = {"verdict": verdict, "created_at": now, **({"comment": comment} if comment else {})}
        if said.update(**news):
            return
        try:
            with transaction.atomic():
                self.create(
                    article_id=article_id, revision=revision, part=part, visitor=visitor, day=now.date(), **news
                )
        except IntegrityError:  # the same visitor's other tap was quicker
            said.update(**news)


class Feedback(Reply):
    """Whether an article, or one of its repair steps, helped a visitor. Comments are for editors only."""

    class Verdict(models.TextChoices):
        YES = "yes", "yes"
        WAITING = "waiting", "waiting for the bank"
        NO = "no", "no"

    part = models.CharField(max_length=40, blank=True, help_text="The key of a repair step; empty for the article.")
    verdict = models.CharField(max_length=10, choices=Verdict)
    comment = models.CharField(max_length=LONGEST_COMMENT, blank=True)

    objects = FeedbackQuerySet.as_manager()

    class Meta(Reply.Meta):
        verbose_name_plural = "feedback"
        constraints = (
            models.UniqueConstraint(
                name="feedback_counts_once_a_day",
                fields=("visitor", "article", "revision", "part", "day"),
                condition=~Q(visitor=""),
            ),
            models.CheckConstraint(name="feedback_verdict_known", condition=Q(verdict__in=("yes", "waiting", "no"))),
        )

    @override
    def __str__(self) -> str:
        return f"{self.article}, revision {self.revision}: {self.verdict}"
