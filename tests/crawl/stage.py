"""A site with people in every role, rows in every table, and words that may be seen by some people only."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from kb.desk import write_document
from kb.document import Cause, Document, Kind, Lookalike, RiskFactor, Section
from kb.figures import Level
from kb.flow import NOT_SURE, Flow, Jump, Option, Question
from kb.models import (
    Article,
    AuditEntry,
    DailySalt,
    DeskEntry,
    Edition,
    EditionEntry,
    Feedback,
    LinkCheck,
    Picture,
    PostCount,
    PreviewLink,
    RecoveryCode,
    Redirect,
    Revision,
    Scheduled,
    SearchMiss,
    Synonym,
    Withdrawal,
)
from kb.scheduling import schedule
from kb.signin.session import BEGAN, FACTOR, PENDING, SEEN
from kb.signs import Fit, Observation, Sign
from kb.withdrawing import unpublish
from tests.factories import a_guide, an_error, an_outcome, publish_document
from triage.models import OutcomeReport, WalkCount

CODE, OTHER_CODE, TAKEN_BACK, SECRET_DRAFT = "900", "901", "910", "990"
GUIDE, SCHEDULED = "a-guide", "a-guide-to-come"
PASSWORD = "a-password-for-tests"

GROUPS = ("Writers", "Editors", "Administrators")
ROLES = ("nobody", "reader", "deactivated", "halfway", "newcomer", "onlooker", *GROUPS, "superuser")
"""Nobody; an account that is not staff; one that was closed while it was signed in; a superuser who has given the
password and not yet the code; staff without a role; staff who may look at everything; the site's own roles; a superuser
"""
OUTSIDE = ("nobody", "reader", "deactivated", "halfway")
"""Those to whom the desk is closed."""


@dataclass(frozen=True)
class Secret:
    """A word that stands in one place of the database. Who has one of these permissions may see it, else nobody."""

    word: str
    permissions: frozenset[str]


def _secret(word: str, *permissions: str) -> Secret:
    return Secret(word, frozenset(permissions))


# In the shape of the column that holds it: a key of a phone is in hexadecimal figures.
DESK = _secret("zqdesk", "kb.view_article")
WAITING = _secret("zqwaiting", "kb.view_article")
KEPT: Mapping[type[Model], tuple[Secret, ...]] = {
    **{apps.get_model("kb", part): (DESK,) for part in (
        "article", "cause", "costestimate", "fixtime", "flow", "lookalike", "node", "observation", "option", "related",
        "repairstep", "riskfactor", "section", "sign", "source",
    )},
    Scheduled: (WAITING,),
    Withdrawal: (_secret("zqwithdrawn", "kb.view_withdrawal"),),
    DeskEntry: (_secret("zqwarning", "kb.view_article"),),
    LinkCheck: (_secret("zqlinkcheck", "kb.view_article"),),
    Picture: (_secret("zqpicture", "kb.view_picture"),),
    Feedback: (_secret("zqcomment", "kb.view_feedback"), _secret("zqvisitor")),
    SearchMiss: (_secret("zqmissed", "kb.view_searchmiss"),),
    Synonym: (_secret("zqsynonym", "kb.view_synonym"),),
    OutcomeReport: (_secret("zqreport", "triage.view_outcomereport"), _secret("zqreporter")),
    WalkCount: (_secret("ZQWALK", "triage.view_walkcount"),),
    AuditEntry: (_secret("zqaudit", "kb.view_auditentry"),),
    LogEntry: (_secret("zqhistory", "kb.view_article"),),
    User: (_secret("zqmail", "auth.view_user"), _secret("zqhash")),
    TOTPDevice: (_secret("5a517ec2e7"), _secret("LJIX5QXH")),
    RecoveryCode: (_secret("zqdigest"),),
    DailySalt: (_secret("zqsalt"),),
    PostCount: (_secret("zqcount"),),
}  # fmt: skip
"""What must be kept from whom, by the table that holds it."""

OPEN: Mapping[type[Model], str] = {
    Revision: "what was published once was read by everybody",
    Edition: "a number and random figures, in the ETag of every page",
    EditionEntry: "what readers' lists show",
    Redirect: "addresses that anybody may ask for",
    PreviewLink: "no text; the token in its address is kept, see Stage.secrets",
    Session: "keys are kept, see Stage.secrets",
    Group: "the names of the roles",
    Permission: "names from the code",
    ContentType: "names from the code",
}
"""Tables without anything to keep, and why."""


@dataclass(frozen=True)
class Stage:
    """What the crawl walks over."""

    people: Mapping[str, User | None]
    sessions: Mapping[str, str]
    permissions: Mapping[str, frozenset[str]]
    live: Article
    guide: Article
    waiting: Article
    link: PreviewLink
    picture: Picture
    rows: Mapping[type[Model], list[Model]]
    secrets: tuple[Secret, ...]


def build() -> Stage:
    """Make everything anew, in place of the project's own content: long lists make slow pages."""
    for model in (EditionEntry, Revision, Article, Synonym):
        model._default_manager.all().delete()
    groups = set(Group.objects.values_list("name", flat=True))
    assert groups == set(GROUPS), f"Name all roles in GROUPS of tests/crawl/stage.py: there are {sorted(groups)}."
    people = {role: _person(role) for role in ROLES}
    sessions = {role: _session(role, user) for role, user in people.items()}
    User.objects.filter(username="deactivated").update(is_active=False)
    superuser = people["superuser"]
    now = timezone.now()
    for document in _content():
        publish_document(document)
    live = Article.objects.get(slug=CODE)
    write_document(_draft(_article(), DESK.word), live)
    unpublish(Article.objects.get(slug=TAKEN_BACK), by=superuser, now=now, note="zqwithdrawn")
    seen = Observation("bank-page", f"Do you see {DESK.word}?", f"{DESK.word} seen")
    write_document(replace(_chooser(), observations=(seen,)), Article.objects.get(slug="which-error"))
    waiting = write_document(a_guide(SCHEDULED, title=f"Guide {WAITING.word}"))
    schedule(waiting, at=now + timedelta(days=30), by=superuser, now=now, note=WAITING.word)
    draft = write_document(_draft(an_error(SECRET_DRAFT), DESK.word))
    link = PreviewLink.objects.create(
        article=draft, made_by=people["onlooker"], made_at=now, expires_at=now + timedelta(days=7)
    )
    picture = _leave_behind(live, draft, now)
    kept = [secret for secrets in KEPT.values() for secret in secrets]
    keys = [_secret(key) for key in sessions.values() if key]
    return Stage(
        people=people,
        sessions=sessions,
        permissions={role: _permissions(user) for role, user in people.items()},
        live=live,
        guide=Article.objects.get(slug=GUIDE),
        waiting=waiting,
        link=link,
        picture=picture,
        rows=_rows(draft),
        secrets=tuple(dict.fromkeys([*kept, *keys, _secret(link.token, "kb.view_article")])),
    )


def _person(role: str) -> User | None:
    if role == "nobody":
        return None
    user = User.objects.create_user(
        role,
        password=PASSWORD,
        is_staff=role != "reader",
        is_superuser=role in {"halfway", "superuser"},
    )
    if role in GROUPS or role == "deactivated":
        user.groups.add(Group.objects.get(name=role if role in GROUPS else "Administrators"))
    if role == "onlooker":
        user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    if role == "halfway":
        TOTPDevice.objects.create(user=user, name="phone", key="00" * 20)
    return user


def _session(role: str, user: User | None) -> str:
    """The key of a session in which this person has signed in, a moment ago."""
    if user is None:
        return ""
    client, now = Client(), int(timezone.now().timestamp())
    if role != "halfway":
        client.force_login(user)
    session = client.session
    if role == "halfway":
        session[PENDING] = [user.pk, user.get_session_auth_hash(), now]
    else:
        session.update({BEGAN: now, SEEN: now, FACTOR: None})
    session.save()
    return str(session.session_key)


def _permissions(user: User | None) -> frozenset[str]:
    is_in = user is not None and user.username not in OUTSIDE
    return frozenset(user.get_all_permissions()) if user is not None and is_in else frozenset()


def _content() -> list[Document]:
    """What readers find: two errors, one of them in its second revision, a guide, and “Which error is it?”."""
    signs = (Sign("bank-page", Fit.NO),)
    return [
        _article(title="First words"),
        an_error(OTHER_CODE, signs=signs),
        a_guide(GUIDE),
        an_error(TAKEN_BACK),
        _chooser(),
        _article(),
    ]


def _chooser() -> Document:
    doors = (
        Option("code", "A code", "known"),
        Option("nothing", "Nothing", "gone"),
        Option(NOT_SURE, "Not sure", "gone"),
    )
    start = Question("start", "What do you see?", doors)
    flow = Flow("start", (start, Jump("known", CODE, "Go on"), an_outcome("gone", causes=())))
    observation = Observation("bank-page", "Does the bank’s page open?", "The bank’s page opens")
    return a_guide("which-error", kind=Kind.CHOOSER, sections=(), observations=(observation,), flow=flow)


def _article(**changes: Any) -> Document:
    lookalikes = (Lookalike(OTHER_CODE, "Something else.", "Another sign."),)
    return an_error(CODE, aliases=(f"err-{CODE}",), lookalikes=lookalikes, **changes)


def _draft(document: Document, word: str) -> Document:
    """The document with the word in all kinds of its text."""
    return replace(
        document,
        title=f"{document.title} {word}",
        summary=f"A draft: {word}.",
        causes=(*document.causes[:-1], Cause("outage", f"An outage {word}", 100, f"Because of {word}.")),
        risk_factors=(RiskFactor(f"At night {word}", Level.LOW, "Worse", f"Then {word}."),),
        signs=(Sign("bank-page", Fit.YES, f"while {word}"),),
        steps=tuple(replace(step, title=f"{step.title} {word}") for step in document.steps),
        costs=tuple(replace(cost, title=f"{cost.title} {word}") for cost in document.costs),
        sources=tuple(replace(source, title=f"{source.title} {word}") for source in document.sources),
        sections=tuple(Section(one.key, f"{one.title} {word}", f"Prose {word}.") for one in document.sections),
    )


def _leave_behind(live: Article, draft: Article, now: datetime) -> Picture:
    """What readers, editors and machines leave in the other tables."""
    somebody = User.objects.create_user("somebody", email="zqmail@feeds.example", is_staff=True)
    User.objects.filter(pk=somebody.pk).update(password="md5$salt$0123456789zqhash")  # the admin shows how it begins
    TOTPDevice.objects.create(user=somebody, name="phone", key="5a517ec2e7" * 4)
    RecoveryCode.objects.create(user=somebody, digest="zqdigest")
    day = now.date()
    told = {"article": live, "revision": 1, "day": day, "created_at": now}
    Feedback.objects.create(**told, verdict="no", comment="zqcomment", visitor="zqvisitor")
    OutcomeReport.objects.create(**told, node="zqreport", content_hash="x", verdict="no", visitor="zqreporter")
    WalkCount.objects.create(article=live, revision=1, letters="ZQWALK", day=day, views=3)
    SearchMiss.objects.create(day=day, kind="nothing", query="zqmissed", times=3)
    Synonym.objects.create(words="zqsynonym, bank feed")
    LinkCheck.objects.create(url="https://zqlinkcheck.example/", checked_at=now, fault="404")
    DeskEntry.objects.filter(article=draft).update(warnings=["zqwarning"])
    AuditEntry.objects.create(at=now, who="somebody", action="published", about="x", detail="zqaudit")
    DailySalt.objects.create(day=day, salt="zqsalt")
    PostCount.objects.create(visitor="zqcount", action="test", hour=now.replace(minute=0, second=0, microsecond=0))
    LogEntry.objects.create(
        user=somebody, content_type=ContentType.objects.get_for_model(Article), object_id=str(draft.pk),
        object_repr="x", action_flag=CHANGE, change_message="zqhistory",
    )  # fmt: skip
    return Picture.objects.create(
        name=f"{'a' * 32}-6x4.webp", alternative="zqpicture", width=6, height=4, size=9, uploaded_at=now
    )


def _rows(draft: Article) -> dict[type[Model], list[Model]]:
    """Rows to name in addresses: of each table the newest, and of some also others."""
    newest = {model: model._default_manager.order_by("-pk").first() for model in apps.get_models()}
    rows = {model: [row] for model, row in newest.items() if row is not None}
    superuser = User.objects.get(username="superuser")
    return {**rows, Article: [draft], User: [*rows[User], superuser]}
