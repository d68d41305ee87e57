from typing import override

from django.db import models
from django.db.models import Q

from kb.document import Kind
from kb.models.article import Article, choices
from kb.models.revision import Revision


class Edition(models.Model):
    """The one row that says which edition the site is at. Every publish moves it on, and so takes turns on its lock."""

    number = models.PositiveIntegerField(default=0)
    stamp = models.CharField(
        max_length=32,
        default="",
        help_text="Random; tells this edition from one of the same number in another history.",
    )
    published_at = models.DateTimeField(null=True)
    next_due_at = models.DateTimeField(null=True, help_text="When the next scheduled article goes live.")

    class Meta:
        constraints = (models.CheckConstraint(name="edition_is_one_row", condition=Q(pk=1)),)

    @override
    def __str__(self) -> str:
        return f"Edition {self.number}"


class EditionEntry(models.Model):
    """One article of the current edition: its live revision, and what lists and links need to know of it."""

    article = models.OneToOneField(Article, on_delete=models.PROTECT, related_name="entry")
    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="+")
    identity = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, choices=choices(Kind))
    card = models.JSONField(help_text="What lists show of the article, taken from its document.")
    links = models.JSONField(help_text="The identities of the articles that it links to.")
    digest = models.CharField(max_length=32, help_text="Of its document: see kb.document.digest.")

    class Meta:
        verbose_name_plural = "edition entries"
        ordering = ("kind", "identity")
        constraints = (
            models.UniqueConstraint(
                name="edition_has_one_chooser",
                fields=("kind",),
                condition=Q(kind=Kind.CHOOSER),
                violation_error_message="There is a published “which error is it?” already.",
            ),
        )

    @override
    def __str__(self) -> str:
        return self.identity
