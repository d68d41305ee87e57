"""The audit log: who did what, when and from where. Written with the deed itself, in the same transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils import timezone

from kb.models import AuditEntry

Action = AuditEntry.Action

# What is recorded deep inside publishing has no request at hand; what runs without one has no address.
_address: ContextVar[str] = ContextVar("address", default="")


@contextmanager
def acting_from(address: str) -> Iterator[None]:
    """Note this address beside all that is recorded meanwhile."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


def record(
    action: Action, *, by: AbstractBaseUser | AnonymousUser | None, about: object = "", detail: str = ""
) -> None:
    AuditEntry.objects.create(
        at=timezone.now(),
        who=by.get_username() if by else "",
        action=action,
        about=str(about)[:200],
        detail=detail,
        address=_address.get()[:45],
    )
