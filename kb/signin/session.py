"""Which sessions hold: not idle for too long, not too old, and begun with the second factor that the person has now.

Django itself ends all sessions of whoever changes the password.
"""

from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.contrib.auth import get_user, login
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from kb.audit import Action, acting_from, record
from kb.posts import address_of
from kb.signin.factor import factor_of, is_required

FACTOR = "second_factor"
BEGAN = "began_at"
SEEN = "seen_at"
PENDING = "signing_in"
NOTED_EVERY = 60  # seconds; each note is a write
PENDING_FOR = 10 * 60  # seconds between the password and the code


class SessionRules:
    """Middleware behind Django's own for signing in. Whoever asks for `request.user` gets nobody from a stale session.

    Like Django's, it is lazy: a page that does not ask for the user touches no session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.user = SimpleLazyObject(partial(_person, request))  # type: ignore[assignment]  # as in Django, whose stubs know no lazy user
        with acting_from(address_of(request)):
            return self.get_response(request)


def _person(request: HttpRequest) -> User | AnonymousUser:
    user = get_user(request)
    if not isinstance(user, User):
        return AnonymousUser()
    if not _holds(request.session, user):
        request.session.flush()
        return AnonymousUser()
    return user


def _holds(session: SessionBase, user: User) -> bool:
    now = _now()
    if _seconds_since(session, BEGAN, now) >= settings.SESSION_COOKIE_AGE:
        return False
    if _seconds_since(session, SEEN, now) >= settings.SESSION_IDLE_SECONDS:
        return False
    factor = factor_of(user)
    if session.get(FACTOR) != factor or (factor is None and is_required(user)):
        return False
    if now - session[SEEN] >= NOTED_EVERY:
        session[SEEN] = now
    return True


def _seconds_since(session: SessionBase, event: str, now: int) -> int:
    """A time that is yet to come was noted by a clock that was ahead: it makes no session longer."""
    if session.setdefault(event, now) > now:
        session[event] = now
    return now - int(session[event])


def person_of(request: HttpRequest) -> User:
    """Who is signed in. Raises PermissionDenied for anybody else, whom the admin lets in nowhere."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def begin(request: HttpRequest, user: User) -> None:
    """Sign a person in who has shown all that is asked for."""
    request.session.pop(PENDING, None)
    login(request, user)
    request.session.update({BEGAN: _now(), SEEN: _now(), FACTOR: factor_of(user)})
    record(Action.SIGNED_IN, by=user)


def hold_on(request: HttpRequest, user: User) -> None:
    """Keep this session, and no other, through a change of the person's second factor."""
    request.session.cycle_key()
    request.session[FACTOR] = factor_of(user)


def begin_half(request: HttpRequest, user: User) -> None:
    """Remember who has given the right password, and is nobody yet until the second factor."""
    request.session.flush()
    request.session[PENDING] = [user.pk, user.get_session_auth_hash(), _now()]


def half_signed_in(request: HttpRequest) -> User | None:
    """Who has given the right password in this session, not long ago."""
    pk, password, since = request.session.get(PENDING, (None, "", 0))
    user = User.objects.filter(pk=pk, is_active=True, is_staff=True).first()
    if user is None or abs(_now() - since) >= PENDING_FOR:
        return None
    return user if constant_time_compare(password, user.get_session_auth_hash()) else None


def _now() -> int:
    return int(timezone.now().timestamp())
