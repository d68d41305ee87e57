from datetime import datetime
from typing import Any, Never, override

from django.db import models


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Rows can be read and added; the only way to lose one is to be old."""

    def forget(self, *, before: datetime) -> int:
        """Delete what is older, and return how many rows that was."""
        return models.QuerySet.delete(self.filter(at__lt=before))[0]

    @override
    def update(self, **kwargs: Any) -> Never:
        raise ValueError("the audit log is never changed")

    @override
    def delete(self) -> Never:
        raise ValueError("nothing is taken out of the audit log; old rows go by forget()")


class AuditEntry(models.Model):
    """Who did what, when and from where. Names are kept as text, so that a row outlives the account it tells of."""

    class Action(models.TextChoices):
        SIGNED_IN = "signed-in", "signed in"
        SIGN_IN_FAILED = "sign-in-failed", "failed to sign in"
        SIGN_IN_REFUSED = "sign-in-refused", "was made to wait after too many failures"
        SIGNED_OUT = "signed-out", "signed out"
        PASSWORD_CHANGED = "password-changed", "changed a password"
        FACTOR_ADDED = "factor-added", "set up a second factor"
        FACTOR_REMOVED = "factor-removed", "removed a second factor"
        CODES_RENEWED = "codes-renewed", "made new recovery codes"
        PUBLISHED = "published", "published"
        REVERTED = "reverted", "published an earlier revision again"
        SCHEDULED = "scheduled", "scheduled"
        UNSCHEDULED = "unscheduled", "dropped a schedule"
        UNPUBLISHED = "unpublished", "unpublished"
        PERSON_ADDED = "person-added", "added a person"
        PERSON_CHANGED = "person-changed", "changed a person’s rights"
        PERSON_DELETED = "person-deleted", "deleted a person"
        ROLE_CHANGED = "role-changed", "changed a role"

    at = models.DateTimeField(db_index=True)
    who = models.CharField(max_length=150, blank=True, help_text="Empty where nobody was signed in.")
    action = models.CharField(max_length=20, choices=Action)
    about = models.CharField(max_length=200, blank=True, help_text="The article, person or role.")
    detail = models.TextField(blank=True)
    address = models.CharField(max_length=45, blank=True, help_text="Where the request came from.")

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = "audit log entry"
        verbose_name_plural = "audit log entries"
        ordering = ("-at", "-pk")

    @override
    def __str__(self) -> str:
        return " ".join(filter(None, (self.who or "Somebody", self.get_action_display(), self.about)))

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ValueError("the audit log is never changed")
        super().save(*args, **kwargs)

    @override
    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise ValueError("nothing is taken out of the audit log")
