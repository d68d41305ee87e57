from typing import override

from django.core.exceptions import ValidationError
from django.db import models

LONGEST_GROUP = 2_000


class SynonymQuerySet(models.QuerySet["Synonym"]):
    def groups(self) -> list[tuple[str, ...]]:
        """Every group as its words and phrases."""
        return [synonym.group for synonym in self]


class Synonym(models.Model):
    """Words and phrases by which readers mean the same. The search takes each for any other of its group."""

    words = models.CharField(
        max_length=LONGEST_GROUP,
        help_text="Words and phrases that mean the same, with commas between them: 2FA, one-time code, passcode.",
    )

    objects = SynonymQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        verbose_name = "group of synonyms"
        verbose_name_plural = "synonyms"

    @override
    def __str__(self) -> str:
        return self.words

    @property
    def group(self) -> tuple[str, ...]:
        return group_in(self.words)

    @override
    def clean(self) -> None:
        self.words = ", ".join(self.group)
        if len(self.group) < 2:
            raise ValidationError({"words": "A group has at least two words or phrases, with commas between them."})


def group_in(text: str) -> tuple[str, ...]:
    """The words and phrases between the commas of a text, each once."""
    return tuple(dict.fromkeys(name for part in text.split(",") if (name := " ".join(part.split()))))
