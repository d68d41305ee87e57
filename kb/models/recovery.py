import hashlib
from base64 import b32encode
from secrets import token_bytes
from typing import override

from django.contrib.auth.models import User
from django.db import models, transaction

CODES = 10
_BYTES = 10  # random ones: too many for anybody to try, so a plain hash holds


class RecoveryCodeQuerySet(models.QuerySet["RecoveryCode"]):
    @transaction.atomic
    def renew(self, user: User) -> list[str]:
        """Give a person new codes instead of the old ones. This is the only time that they can be read."""
        self.filter(user=user).delete()
        codes = [b32encode(token_bytes(_BYTES)).decode().lower() for _ in range(CODES)]
        self.bulk_create(RecoveryCode(user=user, digest=_digest(code)) for code in codes)
        return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]

    def spend(self, user: User, typed: str) -> bool:
        """Whether this is one of the person's codes; it works once, whoever is quicker."""
        return bool(self.filter(user=user, digest=_digest(typed)).delete()[0])


class RecoveryCode(models.Model):
    """Signs a person in once without the phone. Only a hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    objects = RecoveryCodeQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "digest"), name="recovery_code_unique"),)

    @override
    def __str__(self) -> str:
        return f"a recovery code of {self.user}"


def _digest(code: str) -> str:
    """The hash of a code in any capitals, with or without hyphens."""
    return hashlib.sha256(code.replace("-", "").lower().encode()).hexdigest()
