from typing import override

from django.db import models


class LinkCheck(models.Model):
    """What `manage.py check_links` found at an address outside the site that articles name."""

    url = models.CharField(max_length=500, unique=True)
    checked_at = models.DateTimeField()
    fault = models.CharField(max_length=200, blank=True, help_text="Empty when the address answered.")

    class Meta:
        ordering = ("url",)

    @override
    def __str__(self) -> str:
        return self.url
