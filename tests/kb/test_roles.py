"""What each role may open and do: the table below is the one of docs/editing.md, in short."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kb.desk import write_document
from kb.models import Article, PreviewLink
from kb.redrawing import digest_of
from kb.scheduling import schedule
from tests.factories import a_flow, a_guide, an_error, publish_document
from tests.kb.test_admin import REGISTERED, a_row, name_of, page, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]

DESK = {
    "kb.Cause", "kb.CostEstimate", "kb.FixTime", "kb.Flow", "kb.Lookalike", "kb.Node", "kb.Observation",
    "kb.Option", "kb.Related", "kb.RepairStep", "kb.RiskFactor", "kb.Section", "kb.Sign", "kb.Source",
}  # fmt: skip
SEEN_BY_ALL = {
    "kb.DeskEntry", "kb.Edition", "kb.EditionEntry", "kb.LinkCheck", "kb.PreviewLink", "kb.Revision", "kb.Scheduled",
    "kb.Withdrawal",
}  # fmt: skip
MAY: dict[str, dict[str, str]] = {
    "Writers": {
        **dict.fromkeys(DESK, "view add change delete"),
        **dict.fromkeys(SEEN_BY_ALL, "view"),
        "kb.Article": "view add change",
        "kb.Picture": "view add change",
        "kb.Redirect": "view",
    },
    "Editors": {
        **dict.fromkeys(DESK, "view add change delete"),
        **dict.fromkeys(SEEN_BY_ALL, "view"),
        "kb.Article": "view add change delete",
        "kb.Picture": "view add change delete",
        "kb.Redirect": "view add change delete",
        "kb.Feedback": "view",
        "kb.SearchMiss": "view",
        "kb.Synonym": "view add change delete",
        "triage.WalkCount": "view",
        "triage.OutcomeReport": "view",
    },
}
MAY["Administrators"] = {
    **MAY["Editors"],
    "auth.User": "view add change delete",
    "auth.Group": "view",
    "kb.AuditEntry": "view",
}
ROLES = [*MAY, "nobody"]
# Parts are added on the page of their article, nodes on that of their flow, where their neighbors can be seen.
ADDED_ELSEWHERE = DESK - {"kb.Flow"}


def somebody(role: str) -> Client:
    """Somebody who may sign in to the desk, in this role."""
    user = User.objects.create_user(f"one-of-{role}", is_staff=True)
    if role != "nobody":
        user.groups.add(Group.objects.get(name=role))
    return signed_in(user)


def test_there_are_three_roles() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(MAY)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("model", REGISTERED, ids=name_of)
def test_every_page_of_every_model_for_every_role(role: str, model: type[models.Model]) -> None:
    row, client = a_row(model), somebody(role)
    may = MAY.get(role, {}).get(name_of(model), "").split()
    may_add = "add" in may and name_of(model) not in ADDED_ELSEWHERE

    change = client.get(page(model, "change", row.pk), follow=True)  # a node's leads to the page of its flow
    opened = {
        "list": client.get(page(model, "changelist")).status_code,
        "row": change.status_code,
        "history": client.get(page(model, "history", row.pk)).status_code,
        "add": client.get(page(model, "add")).status_code,
        "delete": client.get(page(model, "delete", row.pk), follow=True).status_code,
    }

    assert opened == {
        "list": 200 if may else 403,
        "row": 200 if may else 403,
        "history": 200 if may else 403,
        "add": 200 if may_add else 403,
        "delete": 200 if "delete" in may else 403,
    }
    assert ('name="_save"' in change.text) == ("change" in may)


@pytest.mark.parametrize("role", ROLES)
def test_what_puts_articles_before_readers_is_for_editors(role: str) -> None:
    publish_document(a_guide())
    publish_document(a_guide(title="Second words"))
    article = write_document(a_guide(title="Third words"))
    client = somebody(role)
    may = role in {"Editors", "Administrators"}

    def status(name: str, *rest: int, method: str = "post") -> int:
        return getattr(client, method)(reverse(f"admin:kb_article_{name}", args=[article.pk, *rest])).status_code

    answers = {
        "unschedule": status("unschedule"),
        "revert page": status("revert", 1, method="get"),
        "revert": status("revert", 1),
        "unpublish page": status("unpublish", method="get"),
        "unpublish": status("unpublish"),
    }

    assert answers == {
        "unschedule": 302 if may else 403,
        "revert page": 200 if may else 403,
        "revert": 302 if may else 403,
        "unpublish page": 200 if may else 403,
        "unpublish": 302 if may else 403,
    }
    assert (Client().get("/guides/a-guide/").status_code == 410) == may


@pytest.mark.parametrize("role", ROLES)
def test_what_writers_need_is_theirs(role: str) -> None:
    article = write_document(a_guide())
    client = somebody(role)
    may = role != "nobody"

    answers = [
        client.get(reverse("admin:kb_article_todo")).status_code,
        client.get(reverse("admin:kb_article_compare", args=[article.pk])).status_code,
        client.post(reverse("admin:kb_article_preview", args=[article.pk])).status_code,
    ]

    assert answers == ([200, 200, 302] if may else [403, 403, 403])
    assert PreviewLink.objects.exists() == may


@pytest.mark.parametrize("role", ROLES)
def test_flows_are_drawn_by_whoever_writes(role: str) -> None:
    flow = write_document(an_error("900")).flow
    client = somebody(role)
    may = role != "nobody"

    opened = [
        client.get(reverse(f"admin:kb_flow_{view}", args=[flow.pk]), {"node": "wait"}).status_code
        for view in ("change", "outline", "copy", "take_out")
    ]
    seen = f"{digest_of(a_flow())}.0"
    saved = client.post(reverse("admin:kb_flow_outline", args=[flow.pk]), {"seen": seen, "outline": "outcome o: End"})

    assert opened == [200 if may else 403] * 4
    assert saved.status_code == (302 if may else 403)
    assert (flow.nodes.count() == 1) == may


@pytest.mark.parametrize("way", ["its page", "the list"])
@pytest.mark.parametrize("role", ROLES)
def test_drafts_are_deleted_by_editors_with_all_that_hangs_on_them(role: str, way: str) -> None:
    draft, now = write_document(an_error("900")), timezone.now()
    PreviewLink.objects.create(article=draft, made_at=now, expires_at=now + timedelta(days=7))
    schedule(draft, at=now + timedelta(days=1), by=None, now=now)
    live = publish_document(a_guide()).article
    client = somebody(role)

    for article in (draft, live):
        if way == "its page":
            client.post(page(Article, "delete", article.pk), {"post": "yes"})
        else:
            data = {"action": "delete_selected", "_selected_action": [article.pk], "post": "yes"}
            client.post(page(Article, "changelist"), data)

    may = role in {"Editors", "Administrators"}
    assert Article.objects.filter(pk=draft.pk).exists() != may
    assert Article.objects.filter(pk=live.pk).exists()
    assert Client().get("/guides/a-guide/").status_code == 200


@pytest.mark.parametrize("role", ["Writers", "nobody"])
def test_actions_of_the_list_are_for_whoever_may(role: str) -> None:
    publish_document(a_guide())
    write_document(a_guide(title="Second words"))
    article = Article.objects.get(slug="a-guide")

    somebody(role).post(
        page(Article, "changelist"), {"action": "publish_selected", "_selected_action": [article.pk]}, follow=True
    )

    assert "Second words" not in Client().get("/guides/a-guide/").text


# Administrators and superusers


def _typed(user: User, **changes: Any) -> dict[str, Any]:
    return {
        "username": user.username, "is_active": "on", "is_staff": "on",
        "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", **changes,
    }  # fmt: skip


def test_administrators_give_people_a_role() -> None:
    newcomer = User.objects.create_user("newcomer")
    client = somebody("Administrators")

    client.post(page(User, "change", newcomer.pk), _typed(newcomer, groups=[Group.objects.get(name="Writers").pk]))

    newcomer.refresh_from_db()
    assert newcomer.is_staff
    assert [group.name for group in newcomer.groups.all()] == ["Writers"]


def test_administrators_make_nobody_a_superuser() -> None:
    client = somebody("Administrators")
    myself = User.objects.get(username="one-of-Administrators")

    client.post(
        page(User, "change", myself.pk),
        _typed(myself, is_superuser="on", user_permissions=[1, 2, 3], groups=[myself.groups.get().pk]),
    )

    myself.refresh_from_db()
    assert not myself.is_superuser
    assert not myself.user_permissions.exists()


def test_superusers_are_out_of_the_reach_of_administrators(admin_user: User) -> None:
    client = somebody("Administrators")

    answers = [
        client.post(page(User, "change", admin_user.pk), _typed(admin_user, username="taken")).status_code,
        client.post(reverse("admin:auth_user_password_change", args=[admin_user.pk]), {}).status_code,
        client.post(page(User, "delete", admin_user.pk), {"post": "yes"}).status_code,
        client.post(
            page(User, "changelist"),
            {"action": "delete_selected", "_selected_action": [admin_user.pk], "post": "yes"},
        ).status_code,
    ]

    admin_user.refresh_from_db()
    assert answers == [403, 403, 403, 403]
    assert admin_user.username == "admin"


@pytest.fixture
def higher() -> Group:
    """A role of a superuser's making that may do what no other may."""
    group = Group.objects.create(name="Keepers of roles")
    group.permissions.add(Permission.objects.get(codename="change_group"))
    return group


def test_administrators_give_nobody_a_role_that_may_do_more_than_they(higher: Group) -> None:
    client = somebody("Administrators")
    myself = User.objects.get(username="one-of-Administrators")
    own = myself.groups.get()

    opened = client.get(page(User, "change", myself.pk))
    refused = client.post(page(User, "change", myself.pk), _typed(myself, groups=[own.pk, higher.pk]))

    offered = {group.name for group in opened.context["adminform"].form.fields["groups"].queryset}
    assert offered == {"Writers", "Editors", "Administrators"}
    assert f"{higher.pk} is not one of the available choices" in refused.text
    assert list(myself.groups.all()) == [own]


@pytest.mark.parametrize("is_active", [True, False])
@pytest.mark.parametrize("by", ["role", "single permission"])
def test_whoever_may_do_more_is_out_of_the_reach_of_administrators(higher: Group, by: str, is_active: bool) -> None:
    keeper = User.objects.create_user("keeper", is_staff=True, is_active=is_active)
    if by == "role":
        keeper.groups.add(higher)
    else:
        keeper.user_permissions.add(*higher.permissions.all())
    client = somebody("Administrators")

    answers = [
        client.post(page(User, "change", keeper.pk), _typed(keeper)).status_code,
        client.post(reverse("admin:auth_user_password_change", args=[keeper.pk]), {}).status_code,
        client.post(reverse("admin:auth_user_remove_factor", args=[keeper.pk])).status_code,
        client.post(page(User, "delete", keeper.pk), {"post": "yes"}).status_code,
        client.post(
            page(User, "changelist"), {"action": "delete_selected", "_selected_action": [keeper.pk], "post": "yes"}
        ).status_code,
    ]

    assert answers == [403] * 5


def test_who_may_change_roles_puts_nothing_into_them_that_they_may_not_do(higher: Group) -> None:
    client = somebody("Administrators")
    User.objects.get(username="one-of-Administrators").groups.add(higher)
    writers, beyond = Group.objects.get(name="Writers"), Permission.objects.get(codename="delete_group")
    own = Permission.objects.get(codename="publish_article")

    def save(group: Group, *permissions: Permission) -> int:
        typed = {"name": group.name, "permissions": [permission.pk for permission in permissions]}
        return client.post(page(Group, "change", group.pk), typed).status_code

    assert save(writers, own, beyond) == 200  # the form again, with the fault
    assert save(writers, own) == 302
    assert list(writers.permissions.all()) == [own]

    writers.permissions.add(beyond)
    assert save(writers, own) == 403


def test_superusers_give_every_role(admin_client: Client, higher: Group) -> None:
    newcomer = User.objects.create_user("newcomer")

    admin_client.post(page(User, "change", newcomer.pk), _typed(newcomer, groups=[higher.pk]))

    assert list(newcomer.groups.all()) == [higher]


def test_every_registered_model_is_in_the_table() -> None:
    named = {name for role in MAY.values() for name in role}

    assert {name_of(model) for model in admin.site._registry} <= named
