"""The page “Import” and the exports of the list of articles."""

import html
import io
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kb.desk import read_document, write_document
from kb.document import Document, dump
from kb.models import Article, EditionEntry, Revision
from tests.factories import a_guide, an_error, publish_document
from tests.kb.test_admin import page, signed_in, staff
from tests.kb.test_roles import somebody

pytestmark = pytest.mark.django_db

TEXTS = Path(__file__).parent / "textimport" / "texts"
ADDRESS = "/admin/kb/article/import/"


def file(name: str, content: Document | str | bytes) -> SimpleUploadedFile:
    text = dump(content) if isinstance(content, Document) else content
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def a_zip(files: dict[str, Document | bytes]) -> SimpleUploadedFile:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content if isinstance(content, bytes) else dump(content))
    return SimpleUploadedFile("all.zip", held.getvalue())


def look(client: Client, *files: SimpleUploadedFile) -> Any:
    """The first press."""
    return client.post(ADDRESS, {"chosen": files})


def write(client: Client, looked: Any, **ticked: str) -> Any:
    """The second press, on the page that the first one opened."""
    return client.post(ADDRESS, {"looked_at": looked.context["looked_at"], **ticked}, follow=True)


def said(response: Any) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", response.text))


def desk() -> list[object]:
    return [list(model._default_manager.order_by("pk").values()) for model in (Article, Revision, EditionEntry)]


def desk_copy(identity: str) -> Document:
    return read_document(Article.objects.get(slug=identity))


def test_first_shows_what_a_text_would_make_and_then_writes_a_draft(empty_site: None, admin_client: Client) -> None:
    text = file("350.txt", (TEXTS / "350.txt").read_bytes())

    looked = look(admin_client, text)
    before = desk()
    done = write(admin_client, looked)

    assert before == [[], [], []]
    assert "line 3: “Fast-Fix: The 5-Minute Solution” → fast fix" in said(looked)
    assert "line 44: “These shares are editorial estimates. No published figures exist.”" in said(looked)
    assert "code: '350'" in said(looked)
    assert done.redirect_chain == [(f"{page(Article, 'change', Article.objects.get().pk)}?check=1", 302)]
    assert "On the desk now: Error 350. Readers see nothing of it yet." in said(done)
    assert desk_copy("350").title.startswith("QuickBooks Online Error 350")
    assert not EditionEntry.objects.exists()
    assert LogEntry.objects.get().change_message == "Imported from “350.txt”."


def test_several_files_and_a_zip_are_taken_together(empty_site: None, admin_client: Client) -> None:
    text = file("105.txt", (TEXTS / "105.txt").read_bytes())

    done = write(admin_client, look(admin_client, text, a_zip({"one.md": a_guide("one"), "a/b.md": an_error()})))

    assert done.redirect_chain == [(page(Article, "changelist"), 302)]
    assert set(Article.objects.values_list("slug", flat=True)) == {"105", "one", "700"}
    assert desk_copy("700") == an_error()


def test_the_whole_content_goes_out_and_comes_back_through_the_admin(admin_client: Client) -> None:
    archive = admin_client.get("/admin/kb/article/export/")
    Article.objects.filter(slug="105").update(title="Spoiled")

    looked = look(admin_client, SimpleUploadedFile("all.zip", archive.content))
    write(admin_client, looked, discard="105")

    with zipfile.ZipFile(io.BytesIO(archive.content)) as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == {
            path.name: path.read_bytes() for path in (settings.BASE_DIR / "fixtures").glob("*.md")
        }
    assert desk_copy("105").title == "The bank connection comes and goes"


def test_a_published_article_is_replaced_and_stays_in_its_history(empty_site: None, admin_client: Client) -> None:
    publish_document(a_guide("one"))

    looked = look(admin_client, file("one.md", a_guide("one", title="Better")))
    write(admin_client, looked)

    assert "What is there now stays in its history as revision 1." in said(looked)
    assert "<ins>Better</ins>" in looked.text
    assert desk_copy("one").title == "Better"
    assert Revision.objects.get().document == a_guide("one")


def test_words_that_were_never_published_are_lost_only_when_ticked(empty_site: None, admin_client: Client) -> None:
    write_document(a_guide("one", title="A thought"))
    write_document(a_guide("two", title="Another"))
    files = file("one.md", a_guide("one")), file("two.md", a_guide("two"))
    before = desk()

    looked = look(admin_client, *files)
    refused = write(admin_client, looked, discard="two")

    assert desk() == before
    assert "The desk copy has changes that were never published. They would be lost." in said(looked)
    assert "one.md: the desk copy of A thought has changes that were never published; they would be lost." in said(
        refused
    )
    write(admin_client, refused, discard=["one", "two"])
    assert (desk_copy("one"), desk_copy("two")) == (a_guide("one"), a_guide("two"))


def test_what_changed_on_the_desk_in_the_meantime_is_not_overwritten(empty_site: None, admin_client: Client) -> None:
    publish_document(a_guide("one"))
    looked = look(admin_client, file("one.md", a_guide("one", title="Better")), file("new.md", a_guide("new")))
    write_document(a_guide("one", title="Somebody else’s"))

    refused = write(admin_client, looked, discard="one")

    assert "Changed on the desk in the meantime: Somebody else’s. Look at the differences again." in said(refused)
    assert "Somebody" in said(refused)
    assert desk_copy("one").title == "Somebody else’s"
    assert not Article.objects.filter(slug="new").exists()


def test_a_half_finished_desk_copy_is_compared_all_the_same(empty_site: None, admin_client: Client) -> None:
    article = write_document(an_error("800"))
    article.flow.nodes.filter(kind="outcome").update(disposition="", who="")

    looked = look(admin_client, file("800.md", an_error("800")))

    assert looked.status_code == 200
    assert "What would change on the desk" in said(looked)


def test_a_draft_may_hold_what_no_article_should(empty_site: None, admin_client: Client) -> None:
    odd = a_guide("../日本", reviewed_on=date.max, title="'; DROP TABLE kb_article; --")

    done = write(admin_client, look(admin_client, file("odd.md", odd)))

    assert desk_copy("../日本") == odd
    assert f"On the desk now: {odd.title}. Readers see nothing of it yet." in said(done)
    exported = export(admin_client, "export_desk", Article.objects.get())
    assert exported.headers["Content-Disposition"] == "attachment; filename*=utf-8''..%E6%97%A5%E6%9C%AC.md"


def test_nothing_new_is_said_and_offers_no_button(empty_site: None, admin_client: Client) -> None:
    write_document(a_guide("one"))

    looked = look(admin_client, file("one.md", a_guide("one")))

    assert "On the desk already, in exactly these words." in said(looked)
    assert "Write to the desk" not in looked.text


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([], "Choose a file."),
        ([file("a.txt", b"")], "The file is empty."),
        ([file("a.txt", b"a\x00b")], "“a.txt” is not text, but a binary file."),
        ([file("a.txt", b"caf\xe9")], "“a.txt” is not UTF-8 text (line 1). Save it again with the encoding UTF-8."),
        ([file("a.exe", b"MZ")], "“a.exe” is neither a .txt, an .md nor a .zip file."),
        ([file("a.txt", b"x" * 20_000_000)], "These files have 20.0 MB; 8 MB is the most for one go."),
        ([file("a.zip", b"no zip")], "“a.zip” is damaged, or no zip file. Pack it again."),
        ([a_zip({"a.txt": b"0" * 1_500_000})], "“a.txt” has 1.5 MB; 1 MB is the most."),
        ([a_zip({"../../a.md": a_guide()})], "“../../a.md” is no plain file name."),
        ([a_zip({"b.zip": b"PK"})], "“b.zip” is a zip within the zip. Unpack that one first."),
        ([file("a.md", "no document")], "a.md, line 1: a document begins with front matter between two lines of “---”"),
        ([file("a.md", a_guide(title="x" * 121))], "a.md, line 4: title: is longer than 120 characters"),
        ([file("a.md", an_error()), file("b.md", an_error())], "Error 700 stands in two files: “a.md” and “b.md”."),
        ([file(f"{n}.txt", "x") for n in range(101)], "These are 102 files; 100 is the most for one go."),
        ([file("a.txt", "x\n" * 1_001)], "an article in plain text has at most 100,000 characters and 1,000 lines."),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_whole_with_a_sentence(
    empty_site: None, admin_client: Client, files: list[SimpleUploadedFile], reason: str
) -> None:
    for one in files:
        one.seek(0)

    response = look(admin_client, *files, file("good.md", a_guide("good"))) if files else look(admin_client)

    assert response.status_code == 200
    assert reason in said(response)
    assert "looked_at" not in response.context
    assert desk() == [[], [], []]


def test_hostile_names_and_texts_are_shown_as_text(empty_site: None, admin_client: Client) -> None:
    hostile = "<script>alert(1)</script>{{ secret }}"
    looked = look(
        admin_client, file("<b>.md", a_guide("one", title=hostile)), file("x.txt", f"Error 700: {hostile}\n{hostile}")
    )

    assert "<script>alert" not in looked.text
    assert "<b>.md" not in looked.text
    assert hostile in said(looked)


@pytest.mark.parametrize("token", ["", "nonsense", "e30:1abcde:xyz"])
def test_what_was_not_looked_at_is_not_written(empty_site: None, admin_client: Client, token: str) -> None:
    response = admin_client.post(ADDRESS, {"looked_at": token})

    assert "Too much time has passed. Choose the files once more." in said(response)
    assert desk() == [[], [], []]


def test_a_look_lasts_two_hours_and_for_one_person(
    empty_site: None, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = look(admin_client, file("one.md", a_guide("one")))
    other = signed_in(User.objects.create_superuser("other"))
    later = timezone.now() + timedelta(hours=3)

    by_other = write(other, looked)
    monkeypatch.setattr(signing.time, "time", later.timestamp)
    too_late = write(admin_client, looked)

    for response in (by_other, too_late):
        assert "Too much time has passed." in said(response)
    assert desk() == [[], [], []]


# Who may


@pytest.mark.parametrize("role", ["Writers", "Editors", "Administrators", "nobody"])
def test_importing_and_exporting_are_for_people_of_the_desk(empty_site: None, role: str) -> None:
    client, may = somebody(role), role != "nobody"
    publish_document(a_guide("one"))

    answers = [
        client.get(ADDRESS).status_code,
        look(client, file("one.md", a_guide("two"))).status_code,
        client.post(ADDRESS, {"looked_at": "x"}).status_code,
        client.get("/admin/kb/article/export/").status_code,
    ]

    assert answers == [200 if may else 403] * 4


@pytest.mark.parametrize("permissions", [["add_article"], ["change_article", "view_article"]])
def test_importing_needs_leave_to_add_and_to_change(permissions: list[str]) -> None:
    assert staff(*permissions).get(ADDRESS).status_code == 403


def test_strangers_are_sent_to_sign_in(client: Client) -> None:
    for address in (ADDRESS, "/admin/kb/article/export/"):
        response = client.get(address)
        assert response.headers["Location"] == f"{reverse('admin:login')}?next={address}"


def test_both_presses_need_the_token_of_the_page(admin_user: User) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(admin_user)

    assert look(careful, file("one.md", a_guide("one"))).status_code == 403
    assert careful.post(ADDRESS, {"looked_at": "x"}).status_code == 403


# Exports of the list


def export(client: Client, action: str, *articles: Article) -> Any:
    selected = [article.pk for article in articles]
    return client.post(page(Article, "changelist"), {"action": action, "_selected_action": selected})


def test_one_article_is_exported_as_a_document_and_several_as_a_zip(empty_site: None, admin_client: Client) -> None:
    one, two = (publish_document(document).article for document in (a_guide("one"), an_error("800")))
    Article.objects.filter(pk=one.pk).update(title="On the desk")

    live = export(admin_client, "export_live", one)
    drafted = export(admin_client, "export_desk", one)
    both = export(admin_client, "export_live", one, two)

    assert live.headers["Content-Disposition"] == 'attachment; filename="one.md"'
    assert live.content == dump(a_guide("one")).encode()
    assert "title: On the desk" in drafted.text
    assert both.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(both.content)) as packed:
        assert set(packed.namelist()) == {"one.md", "error-800.md"}


def test_what_was_never_published_is_left_out_with_a_word(empty_site: None, admin_client: Client) -> None:
    draft = write_document(a_guide("draft"))

    response = export(admin_client, "export_live", draft)

    assert response.status_code == 302
    assert "Left out because never published, or taken back: 1 of 1." in said(
        admin_client.get(page(Article, "changelist"))
    )


def test_the_list_leads_to_import_and_export(admin_client: Client) -> None:
    changelist = admin_client.get(page(Article, "changelist")).text

    assert f'<a href="{ADDRESS}">Import</a>' in changelist
    assert '<a href="/admin/kb/article/export/">Export everything</a>' in changelist
