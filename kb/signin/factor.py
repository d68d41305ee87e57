"""The second factor: a code from an app on a phone (TOTP, RFC 6238), or one of ten recovery codes."""

import time
from base64 import b32encode
from binascii import unhexlify
from datetime import datetime
from typing import Any

import segno
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django_otp import verify_token
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from kb.models import RecoveryCode

_KEY_BYTES = 20  # RFC 4226, section 4 recommends 160 bits
QUIET = 4  # squares that stay white around a QR code (ISO/IEC 18004)
_TOLERANCE = 1  # steps of 30 seconds that the phone's clock may be off


def is_required(user: User) -> bool:
    """Whether this person may not work without: whoever puts things before readers, or manages people."""
    return settings.REQUIRE_SECOND_FACTOR and any(map(user.has_perm, ("kb.publish_article", "auth.change_user")))


def factor_of(user: User) -> int | None:
    """What names the present factor of a person; None when there is none."""
    device = _device_of(user)
    return device.pk if device else None


def since(user: User) -> datetime | None:
    device = _device_of(user)
    return device.created_at if device else None


def _device_of(user: User) -> Any:
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def new_key() -> str:
    """A secret for an app, in hexadecimal figures."""
    return str(random_hex(_KEY_BYTES))


def address_for_apps(user: User, key: str) -> str:
    """What an app wants to be told: the otpauth: address that a picture for its camera holds."""
    return str(TOTPDevice(user=user, key=key).config_url)


def spelled(key: str) -> str:
    """The secret as apps want it typed, in groups of four."""
    letters = b32encode(unhexlify(key)).decode()
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def outline(text: str) -> tuple[int, str]:
    """The side of a QR code with its quiet zone, and its dark squares as a path of SVG."""
    code = segno.make_qr(text, error="m")
    rows = enumerate(code.matrix_iter(border=QUIET))
    dark = "".join(f"M{x} {y}h1v1h-1z" for y, row in rows for x, is_dark in enumerate(row) if is_dark)
    return len(code.matrix) + 2 * QUIET, dark


def matching(key: str, code: str) -> TOTP | None:
    """The key as it stands now, if the code comes from an app that has it."""
    totp = TOTP(unhexlify(key))
    totp.time = time.time()
    is_right = code.isascii() and code.isdecimal() and totp.verify(int(code), tolerance=_TOLERANCE)
    return totp if is_right else None


@transaction.atomic
def enrol(user: User, totp: TOTP) -> list[str]:
    """Make this the person's second factor and return new recovery codes.

    What there was before is gone, and with it all sessions that were begun with it. The code can't be used again.
    """
    TOTPDevice.objects.filter(user=user).delete()
    TOTPDevice.objects.create(user=user, name="phone", key=totp.key.hex(), drift=totp.drift, last_t=totp.t())
    return RecoveryCode.objects.renew(user)


def accepts(user: User, code: str) -> bool:
    """Whether a code, of the app or for recovery, is right. Either works once."""
    device = _device_of(user)
    if device is None:
        return False
    return verify_token(user, device.persistent_id, code) is not None or RecoveryCode.objects.spend(user, code)


@transaction.atomic
def remove(user: User) -> bool:
    """Take a person's second factor and recovery codes away; whether there was one."""
    RecoveryCode.objects.filter(user=user).delete()
    return bool(TOTPDevice.objects.filter(user=user).delete()[0])
