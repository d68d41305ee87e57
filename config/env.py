"""Read the environment, typed. Whatever is missing or malformed stops the start with one sentence.

Every reader raises ImproperlyConfigured with the variable's name and what is allowed. A variable
that is set but empty counts as not set, because compose files cannot leave one out.
"""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# What libpq understands and an operator may need; a typing slip must not silently drop TLS.
POSTGRESQL_OPTIONS = (
    "application_name",
    "channel_binding",
    "connect_timeout",
    "gssencmode",
    "host",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
)

# One source of a content security policy: nothing in it can begin another source or directive.
ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?", re.IGNORECASE | re.ASCII)
CONTACT = re.compile(r"(mailto:[^\s@]+@[^\s@]+|tel:\+?[0-9-]+|https://\S+)")


def text(name: str, default: str | None = None) -> str:
    """Return the variable; without a default it is required."""
    value = os.environ.get(name) or default
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set, and there is no default for it.")
    return value


def secret(name: str, default: str | None = None) -> str:
    """Return the variable, or the content of the file that NAME_FILE points at."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        if value := os.environ.get(name) or default:
            return value
        raise ImproperlyConfigured(f"{name} is not set: set it, or {name}_FILE to a file that holds it.")
    if os.environ.get(name):
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: keep one of them.")
    try:
        value = Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise ImproperlyConfigured(f"{name}_FILE={path} cannot be read: {reason}.") from None
    if not value:
        raise ImproperlyConfigured(f"{name}_FILE={path} is empty.")
    return value


def optional_secret(name: str) -> str:
    """Return the secret, or an empty text when neither the variable nor its file is set."""
    return secret(name) if os.environ.get(name) or os.environ.get(f"{name}_FILE") else ""


def choice(name: str, allowed: Sequence[str], *, default: str) -> str:
    value = os.environ.get(name) or default
    if value not in allowed:
        raise ImproperlyConfigured(f"Unexpected value {name}={value}, use {' or '.join(allowed)}.")
    return value


def boolean(name: str, *, default: bool) -> bool:
    value = os.environ.get(name) or str(default)
    if value not in ("True", "False"):
        raise ImproperlyConfigured(f"Unexpected value {name}={value}, use 'True' or 'False'.")
    return value == "True"


def integer(name: str, *, default: int, minimum: int, maximum: int) -> int:
    value = os.environ.get(name) or str(default)
    allowed = f"use a whole number from {minimum} to {maximum}."
    # isdecimal() alone would let other scripts' digits pass; the length keeps int() cheap.
    if not (value.isascii() and value.isdecimal() and len(value) < 12):
        raise ImproperlyConfigured(f"Unexpected value {name}={value}, {allowed}")
    if not minimum <= int(value) <= maximum:
        raise ImproperlyConfigured(f"Unexpected value {name}={value}, {allowed}")
    return int(value)


def hosts(name: str) -> list[str]:
    """Return a comma-separated list of host names; no wildcard for all of them, no port."""
    found = [host.strip() for host in (os.environ.get(name) or "").split(",") if host.strip()]
    for host in found:
        if host == "*" or any(sign in host for sign in "/@ "):
            raise ImproperlyConfigured(
                f"Unexpected value {name}={host}, use host names with commas between them,"
                " such as feeds.example,www.feeds.example."
            )
    return found


def origins(name: str) -> list[str]:
    """Return a comma-separated list of sites as a policy names them; none when it is not set."""
    found = [origin.strip() for origin in (os.environ.get(name) or "").split(",") if origin.strip()]
    for origin in found:
        if not ORIGIN.fullmatch(origin):
            raise ImproperlyConfigured(
                f"Unexpected value {name}={origin}, use addresses without a path and commas between them,"
                " such as https://help.example,https://*.help.example."
            )
    return found


def contact(name: str) -> str:
    """Return the address of a person or a page, with its scheme; empty when it is not set."""
    value = os.environ.get(name) or ""
    if value and not CONTACT.fullmatch(value):
        raise ImproperlyConfigured(
            f"Unexpected value {name}={value}, use an address such as mailto:security@feeds.example"
            " or https://feeds.example/report."
        )
    return value


def site_url(name: str, default: str | None = None) -> SplitResult:
    """Return an http or https address without path, query or credentials."""
    value = text(name, default).rstrip("/")
    allowed = f"{name} must be the site's address and nothing more, such as https://feeds.example."
    try:
        url = urlsplit(value)
        _ = url.port  # raises when the port is no number
    except ValueError:
        raise ImproperlyConfigured(allowed) from None
    extra = url.path or url.query or url.fragment or "@" in url.netloc
    if url.scheme not in ("http", "https") or not url.hostname or extra:
        raise ImproperlyConfigured(allowed)
    return url


def database(name: str, *, default: str, base: Path) -> dict[str, Any]:
    """Return Django's ENGINE, NAME, … for an address; what it says is never repeated in an error.

    sqlite:///var/db.sqlite3 is relative to base, sqlite:////srv/db.sqlite3 absolute, and
    sqlite:///:memory: in memory. postgresql://user:password@host:5432/name?sslmode=require takes
    the options in POSTGRESQL_OPTIONS; a unix socket is postgresql:///name?host=/run/postgresql.
    """
    value = secret(name, default)
    try:
        url = urlsplit(value)
        port = url.port
    except ValueError:
        # The original message may quote a part of the password.
        raise ImproperlyConfigured(
            f"{name} is malformed: percent-encode special characters in its user name and password."
        ) from None
    if url.scheme == "sqlite" and not url.netloc and len(url.path) > 1:
        path = unquote(url.path[1:])
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": path if path == ":memory:" else str(base / path),
            "OPTIONS": {},
        }
    if url.scheme in ("postgres", "postgresql") and len(url.path) > 1:
        options = dict(parse_qsl(url.query, keep_blank_values=True))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path[1:]),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": options.pop("host", "") or unquote(url.hostname or ""),
            "PORT": str(port or ""),
            "OPTIONS": _postgresql_options(name, options),
        }
    raise ImproperlyConfigured(f"{name} must be sqlite:///path/to/file or postgresql://user:password@host:port/name.")


def _postgresql_options(name: str, options: Mapping[str, str]) -> dict[str, str]:
    for option in options:
        if option not in POSTGRESQL_OPTIONS:
            raise ImproperlyConfigured(f"{name} has the unknown option {option}, use {', '.join(POSTGRESQL_OPTIONS)}.")
    return dict(options)
