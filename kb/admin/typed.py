"""What is typed stays in the browser until it is saved; this is how the browser hears that it was.

A page can't tell by itself whether the next one means “saved” or “sign in first”, so a cookie names the page whose text
is safe. static/js/desk-typed.js reads it, forgets the text, and deletes the cookie.
"""

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

COOKIE = "saved"
_MONTH = 30 * 24 * 60 * 60  # as long as the browser keeps a text


def tell_saved(response: HttpResponse, seen: str) -> None:
    """Let the browser forget what was typed on the page that is known by `seen`."""
    response.set_cookie(
        COOKIE,
        seen,
        max_age=_MONTH,
        path=reverse("admin:index"),
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Strict",
    )
