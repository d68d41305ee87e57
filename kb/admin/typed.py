"""What is typed stays in the browser until it is saved; this is how the browser hears that it was.

A page can't tell by itself whether the next one means “saved” or “sign in first”, so a cookie names the page whose text
is safe. static/js/desk-typed.js reads it, forgets the text, and deletes the cookie.
"""

import re
import time
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

COOKIE = "saved"
OPENED = re.compile(r"(?P<digest>[0-9a-f]{32}|)\.(?P<at>\d{1,13})", re.ASCII)
"""How one opened page is told from another: by what it showed, as a digest, and when, in milliseconds."""

_MONTH = 30 * 24 * 60 * 60  # as long as the browser keeps a text


def opened_now(digest: str) -> str:
    """How a page is known that is opened now."""
    return f"{digest}.{time.time_ns() // 1_000_000}"


def opened_at(seen: str) -> datetime | None:
    """When the page was opened that is known by `seen`; None where it does not say."""
    match = OPENED.fullmatch(seen)
    return datetime.fromtimestamp(int(match["at"]) / 1000, UTC) if match else None


def tell_saved(response: HttpResponse, seen: str) -> None:
    """Let the browser forget what was typed on the page that is known by `seen`, if it is known at all."""
    if not OPENED.fullmatch(seen):
        return
    response.set_cookie(
        COOKIE,
        seen,
        max_age=_MONTH,
        path=reverse("admin:index"),
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Strict",
    )
