"""The audit log: everything that opens a door or changes what readers see, and nothing that can be changed later."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kb.audit import Action, record
from kb.desk import write_document
from kb.document import Cause
from kb.models import Article, AuditEntry
from kb.scheduling import release_due, schedule
from tests.factories import a_guide, an_error, publish_document
from tests.kb.test_admin import page, signed_in

pytestmark = pytest.mark.django_db

PASSWORD = "a password nobody guesses"


@pytest.fixture(autouse=True)
def blank_log(db) -> None:
    """The log without what loading the content wrote."""
    AuditEntry.objects.forget(before=timezone.now())


@pytest.fixture
def administrator() -> Client:
    user = User.objects.create_user("boss", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name="Administrators"))
    return signed_in(user)


def log() -> list[tuple[str, str, str]]:
    """Who did what to what, in the order in which it happened."""
    return [(row.who, row.get_action_display(), row.about) for row in AuditEntry.objects.order_by("pk")]


# What is recorded


def test_coming_and_going(client: Client) -> None:
    User.objects.create_user("boss", password=PASSWORD, is_staff=True)

    for name, password in (("boss", "wrong"), ("my secret, typed into the wrong box", "x"), ("boss", PASSWORD)):
        client.post("/admin/login/", {"username": name, "password": password}, REMOTE_ADDR="192.0.2.7")
    client.post("/admin/logout/")

    assert log() == [
        ("boss", "failed to sign in", ""),
        ("", "failed to sign in", ""),
        ("boss", "signed in", ""),
        ("boss", "signed out", ""),
    ]
    assert set(AuditEntry.objects.exclude(action="signed-out").values_list("address", flat=True)) == {"192.0.2.7"}
    assert not any("secret" in str(row) for row in AuditEntry.objects.values_list())


def test_address_behind_a_proxy_is_the_one_that_the_proxy_saw(client: Client, settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    client.post("/admin/login/", {"username": "x", "password": "x"}, headers={"X-Forwarded-For": "made-up, 192.0.2.9"})

    assert AuditEntry.objects.get().address == "192.0.2.9"


def test_password_of_ones_own_and_of_another(administrator: Client) -> None:
    newcomer = User.objects.create_user("newcomer", password=PASSWORD)
    other = reverse("admin:auth_user_password_change", args=[newcomer.pk])
    new = {"password1": "another good password", "password2": "another good password", "usable_password": "true"}

    administrator.post(other, {**new, "password2": "a slip"})
    administrator.post(other, new)
    administrator.post(
        "/admin/password_change/",
        {"old_password": PASSWORD, "new_password1": new["password1"], "new_password2": new["password1"]},
    )

    assert log() == [("boss", "changed a password", "newcomer"), ("boss", "changed a password", "boss")]


def test_life_of_an_article(administrator: Client) -> None:
    article = write_document(a_guide())
    publish_document(a_guide())
    publish_document(a_guide(title="Second words"))
    AuditEntry.objects.forget(before=timezone.now())

    def post(name: str, *rest: int, **typed: str) -> None:
        administrator.post(
            reverse(f"admin:kb_article_{name}", args=[article.pk, *rest]), typed, REMOTE_ADDR="192.0.2.7"
        )

    post("revert", 1, note="It was better")
    schedule(article, at=timezone.now() + timedelta(hours=1), by=None, now=timezone.now(), note="Later")
    post("unschedule")
    post("unschedule")
    post("unpublish", note="Out of date")
    administrator.post(page(Article, "changelist"), {"action": "publish_selected", "_selected_action": [article.pk]})

    assert [(who, what) for who, what, _ in log()] == [
        ("boss", "published an earlier revision again"),
        ("", "scheduled"),
        ("boss", "dropped a schedule"),
        ("boss", "unpublished"),
        ("boss", "published"),
    ]
    assert AuditEntry.objects.get(action="reverted").detail == "It was better"
    assert AuditEntry.objects.get(action="reverted").address == "192.0.2.7"
    assert AuditEntry.objects.get(action="published").about == f"{article}, revision 4"


def test_what_goes_live_by_itself_is_by_whoever_scheduled_it(admin_user: User) -> None:
    now = timezone.now()
    schedule(write_document(a_guide()), at=now + timedelta(hours=1), by=admin_user, now=now)

    release_due(now + timedelta(hours=1))

    assert [(who, what) for who, what, _ in log()] == [("admin", "scheduled"), ("admin", "published")]
    assert not AuditEntry.objects.exclude(address="").exists()


def test_what_is_not_published_is_not_recorded(administrator: Client) -> None:
    article = write_document(an_error(causes=(Cause("outage", "An outage", 90, "The bank is down."),)))
    publish_document(a_guide("other"))
    AuditEntry.objects.forget(before=timezone.now())
    other = Article.objects.get(slug="other")

    for row in (article, other):  # one has faults, the other is live in the same words
        administrator.post(page(Article, "changelist"), {"action": "publish_selected", "_selected_action": [row.pk]})

    assert log() == []


def test_people_and_their_rights(administrator: Client) -> None:
    good = "another good password"
    administrator.post(
        page(User, "add"),
        {"username": "newcomer", "usable_password": "true", "password1": good, "password2": good},
    )
    newcomer = User.objects.get(username="newcomer")
    typed = {"username": "newcomer", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", "is_active": "on"}
    writers = Group.objects.get(name="Writers")

    administrator.post(page(User, "change", newcomer.pk), {**typed, "first_name": "Ada", "email": "ada@feeds.example"})
    administrator.post(page(User, "change", newcomer.pk), {**typed, "is_staff": "on", "groups": [writers.pk]})
    administrator.post(page(User, "delete", newcomer.pk), {"post": "yes"})

    assert log() == [
        ("boss", "added a person", "newcomer"),
        ("boss", "changed a person’s rights", "newcomer"),
        ("boss", "deleted a person", "newcomer"),
    ]
    assert AuditEntry.objects.get(action="person-changed").detail == "Staff status: no → yes; Groups: none → Writers"


def test_people_deleted_together_are_recorded_one_by_one(administrator: Client) -> None:
    people = [User.objects.create_user(name) for name in ("one", "two")]

    administrator.post(
        page(User, "changelist"),
        {"action": "delete_selected", "_selected_action": [user.pk for user in people], "post": "yes"},
    )

    assert {about for _, what, about in log() if what == "deleted a person"} == {"one", "two"}


def test_what_a_role_may_do(admin_client: Client) -> None:
    writers = Group.objects.get(name="Writers")
    kept = list(writers.permissions.values_list("pk", flat=True))
    publishing = Permission.objects.get(codename="publish_article")

    admin_client.post(page(Group, "change", writers.pk), {"name": "Writers", "permissions": [*kept, publishing.pk]})

    row = AuditEntry.objects.get()
    assert (row.who, row.action, row.about) == ("admin", "role-changed", "Writers")
    assert str(publishing) in row.detail.partition(" → ")[2]
    assert str(publishing) not in row.detail.partition(" → ")[0]


# What nobody can do


def test_nobody_adds_changes_or_deletes_a_row_in_the_admin(admin_client: Client) -> None:
    record(Action.SIGNED_IN, by=None)
    row = AuditEntry.objects.get()

    answers = [
        admin_client.post(page(AuditEntry, "add"), {"who": "x"}).status_code,
        admin_client.post(page(AuditEntry, "change", row.pk), {"who": "x"}).status_code,
        admin_client.post(page(AuditEntry, "delete", row.pk), {"post": "yes"}).status_code,
    ]
    admin_client.post(
        page(AuditEntry, "changelist"), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    )

    assert answers == [403, 403, 403]
    assert AuditEntry.objects.get().who == ""


def test_code_changes_and_deletes_no_row_either() -> None:
    record(Action.SIGNED_IN, by=None)
    row = AuditEntry.objects.get()

    for change in (row.save, row.delete, AuditEntry.objects.all().delete, lambda: AuditEntry.objects.update(who="x")):
        with pytest.raises(ValueError, match="audit log"):
            change()


def test_rows_outlive_the_account_they_tell_of(administrator: Client) -> None:
    administrator.post("/admin/logout/")
    User.objects.get(username="boss").delete()

    assert log() == [("boss", "signed out", "")]


def test_list_is_filtered_by_deed_and_person(administrator: Client) -> None:
    boss = User.objects.get(username="boss")
    record(Action.SIGNED_IN, by=boss, detail="A sign-in of the boss")
    record(Action.SIGN_IN_FAILED, by=None, detail="A failure of a stranger")

    by_deed = administrator.get(page(AuditEntry, "changelist"), {"action__exact": "sign-in-failed"}).content.decode()
    by_person = administrator.get(page(AuditEntry, "changelist"), {"who": "boss"}).content.decode()

    assert ("of the boss" in by_deed, "of a stranger" in by_deed) == (False, True)
    assert ("of the boss" in by_person, "of a stranger" in by_person) == (True, False)


def test_rows_are_kept_for_a_year_or_as_long_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    for days in (366, 364, 20):
        monkeypatch.setattr(timezone, "now", lambda days=days: now - timedelta(days=days))
        record(Action.SIGNED_IN, by=None, detail=f"{days} days ago")
    monkeypatch.setattr(timezone, "now", lambda: now)

    kept = []
    for arguments in ((), ("--audit-after", "30")):
        call_command("forget", *arguments, stdout=StringIO())
        kept.append([row.detail for row in AuditEntry.objects.order_by("at")])

    assert kept == [["364 days ago", "20 days ago"], ["20 days ago"]]
