from datetime import datetime, timedelta
from typing import override

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models import Q

from kb.models.article import Article

OPEN_FOR = timedelta(days=7)
_SIGNER = Signer(salt="kb.preview")


class PreviewLinkQuerySet(models.QuerySet["PreviewLink"]):
    def open(self, now: datetime) -> "PreviewLinkQuerySet":
        """Those that still show a draft."""
        return self.filter(Q(revoked_at=None), expires_at__gt=now)

    def for_token(self, token: str, *, now: datetime) -> "PreviewLink | None":
        """The open link that a token belongs to; None for a forged, expired or revoked one."""
        try:
            pk = int(_SIGNER.unsign(token))
        except (BadSignature, ValueError):
            return None
        return self.open(now).select_related("article").filter(pk=pk).first()


class PreviewLink(models.Model):
    """Lets whoever has its address read one desk copy as a reader would, without an account, for a week.

    The address holds a signature and the database none, so nobody can make addresses out of a stolen copy of it.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="preview_links")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-pk")

    @override
    def __str__(self) -> str:
        return f"Preview of {self.article}"

    @property
    def token(self) -> str:
        return _SIGNER.sign(str(self.pk))
