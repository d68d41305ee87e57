from datetime import date
from typing import Any, override

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, F, Q, Value, When

from kb.document import QUARTER, Kind
from kb.figures import ESTIMATE, Duration, Level
from kb.models.fields import DurationField, ProseField, WordsField

SOURCE_HELP = f"The key of one of the article’s sources, or “{ESTIMATE}” when no published figure exists."


def choices(kind: type[Any]) -> list[tuple[str, str]]:
    """Form choices for a StrEnum."""
    return [(member.value, member.value.replace("_", " ").capitalize()) for member in kind]


def quarter() -> Duration:
    """The default of a column has to be a function here: migrations can't spell a Duration."""
    return QUARTER


class ArticleQuerySet(models.QuerySet["Article"]):
    def with_state(self) -> "ArticleQuerySet":
        """Give each article its `state`, and the `scheduled_at` of what waits to go live."""
        state = Article.State
        return self.annotate(
            scheduled_at=F("scheduled__at"),
            state=Case(
                When(scheduled__isnull=False, then=Value(state.SCHEDULED)),
                When(withdrawal__isnull=False, then=Value(state.UNPUBLISHED)),
                When(entry__isnull=True, then=Value(state.DRAFT)),
                When(entry__digest=F("desk__digest"), then=Value(state.LIVE)),
                default=Value(state.CHANGED),
            ),
        )

    def due_for_review(self, today: date) -> "ArticleQuerySet":
        """Those whose review, as the desk has it, was due by `today`, the longest overdue first."""
        return self.filter(desk__review_due_on__lte=today).order_by("desk__review_due_on", "pk")


class Article(models.Model):
    """The desk copy of one article. It may be half-finished and wrong; readers see only what was published from it.

    Its fields, and those of its parts, carry the names of the document's fields: see kb.document.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        LIVE = "live", "Live"
        CHANGED = "changed", "Live, with changes not yet published"
        SCHEDULED = "scheduled", "Scheduled"
        UNPUBLISHED = "unpublished", "Unpublished"

    kind = models.CharField(max_length=10, choices=choices(Kind), default=Kind.ERROR)
    code = models.CharField(
        max_length=20, blank=True, help_text="Errors only: as QuickBooks shows it, such as 102 or OL-301."
    )
    slug = models.CharField(
        max_length=60,
        blank=True,
        unique=True,
        help_text="Guides: the last part of the address. An error’s is made from its code.",
    )
    aliases = WordsField(help_text="Other names that should lead here, such as err-102; blanks between them.")
    title = models.CharField(max_length=120)
    description = models.CharField(max_length=200, blank=True, help_text="For search engines: one plain sentence.")
    summary = ProseField(help_text="The first paragraph: verdict first.")
    owner = models.CharField(max_length=80, blank=True)
    reviewed_on = models.DateField()
    review_every = DurationField(default=quarter)

    fast_fix_time = DurationField(blank=True, default="", help_text="The time the fast fix promises, such as 45 s.")
    fast_fix_source = models.CharField(max_length=40, default=ESTIMATE, help_text=SOURCE_HELP)
    data_risk = models.CharField(max_length=10, blank=True, choices=choices(Level))
    data_risk_text = ProseField()
    reach = models.CharField("who is affected", max_length=10, blank=True, choices=choices(Level))
    reach_text = ProseField("who is affected, in words")
    trigger = models.CharField("usual trigger", max_length=120, blank=True)
    trigger_text = ProseField("usual trigger, in words")
    diagram = models.CharField(
        max_length=200,
        blank=True,
        help_text="One line: Station / note --request--> Next / note --offline--x Last / note",
    )
    diagram_caption = models.CharField(max_length=200, blank=True)
    delay_today = ProseField("cost of delay: today")
    delay_week = ProseField("cost of delay: end of week")
    fault = models.CharField(
        "what is wrong",
        max_length=300,
        blank=True,
        help_text="This article’s own row in tables of look-alikes.",
    )
    sign = models.CharField("the telling sign", max_length=300, blank=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        ordering = ("kind", "slug")
        permissions = (("publish_article", "Can publish articles"),)
        constraints = (
            models.CheckConstraint(
                name="article_error_has_code",
                condition=(Q(kind=Kind.ERROR) & ~Q(code="")) | (~Q(kind=Kind.ERROR) & Q(code="")),
                violation_error_message="An error needs a code, and only an error has one.",
            ),
            models.UniqueConstraint(
                name="article_code_unique",
                fields=("code",),
                condition=~Q(code=""),
                violation_error_message="There is an article with this code already.",
            ),
        )

    @override
    def __str__(self) -> str:
        return f"Error {self.code}: {self.title}" if self.kind == Kind.ERROR else self.title

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.kind == Kind.ERROR:
            self.slug = self.code.lower()
        super().save(*args, **kwargs)

    @override
    def clean(self) -> None:
        if self.kind == Kind.ERROR:
            self.slug = self.code.lower()
        elif not self.slug:
            raise ValidationError({"slug": "Guides and choosers need a slug, such as manual-import."})


class Part(models.Model):
    """A row that belongs to an article and stands at a position among its kind."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="%(class)ss")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True
        ordering = ("position", "pk")
