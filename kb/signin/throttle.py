"""How often signing in may fail within the hour, by account and by address.

An attempt is counted before the password is looked at and taken back when it was right, so that any number of attempts
at once, on any number of processes, are no more than the limit. An account that has too many failures is closed to new
browsers until the next full hour. A browser that has signed in to it before has a count of its own, so that strangers
can keep nobody out (https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).
"""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from unicodedata import normalize

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from kb.audit import Action, record
from kb.models import PostCount
from kb.posts import address_of, count_post, keyed_hash, until_next_hour

WAIT = "wait"
COOKIE = "known"
KNOWN_FOR = timedelta(days=90)
_SALT = "kb.signin.known"


class Step(StrEnum):
    PASSWORD = "password"  # noqa: S105  # the name of a way to fail, no password
    CODE = "code"


OF_ACCOUNT = {Step.PASSWORD: 10, Step.CODE: 5}
OF_ADDRESS = 30


@contextmanager
def counted(request: HttpRequest, name: str, step: Step) -> Iterator[None]:
    """Let what is inside try a password or a code. A ValidationError there is a failure, and is recorded.

    Raises ValidationError with the code “wait” when there were too many; the first time, this is recorded too.
    """
    now = timezone.now()
    limits = _limits(request, _folded(name), step)
    counters = {who: count_post(keyed_hash(who, now=now), f"sign-in {step}", now=now) for who in limits}
    beyond = max(counter.posts - limits[who] for who, counter in counters.items())
    if beyond == 1:
        record(Action.SIGN_IN_REFUSED, by=account(name))
    if beyond > 0:
        raise ValidationError(_please_wait(until_next_hour(now)), code=WAIT)
    try:
        yield
    except ValidationError:
        record(Action.SIGN_IN_FAILED, by=account(name), detail=f"Wrong {step}.")
        raise
    for counter in counters.values():
        PostCount.objects.filter(pk=counter.pk).update(posts=F("posts") - 1)


def _please_wait(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return f"Too many failed sign-ins. Wait {minutes} minute{'s' * (minutes != 1)}, then try again."


def account(name: str) -> User | None:
    """The account of that name; what else somebody types there is no name, and may be a password."""
    return User.objects.filter(username=name).first()


def _limits(request: HttpRequest, name: str, step: Step) -> dict[str, int]:
    """Whose failures count, and how many of them are let pass."""
    known = request.get_signed_cookie(COOKIE, default="", salt=_SALT, max_age=KNOWN_FOR) or ""
    if known.endswith(f".{_named(name)}"):
        return {f"browser {known}": OF_ACCOUNT[step]}
    return {f"account {name}": OF_ACCOUNT[step], f"address {address_of(request)}": OF_ADDRESS}


def remember_browser(response: HttpResponse, user: User) -> None:
    """Know this browser again as one from which the account is used."""
    response.set_signed_cookie(
        COOKIE,
        f"{secrets.token_hex(8)}.{_named(_folded(user.get_username()))}",
        salt=_SALT,
        max_age=int(KNOWN_FOR.total_seconds()),
        path=reverse("admin:index"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def _folded(name: str) -> str:
    """All spellings that could be tried for one name."""
    return normalize("NFKC", name).strip().casefold()


def _named(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]
