from typing import override

from django.conf import settings
from django.db import models

from kb.document import Document, parse
from kb.models.article import Article


class Scheduled(models.Model):
    """What goes live at a given time: the desk copy, checked and frozen when it was scheduled.

    What was sound then and is not any more stays here with the reasons, for the editors.
    """

    article = models.OneToOneField(Article, on_delete=models.CASCADE, related_name="scheduled")
    at = models.DateTimeField(db_index=True)
    text = models.TextField()
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    refusal = models.TextField(blank=True, help_text="Why it did not go live; empty while it waits.")

    class Meta:
        verbose_name_plural = "scheduled"
        ordering = ("at", "pk")

    @override
    def __str__(self) -> str:
        return f"{self.article}, {self.at:%Y-%m-%d %H:%M} UTC"

    @property
    def document(self) -> Document:
        return parse(self.text)
