from typing import Any, override

from django.conf import settings
from django.db import models

from kb.document import Document, parse
from kb.models.article import Article


class Revision(models.Model):
    """What was published: an article with its flow, frozen as its document. Never changed, never deleted."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    note = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-published_at", "-pk")
        constraints = (models.UniqueConstraint(fields=("article", "number"), name="revision_number_unique"),)

    @override
    def __str__(self) -> str:
        return f"{self.article}, revision {self.number}"

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the revision. Raises ValueError for one that is stored already."""
        if not self._state.adding:
            raise ValueError("a revision is never changed; publish a new one")
        super().save(*args, **kwargs)

    @property
    def document(self) -> Document:
        return parse(self.text)
