from typing import override

from django.db import models

from kb.models.article import Article


class DeskEntry(models.Model):
    """What lists show of a desk copy, taken from its document at each save. The edition's counterpart: EditionEntry."""

    article = models.OneToOneField(Article, on_delete=models.CASCADE, related_name="desk")
    digest = models.CharField(max_length=32, help_text="Of the desk copy's document: see kb.document.digest.")
    links = models.JSONField(help_text="The identities of the articles that it links to.")
    warnings = models.JSONField(default=list, help_text="Sentences: see kb.soundness.own_warnings.")
    flow_warnings = models.PositiveIntegerField(default=0)
    review_due_on = models.DateField()

    class Meta:
        verbose_name_plural = "desk entries"

    @override
    def __str__(self) -> str:
        return f"Desk copy of {self.article}"
