"""What a request wrote to the database, and whether whoever sent it might."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.db.models import Model
from django_otp.plugins.otp_totp.models import TOTPDevice

from kb.models import (
    AuditEntry,
    DailySalt,
    DeskEntry,
    Edition,
    EditionEntry,
    Feedback,
    Option,
    PostCount,
    PreviewLink,
    RecoveryCode,
    Redirect,
    Revision,
    Scheduled,
    SearchMiss,
    Withdrawal,
)
from tests.crawl.stage import OUTSIDE, Stage
from triage.models import OutcomeReport, WalkCount

_VERBS = {"INSERT": "add", "UPDATE": "change", "DELETE": "delete"}
_WRITE = re.compile(r'(INSERT|UPDATE|DELETE)\s+(?:INTO\s+|FROM\s+|OR\s+\w+\s+INTO\s+)?"(\w+)"')
_SAVEPOINT = re.compile(r'(SAVEPOINT|ROLLBACK TO SAVEPOINT|RELEASE SAVEPOINT)\s+"?(\w+)"?')
_READS = ("SELECT", "EXPLAIN", "PRAGMA", "SHOW")

MODELS = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


@dataclass(frozen=True)
class Write:
    """A statement that changed a table: add, change or delete, as permissions have it."""

    verb: str
    model: type[Model]

    def __str__(self) -> str:
        return f"{self.verb} {self.model._meta.label}"


@dataclass
class Recorder:
    """Notes what is written while it wraps the database; what is rolled back meanwhile does not count.

    Raises ValueError for a statement that it does not know, so that none slips through.
    """

    writes: list[Write] = field(default_factory=list)
    _savepoints: list[tuple[str, int]] = field(default_factory=list)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        # What touches no row changes nothing. How many an INSERT adds is not known before its keys are read.
        if context["cursor"].rowcount != 0 or sql.startswith("INSERT"):
            self.note(sql.lstrip("( \n"))
        return result

    def note(self, sql: str) -> None:
        if sql.startswith(_READS):
            return
        if write := _WRITE.match(sql):
            self.writes.append(Write(_VERBS[write[1]], MODELS[write[2]]))
        elif savepoint := _SAVEPOINT.match(sql):
            self._turn(savepoint[1], savepoint[2])
        else:
            raise ValueError(f"Say in tests/crawl/writes.py whether this writes: {sql[:200]}")

    def _turn(self, what: str, name: str) -> None:
        if what == "SAVEPOINT":
            self._savepoints.append((name, len(self.writes)))
        elif what == "ROLLBACK TO SAVEPOINT":
            at = next((count for known, count in reversed(self._savepoints) if known == name), len(self.writes))
            del self.writes[at:]


READING: Mapping[tuple[str, type[Model]], str] = {
    ("*", Session): "a session notes when it was last used, and the key that a phone is offered; a stale one is ended",
    ("kb:search", SearchMiss): "a search that finds nothing is counted: that is what editors want to know",
}
"""What a page may write although it is only read, by view (“*” for all), and why."""

_THROTTLED = "posts are counted by address, and names tried at sign-in"
POSTED: Mapping[tuple[str, type[Model]], str] = {
    **READING,
    ("*", PostCount): _THROTTLED,
    ("*", DailySalt): _THROTTLED,
    ("kb:error-feedback", Feedback): "readers say whether it helped",
    ("kb:guide-feedback", Feedback): "readers say whether it helped",
    ("triage:report", OutcomeReport): "readers say whether it fixed it",
    ("triage:report", Edition): "what readers say is counted anew for everybody, at most once a day",
    ("triage:seen", WalkCount): "pages count the stops that were seen",
    ("kb:unopened", SearchMiss): "pages count searches after which nothing was opened",
    ("admin:login", AuditEntry): "signing in and failing to is recorded",
    ("admin:login", User): "signing in notes when",
    ("admin:sign_in_code", AuditEntry): "signing in and failing to is recorded",
    ("admin:sign_in_code", User): "signing in notes when",
    ("admin:sign_in_code", RecoveryCode): "a recovery code works once",
    ("admin:sign_in_code", TOTPDevice): "a code works once",
    ("admin:logout", AuditEntry): "signing out is recorded",
}
"""What anybody may write by posting."""

_OWN_FACTOR = "staff look after their own second factor"
POSTED_BY_STAFF: Mapping[tuple[str, type[Model]], str] = {
    ("admin:password_change", User): "staff change their own password",
    ("admin:password_change", AuditEntry): "and that is recorded",
    **{
        (f"admin:{view}", model): _OWN_FACTOR
        for view in ("second_factor", "second_factor_set_up")
        for model in (TOTPDevice, RecoveryCode, AuditEntry, PostCount)
    },
}
"""What whoever may come to the desk may write by posting, of their own: whose rows it were is looked at as well."""

_DRAW = ("kb.change_article", "kb.change_flow", "kb.add_flow")
_PEOPLE = ("auth.add_user", "auth.change_user", "auth.delete_user")
_ROLES = ("auth.add_group", "auth.change_group", "auth.delete_group")
_SYNONYMS = ("kb.add_synonym", "kb.change_synonym", "kb.delete_synonym")
FOLLOWS: Mapping[type[Model], tuple[str, ...]] = {
    DeskEntry: ("kb.add_article", *_DRAW),
    Revision: ("kb.publish_article",),
    EditionEntry: ("kb.publish_article",),
    Withdrawal: ("kb.publish_article",),
    Scheduled: ("kb.publish_article",),
    Redirect: ("kb.publish_article",),
    Edition: ("kb.publish_article", *_SYNONYMS),
    Option: ("kb.change_node", "kb.change_flow"),
    PreviewLink: ("kb.view_article",),
    AuditEntry: ("kb.publish_article", *_PEOPLE, *_ROLES),
    TOTPDevice: ("auth.change_user", "auth.delete_user"),
    RecoveryCode: ("auth.change_user", "auth.delete_user"),
    User.groups.through: ("auth.add_user", "auth.change_user", "auth.delete_user"),
    User.user_permissions.through: ("auth.delete_user",),
    Group.permissions.through: _ROLES,
}
"""Tables that follow a change of another one: what lets a person write to them, beside permissions of their own."""


def may(stage: Stage, role: str, view: str, write: Write, *, is_reading: bool) -> bool:
    """Whether this role may write that on the page of this view."""
    by_design = READING if is_reading else POSTED
    if role not in OUTSIDE and not is_reading:
        by_design = {**by_design, **POSTED_BY_STAFF}
    if {("*", write.model), (view, write.model)} & by_design.keys():
        return True
    if is_reading:
        return False
    held = stage.permissions[role]
    label, name = write.model._meta.app_label, write.model._meta.model_name
    if write.model is LogEntry:  # what was done is written down with the deed
        return any(not permission.split(".")[1].startswith("view_") for permission in held)
    return f"{label}.{write.verb}_{name}" in held or bool(held.intersection(FOLLOWS.get(write.model, ())))
