"""Posts from readers: from this site only, not without end, and without knowing who they are.

Readers' pages hold no token and set no cookie, so Django's own protection against forged posts can't be used. The
browser's word on where a post comes from takes its place: `Sec-Fetch-Site`, or `Origin` in older browsers.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import update_wrapper
from typing import Concatenate
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import IntegrityError, transaction
from django.db.models import F, TextChoices
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from kb.models import DailySalt, PostCount
from kb.numbers import positive

LARGEST_BODY = 64 * 1024

type PostView[**P] = Callable[Concatenate[HttpRequest, P], HttpResponse]


class BadPost(Exception):
    """What was posted makes no sense; the message says to the reader what is wrong with it."""


def anonymous_post[**P](action: str, *, an_hour: int) -> Callable[[PostView[P]], PostView[P]]:
    """Let a view take posts from people who are not signed in.

    Refuses posts from other sites (403), more than `an_hour` posts of this `action` from one address within the hour
    (429 with Retry-After), and bodies that are too long or broken (400); the view may raise BadPost for the same page.
    The answer is never stored by caches.
    """

    def decorate(view: PostView[P]) -> PostView[P]:
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            now = timezone.now()
            if not is_same_origin(request):
                response = render(request, "posts/foreign.html", status=403)
            elif wait := seconds_to_wait(visitor_of(request, now=now), action, an_hour=an_hour, now=now):
                response = render(request, "posts/too_many.html", {"minutes": -(-wait // 60)}, status=429)
                response.headers["Retry-After"] = str(wait)
            else:
                try:
                    _read_body(request)
                    response = view(request, *args, **kwargs)
                except BadPost as error:
                    response = render(request, "posts/bad.html", {"reason": str(error)}, status=400)
            response.headers["Cache-Control"] = "no-store"
            return response

        update_wrapper(guarded, view)
        return csrf_exempt(require_POST(guarded))  # is_same_origin takes the place of the token, see above

    return decorate


def back_to_page[**P](post: PostView[P]) -> PostView[P]:
    """Send who opens the address of a post, such as after a refusal, to the page one level up, answers kept."""

    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return post(request, *args, **kwargs)
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(request.path.rsplit("/", 2)[0] + "/" + (f"?{query}" if query else ""))

    update_wrapper(answer, post)
    return answer


def see_other(address: str) -> HttpResponseRedirect:
    """The answer to a post that was taken: a page that can be reloaded."""
    return HttpResponseRedirect(address, status=303)


def revision_in(request: HttpRequest) -> int:
    """The number of the revision that a post is about, a hidden field of its form. Raises BadPost."""
    number = positive(request.POST.get("revision", ""))
    if number is None:
        raise BadPost("The answer does not say which version of the page it is about.")
    return number


def verdict_in[Verdict: TextChoices](request: HttpRequest, verdicts: type[Verdict]) -> Verdict:
    """The verdict that is posted, one of these. Raises BadPost."""
    try:
        return verdicts(request.POST.get("verdict", ""))
    except ValueError as error:
        raise BadPost("The answer is none of those that we ask for.") from error


def _read_body(request: HttpRequest) -> None:
    """Read the fields of a post, so that `request.POST` can't fail later. Raises BadPost."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not length.isdecimal() or len(length) > 20 or int(length) > LARGEST_BODY:
        raise BadPost("The answer is longer than our forms allow.")
    request.encoding = "utf-8"  # the only one that our pages send; a post may name any codec, and some fail on text
    try:
        len(request.POST)
    except (
        BadRequest,
        SuspiciousOperation,
        MultiPartParserError,
        UnreadablePostError,
        ValueError,
        LookupError,
    ) as error:
        raise BadPost("The answer arrived damaged.") from error


def is_same_origin(request: HttpRequest) -> bool:
    """Whether the browser says that the post comes from a page of this site.

    A request with neither header comes from no browser that could be tricked into posting, and is let through.
    """
    fetched_from = request.headers.get("Sec-Fetch-Site")
    if fetched_from is not None and fetched_from != "same-origin":
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        sent = urlsplit(origin)
    except ValueError:  # no browser sends what is no address
        return False
    here = urlsplit(settings.SITE_URL)
    own = {(here.scheme, here.netloc), (request.scheme or "", request.get_host())}
    return (sent.scheme, sent.netloc) in own


def visitor_of(request: HttpRequest, *, now: datetime) -> str:
    """A hash of the sender's address that means nothing tomorrow."""
    return keyed_hash(address_of(request), now=now)


def keyed_hash(text: str, *, now: datetime) -> str:
    """A hash that only this site can make, and only today."""
    return hmac.new(_salt_of(now).encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def address_of(request: HttpRequest) -> str:
    """The sender's address; behind a trusted proxy, the one that the proxy itself saw."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return forwarded.rpartition(",")[2].strip() or str(request.META.get("REMOTE_ADDR", ""))


def _salt_of(now: datetime) -> str:
    day = now.date()
    held = DailySalt.objects.filter(day=day).values_list("salt", flat=True).first()
    if held is not None:
        return held
    DailySalt.objects.filter(day__lt=day).delete()
    try:
        with transaction.atomic():
            return DailySalt.objects.create(day=day, salt=secrets.token_hex(32)).salt
    except IntegrityError:  # another process was quicker
        return DailySalt.objects.get(day=day).salt


def seconds_to_wait(visitor: str, action: str, *, an_hour: int, now: datetime) -> int:
    """Count one more post; 0 when it may go on, else the seconds until the next hour."""
    return 0 if count_post(visitor, action, now=now).posts <= an_hour else until_next_hour(now)


def until_next_hour(now: datetime) -> int:
    """In seconds, at least one."""
    return max(1, int((_hour_of(now) + timedelta(hours=1) - now).total_seconds()))


def count_post(visitor: str, action: str, *, now: datetime) -> PostCount:
    """Count one more post of this kind, and return how many this hour has seen of it."""
    hour = _hour_of(now)
    counter = PostCount.objects.filter(visitor=visitor, action=action, hour=hour)
    if not counter.update(posts=F("posts") + 1):
        PostCount.objects.filter(hour__lt=hour).delete()
        try:
            with transaction.atomic():
                return PostCount.objects.create(visitor=visitor, action=action, hour=hour, posts=1)
        except IntegrityError:
            counter.update(posts=F("posts") + 1)
    return counter.first() or PostCount(posts=1)  # none when another process is in the next hour already


def _hour_of(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
