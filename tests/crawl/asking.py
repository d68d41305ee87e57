"""Asking the site as somebody, and what is wrong with the answer whoever asks."""

import io
import re
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile, is_zipfile

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import resolve
from django_otp.plugins.otp_totp.models import TOTPDevice

from config.headers import PERMISSIONS_POLICY
from kb.models import RecoveryCode
from tests.crawl.stage import DESK, OUTSIDE, Stage
from tests.crawl.writes import Recorder, Write, may

READS = ("GET", "HEAD", "OPTIONS", "TRACE")
STRICT = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'",
    "connect-src 'self'", "manifest-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    "object-src 'none'",
}  # fmt: skip
EMBED = "https://help.example"
_FRAMED = STRICT - {"frame-ancestors 'none'"} | {f"frame-ancestors {EMBED}"}
_STORED = {"default-src 'none'", "sandbox"}
INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)(?![^>]*(?:json|importmap))|<style|\sstyle=|<[^>]+\son[a-z]+=", re.IGNORECASE
)
URLENCODED = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What somebody got, and what came of it."""

    role: str
    method: str
    address: str
    response: HttpResponse
    writes: tuple[Write, ...]
    damage: str = ""
    """What happened to rows of other people."""

    def __str__(self) -> str:
        return f"{self.role} {self.method} {self.address[:200]}"

    @property
    def status(self) -> int:
        return self.response.status_code

    @cached_property
    def body(self) -> bytes:
        return self.response.getvalue()

    @cached_property
    def text(self) -> str:
        """All that can be read in it: what a ZIP archive holds is unpacked."""
        body = self.body
        if body.startswith(b"PK") and is_zipfile(io.BytesIO(body)):
            with ZipFile(io.BytesIO(body)) as archive:
                body = b"".join([name.encode() + archive.read(name) for name in archive.namelist()])
        headers = "\n".join(f"{name}: {value}" for name, value in self.response.items())
        return f"{unquote(headers)}\n{body.decode('utf-8', 'replace')}"

    @property
    def view(self) -> str:
        return view_at(self.address)

    @property
    def is_page(self) -> bool:
        return self.status == 200 and self.response.get("Content-Type", "").startswith("text/html")

    @property
    def is_public(self) -> bool:
        return "public" in self.response.get("Cache-Control", "")


class Failed(Exception):
    """The site raised what no middleware turned into an answer, and would have said 500."""


def view_at(address: str) -> str:
    """The name of the view that answers there; empty for none."""
    try:
        return resolve(unquote(address.partition("?")[0])).view_name
    except Http404:
        return ""


class Crawler:
    """Asks as anybody on the stage. Nothing that it does lasts: each request is rolled back."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._client = Client()
        self._others: dict[str, Any] = {}

    def ask(self, role: str, method: str, address: str, data: bytes = b"", kind: str = URLENCODED) -> Answer:
        """Raises Failed, with where the site failed and what was asked."""
        self._client.cookies = SimpleCookie()
        if key := self.stage.sessions[role]:
            self._client.cookies[settings.SESSION_COOKIE_NAME] = key
        before = self._not_own(role)
        recorder = Recorder()
        try:
            with transaction.atomic():
                with connection.execute_wrapper(recorder):
                    response = self._client.generic(method, address, data, kind if method not in READS else "")
                answer = Answer(role, method, address, response, tuple(recorder.writes))
                len(answer.text)  # read before the files that it streams from are gone
                if {write.model for write in answer.writes} & {User, TOTPDevice, RecoveryCode}:
                    damage = _difference(before, _not_own(self.stage, role))
                    answer = Answer(role, method, address, response, answer.writes, damage)
                transaction.set_rollback(True)
        except Exception as error:
            raise Failed(f"{role} {method} {address[:300]} {data[:300]!r}: {_where(error)}") from error
        return answer

    def _not_own(self, role: str) -> Any:
        if role not in self._others:
            self._others[role] = _not_own(self.stage, role)
        return self._others[role]

    def walk(self, asked: Iterable[tuple[Any, ...]], judge: Callable[[Answer], Iterable[str]]) -> list[str]:
        """Ask all that, and return what is wrong with the answers."""
        faults = []
        for one in asked:
            try:
                answer = self.ask(*one)
            except Failed as failure:
                faults.append(str(failure))
            else:
                faults += [f"{answer}: {fault}" for fault in judge(answer)]
        return faults

    def faults(self, answer: Answer) -> list[str]:
        """All that must be true of every answer, whoever asks for what in which way."""
        return [*_failure(answer), *_headers(answer), *self.shown(answer), *self.written(answer)]

    def shown(self, answer: Answer) -> list[str]:
        """What this role may not see, or no cache may keep."""
        held = self.stage.permissions[answer.role]
        token = self.stage.link.token
        known = {DESK.word, token} if unquote(answer.address).startswith(f"/preview/{token}/") else set()
        hidden = [
            secret.word
            for secret in self.stage.secrets
            if answer.is_public or not (secret.permissions & held or secret.word in known)
        ]
        return [f"shows “{word}”" for word in hidden if word in answer.text]

    def written(self, answer: Answer) -> list[str]:
        """What this role may not change, or nobody by a method that only reads."""
        is_reading = answer.method in READS
        found = [
            f"wrote “{write}”"
            for write in dict.fromkeys(answer.writes)
            if not may(self.stage, answer.role, answer.view, write, is_reading=is_reading)
        ]
        return [*found, *([answer.damage] if answer.damage else [])]


def _failure(answer: Answer) -> list[str]:
    return [f"answered {answer.status}"] if answer.status >= 500 else []


def _headers(answer: Answer) -> list[str]:
    response, view = answer.response, answer.view
    policy = set(response.get("Content-Security-Policy", "").split("; "))
    is_framed = view.startswith("triage:embed-") and policy == _FRAMED
    is_stored = view == "picture" and policy == _STORED
    told = {
        "X-Content-Type-Options": {"nosniff"},
        "Referrer-Policy": {"strict-origin-when-cross-origin", "no-referrer"},
        "Permissions-Policy": {PERMISSIONS_POLICY},
        "Cross-Origin-Opener-Policy": {"same-origin"},
        "Cross-Origin-Resource-Policy": {"same-origin", "cross-origin"},
        "X-Frame-Options": {"DENY"} if not is_framed else {""},
    }
    faults = [
        f"{name} is “{response.get(name, '')}”" for name, values in told.items() if response.get(name, "") not in values
    ]
    if policy != STRICT and not is_framed and not is_stored:
        faults.append(f"Content-Security-Policy is “{response.get('Content-Security-Policy', '')}”")
    if answer.is_page and (inline := INLINE.search(answer.text)):
        faults.append(f"has “{inline[0]}” inline, which the policy forbids")
    if answer.is_public and (response.cookies or "cookie" in response.get("Vary", "").lower()):
        faults.append("is public, and yet sets a cookie or varies on one")
    return faults


def _not_own(stage: Stage, role: str) -> dict[str, list[dict[str, Any]]]:
    """What this role can have no business with: whole accounts of others, and for who manages people those above."""
    user, held = stage.people[role], stage.permissions[role]
    if user is not None and user.is_superuser and role not in OUTSIDE:
        return {}
    people = User.objects.exclude(username=role)
    if "auth.change_user" in held:
        people = people.filter(is_superuser=True)
    tables = {
        "accounts": people,
        "single permissions": User.user_permissions.through.objects.all(),
        "phones": TOTPDevice.objects.filter(user__in=people),
        "recovery codes": RecoveryCode.objects.filter(user__in=people),
    }
    rows = {name: list(table.order_by("pk").values()) for name, table in tables.items()}
    for account in rows["accounts"]:
        del account["last_login"]
    return rows


def _difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    changed = [name for name, rows in before.items() if rows != after[name]]
    return f"changed {', '.join(changed)} of other people" if changed else ""


def _where(error: BaseException) -> str:
    """The kind of an error and the way to it through the project, or the last steps elsewhere."""
    steps = traceback.extract_tb(error.__traceback__)
    own = [
        step for step in steps if step.filename.startswith(f"{settings.BASE_DIR}/") and "/tests/" not in step.filename
    ]
    own = [step for step in own if "/.venv/" not in step.filename]
    told = [*own[-3:], *steps[-2:]]
    way = " → ".join(f"{step.filename.removeprefix(f'{settings.BASE_DIR}/')}:{step.lineno}" for step in told)
    return f"{type(error).__name__}: {str(error)[:300]} ({way})"
