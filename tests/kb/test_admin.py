from dataclasses import replace
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kb.admin.readonly import ReadOnlyAdmin
from kb.document import Cause, Section
from kb.flow import Outcome
from kb.models import Article, Edition, EditionEntry, Flow, Node, Option, Revision
from tests.factories import a_flow, a_guide, an_error, publish_document, rows_of

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]

type Response = Any
"""What a test client gets: a response that also knows its context."""

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
OURS = [model for model in REGISTERED if model._meta.app_label in {"kb", "triage"}]
# Stops of flows, and flows, are changed on a page of their own: see test_flow_desk.
DRAWN = {Flow, Node}
READ_ONLY = [model for model in OURS if isinstance(admin.site._registry[model], ReadOnlyAdmin)]
TWO_CAUSES = (Cause("outage", "An outage", 60, "The bank is down."), Cause("moved", "A move", 40, "The bank moved."))


def name_of(model: type[models.Model]) -> str:
    return model._meta.label


def page(model: type[models.Model], action: str, *arguments: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{action}", args=arguments)


def a_row(model: type[models.Model]) -> models.Model:
    """Some row of this table, made up where there is none."""
    row = model._default_manager.first()
    if row is not None:
        return row
    values: dict[str, Any] = {}
    for column in model._meta.concrete_fields:
        if not (column.primary_key or column.has_default() or column.null or column.blank):
            values[column.name] = _something_for(column)
    return model._default_manager.create(**values)


def _something_for(column: models.Field) -> Any:
    if column.choices:
        return column.flatchoices[0][0]
    match column:
        case models.ForeignKey():
            return a_row(column.related_model)
        case models.DateTimeField():
            return timezone.now()
        case models.DateField():
            return timezone.now().date()
        case models.IntegerField():
            return 1
        case _:
            return "something"


def staff(*permissions: str) -> Client:
    """Somebody who may sign in to the desk, with these permissions and no other."""
    user = User.objects.create_user(f"staff-{User.objects.count()}", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return signed_in(user)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def filled_in(response: Response) -> dict[str, str]:
    """What a browser would send back if somebody pressed a button on this page without changing anything."""
    context = response.context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    values = {field.html_name: field.value() for form in forms for field in form}
    return {name: str(value) for name, value in values.items() if value is not None and value is not False}


def desk_copy(identity: str) -> Article:
    return Article.objects.get(slug=identity)


def press(client: Client, button: str, article: Article, **changes: str) -> Response:
    """Open an article's page, change these fields, press a button, and follow to the page that comes next."""
    address = page(Article, "change", article.pk)
    typed = filled_in(client.get(address)) | {name.replace("__", "-"): value for name, value in changes.items()}
    return client.post(address, typed | {button: "1"}, follow=True)


def edition_number() -> int:
    return Edition.objects.get().number


def messages_of(response: Response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def listed(response: Response) -> dict[str, str]:
    """What the check lists: each message with the address that it leads to."""
    return {complaint.problem.message: complaint.href for complaint in response.context["complaints"]}


def errors_beside(response: Response, part: str) -> list[Any]:
    """The faults shown beside the fields of each row of an inline."""
    inline = next(inline for inline in response.context["inline_admin_formsets"] if inline.formset.prefix == part)
    return [dict(form.errors) for form in inline.formset.initial_forms]


# Who may open what


@pytest.mark.parametrize("model", REGISTERED, ids=name_of)
def test_superuser_opens_every_page_of_every_model(admin_client: Client, model: type[models.Model]) -> None:
    row = a_row(model)
    may_add = admin.site._registry[model].has_add_permission(admin_client.get("/admin/").wsgi_request)

    answers = {
        "changelist": admin_client.get(page(model, "changelist")).status_code,
        "search": admin_client.get(page(model, "changelist"), {"q": "102"}).status_code,
        "add": admin_client.get(page(model, "add")).status_code,
        "change": admin_client.get(page(model, "change", row.pk), follow=True).status_code,
        "history": admin_client.get(page(model, "history", row.pk)).status_code,
    }

    assert answers == {
        "changelist": 200,
        "search": 200,
        "add": 200 if may_add else 403,
        "change": 200,
        "history": 200,
    }


@pytest.mark.parametrize("model", READ_ONLY, ids=name_of)
def test_what_publishing_and_readers_write_can_only_be_looked_at(
    admin_client: Client, model: type[models.Model]
) -> None:
    row = a_row(model)
    before = rows_of(model)

    change = admin_client.get(page(model, "change", row.pk))
    answers = {
        admin_client.post(page(model, "change", row.pk), {"number": "7", "identity": "other"}).status_code,
        admin_client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code,
        admin_client.post(page(model, "add"), {"number": "7"}).status_code,
    }
    admin_client.post(
        page(model, "changelist"), {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
    )

    assert answers == {403}
    assert not change.context["adminform"].form.fields
    assert 'name="_save"' not in change.content.decode()
    assert rows_of(model) == before


def test_revisions_and_the_edition_are_read_only() -> None:
    assert {Edition, EditionEntry, Revision} <= set(READ_ONLY)


@pytest.mark.parametrize("model", [model for model in OURS if model not in {*READ_ONLY, *DRAWN}], ids=name_of)
def test_page_without_a_change_saves_without_a_change(admin_client: Client, model: type[models.Model]) -> None:
    row = a_row(model)
    before = rows_of(*OURS)

    address = page(model, "change", row.pk)
    response = admin_client.post(address, filled_in(admin_client.get(address)))

    assert response.status_code == 302, response.context["errors"]
    assert rows_of(*OURS) == before


# Publishing


def test_save_and_publish_puts_the_change_before_readers(admin_client: Client, client: Client) -> None:
    publish_document(an_error("900"))
    before = edition_number()

    response = press(admin_client, "_publish", desk_copy("900"), title="A new title")

    assert "Published: Error 900: A new title, revision 2" in messages_of(response)
    assert edition_number() == before + 1
    assert "A new title" in client.get("/errors/900/").content.decode()
    assert Revision.objects.get(article__slug="900", number=2).published_by == User.objects.get(username="admin")


def test_publishing_the_same_again_says_so_and_changes_nothing(admin_client: Client) -> None:
    publish_document(an_error("900"))
    before = edition_number()

    response = press(admin_client, "_publish", desk_copy("900"))

    assert "Nothing to publish" in messages_of(response)
    assert edition_number() == before


def test_save_alone_changes_nothing_for_readers(admin_client: Client, client: Client) -> None:
    publish_document(an_error("900"))

    press(admin_client, "_save", desk_copy("900"), title="A new title")

    assert desk_copy("900").title == "A new title"
    assert "A new title" not in client.get("/errors/900/").content.decode()


def test_refused_article_is_saved_and_readers_see_what_they_saw(admin_client: Client, client: Client) -> None:
    publish_document(an_error("900"))
    before, edition = client.get("/errors/900/").content, edition_number()

    response = press(admin_client, "_publish", desk_copy("900"), causes__0__percent="90", title="A new title")

    assert "Saved, but not published: 900 has 1 fault." in messages_of(response)
    assert listed(response)["the likelihoods add up to 90 %, not 100 %"] == "#causes-group"
    assert desk_copy("900").title == "A new title"
    assert desk_copy("900").causes.get().percent == 90
    assert client.get("/errors/900/").content == before
    assert edition_number() == edition


def test_mended_article_is_published(admin_client: Client, client: Client) -> None:
    publish_document(an_error("900"))
    press(admin_client, "_publish", desk_copy("900"), causes__0__percent="90", title="A new title")

    response = press(admin_client, "_publish", desk_copy("900"), causes__0__percent="100")

    assert "Readers see it now." in messages_of(response)
    assert "A new title" in client.get("/errors/900/").content.decode()


def test_new_guide_is_added_and_published_at_once(admin_client: Client, client: Client) -> None:
    address = page(Article, "add")
    typed = filled_in(admin_client.get(address)) | {
        "kind": "guide",
        "slug": "a-new-guide",
        "title": "A new guide",
        "description": "About it.",
        "reviewed_on": "2026-11-01",
        "sections-TOTAL_FORMS": "1",
        "sections-0-key": "when",
        "sections-0-title": "When to do it",
        "sections-0-body": "Now.",
        "sections-0-position": "0",
    }

    response = admin_client.post(address, typed | {"_publish": "1"}, follow=True)

    assert "Readers see it now." in messages_of(response)
    assert "When to do it" in client.get("/guides/a-new-guide/").content.decode()


def test_new_guide_that_is_refused_opens_with_what_is_missing(admin_client: Client, client: Client) -> None:
    address = page(Article, "add")
    typed = filled_in(admin_client.get(address)) | {
        "kind": "guide",
        "slug": "a-new-guide",
        "title": "A new guide",
        "reviewed_on": "2026-11-01",
    }

    response = admin_client.post(address, typed | {"_publish": "1"}, follow=True)

    assert response.redirect_chain == [(f"{page(Article, 'change', desk_copy('a-new-guide').pk)}?check=1", 302)]
    assert {"is empty", "a guide needs at least one section"} <= listed(response).keys()
    assert client.get("/guides/a-new-guide/").status_code == 404


def test_publishing_needs_its_permission(client: Client) -> None:
    publish_document(an_error("900"))
    writer = staff("view_article", "change_article", "view_cause", "change_cause")
    before = edition_number()

    form = writer.get(page(Article, "change", desk_copy("900").pk))
    response = press(writer, "_publish", desk_copy("900"), title="A new title")

    assert 'name="_publish"' not in form.content.decode()
    assert 'name="_check"' in form.content.decode()
    assert response.status_code == 403
    assert edition_number() == before
    assert "A new title" not in client.get("/errors/900/").content.decode()


def test_editor_who_may_publish_publishes(client: Client) -> None:
    publish_document(an_error("900"))
    editor = staff("view_article", "change_article", "publish_article")

    response = press(editor, "_publish", desk_copy("900"), title="A new title")

    assert "Readers see it now." in messages_of(response)
    assert "A new title" in client.get("/errors/900/").content.decode()


def test_publish_button_needs_the_token_of_the_page(admin_user: User) -> None:
    publish_document(an_error("900"))
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(admin_user)
    before = edition_number()

    response = press(careful, "_publish", desk_copy("900"), title="A new title")

    assert response.status_code == 403
    assert edition_number() == before


def publish_selected(client: Client, *articles: Article) -> Response:
    return client.post(
        page(Article, "changelist"),
        {"action": "publish_selected", "_selected_action": [article.pk for article in articles]},
        follow=True,
    )


def test_selected_articles_are_published_together_as_one_edition(admin_client: Client, client: Client) -> None:
    for code in ("900", "901"):
        publish_document(an_error(code))
        press(admin_client, "_save", desk_copy(code), title=f"New title of {code}")
    before = edition_number()

    response = publish_selected(admin_client, desk_copy("900"), desk_copy("901"))

    assert "Readers see it now." in messages_of(response)
    assert edition_number() == before + 1
    assert "New title of 900" in client.get("/errors/900/").content.decode()
    assert "New title of 901" in client.get("/errors/901/").content.decode()


def test_one_bad_article_keeps_all_selected_from_being_published(admin_client: Client, client: Client) -> None:
    for code in ("900", "901"):
        publish_document(an_error(code))
        press(admin_client, "_save", desk_copy(code), title=f"New title of {code}")
    press(admin_client, "_save", desk_copy("901"), causes__0__percent="90")
    before = edition_number()

    response = publish_selected(admin_client, desk_copy("900"), desk_copy("901"))

    assert "Not published: 901 has 1 fault" in messages_of(response)
    assert "Saved" not in messages_of(response)
    assert "the likelihoods add up to 90 %, not 100 %" in messages_of(response)
    assert edition_number() == before
    assert "New title" not in client.get("/errors/900/").content.decode()


def test_selected_articles_are_not_published_without_the_permission() -> None:
    publish_document(an_error("900"))
    Article.objects.filter(slug="900").update(title="A new title")
    writer = staff("view_article", "change_article")
    before = edition_number()

    response = publish_selected(writer, desk_copy("900"))

    assert "publish_selected" not in response.content.decode()
    assert edition_number() == before


# What the check says, and where


def check(client: Client, article: Article) -> Response:
    return client.get(page(Article, "change", article.pk), {"check": "1"})


def test_sound_article_has_nothing_to_mend(admin_client: Client) -> None:
    publish_document(an_error("900"))

    response = check(admin_client, desk_copy("900"))

    assert response.context["fault_count"] == 0
    assert "Nothing stands in the way of publishing." in response.content.decode()


def test_fault_stands_beside_its_field(admin_client: Client) -> None:
    publish_document(an_error("900"))
    Article.objects.filter(slug="900").update(fast_fix_source="nowhere", sign="")

    response = check(admin_client, desk_copy("900"))

    errors = response.context["adminform"].form.errors
    assert errors["fast_fix_source"] == ["names the source “nowhere”, which is not among the article’s sources"]
    assert errors["sign"] == ["is missing; every error article has this part"]
    assert listed(response)["is missing; every error article has this part"] == "#id_sign"
    assert response.context["fault_count"] == 2


def test_fault_stands_beside_its_row_after_rows_changed_places(admin_client: Client) -> None:
    flow = replace(
        a_flow(),
        nodes=tuple(
            replace(node, causes=("outage", "moved")) if isinstance(node, Outcome) else node for node in a_flow().nodes
        ),
    )
    publish_document(an_error("900", causes=TWO_CAUSES, flow=flow))
    article = desk_copy("900")
    article.causes.filter(key="moved").update(position=0)
    article.causes.filter(key="outage").update(position=1, source="nowhere")

    response = check(admin_client, article)

    message = "names the source “nowhere”, which is not among the article’s sources"
    assert errors_beside(response, "causes") == [{}, {"source": [message]}]
    assert listed(response)[message] == "#causes-1"


def test_fault_of_a_whole_part_is_not_folded_away(admin_client: Client) -> None:
    publish_document(an_error("900"))
    article = desk_copy("900")
    article.causes.update(percent=90)

    response = check(admin_client, article)

    inline = next(one for one in response.context["inline_admin_formsets"] if one.formset.prefix == "causes")
    assert inline.non_form_errors() == ["the likelihoods add up to 90 %, not 100 %"]
    assert not inline.is_collapsible


def test_fault_of_a_node_leads_to_its_form_on_the_page_of_the_flow(admin_client: Client) -> None:
    publish_document(an_error("900"))
    node = Node.objects.get(flow__article__slug="900", key="site")
    node.options.filter(key="no").update(to="nowhere")

    response = check(admin_client, desk_copy("900"))

    message = "the answer “No” to “Does the bank’s site open?” leads to “nowhere”, which does not exist"
    assert listed(response)[message] == f"{page(Flow, 'change', node.flow_id)}?node=site#stop"
    assert admin_client.get(listed(response)[message]).status_code == 200


def test_hostile_words_are_shown_as_words(admin_client: Client) -> None:
    publish_document(an_error("900"))
    Node.objects.filter(flow__article__slug="900", key="site").update(text="<script>alert(1)</script>")
    Option.objects.filter(node__flow__article__slug="900", key="no").update(label="<img src=x>", to="nowhere")
    Article.objects.filter(slug="900").update(title="<b>bold</b>")

    article = check(admin_client, desk_copy("900")).content.decode()
    pages = article + admin_client.get(page(Article, "changelist")).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in article
    assert "<script>alert" not in pages
    assert "<img src=x>" not in pages
    assert "<b>bold</b>" not in pages


# What a page costs


def test_pages_cost_the_same_however_many_articles_there_are(admin_client: Client) -> None:
    publish_document(an_error("900"))
    addresses = [page(model, "changelist") for model in OURS]
    addresses += [page(model, "change", a_row(model).pk) for model in OURS]
    few = _queries(admin_client, addresses)

    for code in ("901", "902"):
        publish_document(an_error(code))
        publish_document(a_guide(f"guide-{code}", sections=(Section("when", "When", f"See [[{code}]] or [[gone]]."),)))

    assert _queries(admin_client, addresses) == few
    assert max(few.values()) <= 40


def _queries(client: Client, addresses: list[str]) -> dict[str, int]:
    """How many queries each page costs, once what is kept between requests has been read."""
    ContentType.objects.get_for_models(*OURS)
    client.get(page(Article, "changelist"))
    found = {}
    for address in addresses:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address, follow=True).status_code == 200
        found[address] = len(queries)
    return found
