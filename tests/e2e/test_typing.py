"""What is typed at the desk is not lost: to another editor, to a session that ended, to a crash or to a wrong click."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import BrowserContext, Dialog, Page, Route, expect

from tests.e2e.conftest import EDITOR, Complaints, Site

WORDS = "The sign-in page of a bank"
SAVE = "Save and continue editing"


@pytest.fixture(scope="module")
def browser_context_args(browser_context_args: dict[str, Any], own_site: Site) -> dict[str, Any]:
    """All pages here are those of a site of our own, since what is saved stays."""
    return {**browser_context_args, "base_url": own_site.url}


@pytest.fixture
def desk(page: Page, own_site: Site) -> Page:
    """A page of somebody who has just signed in."""
    page.goto("/admin/")
    _sign_in(page, own_site)
    return page


@pytest.fixture
def colleague(new_context: Callable[..., BrowserContext], own_site: Site) -> Page:
    """A page in another browser, signed in too."""
    page = new_context().new_page()
    page.goto("/admin/")
    _sign_in(page, own_site)
    return page


def _sign_in(page: Page, site: Site) -> None:
    page.get_by_label("Username").fill(EDITOR)
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("link", name="Log out").or_(page.get_by_role("button", name="Log out"))).to_be_visible()


def _open(page: Page, code: str) -> None:
    page.goto("/admin/kb/article/")
    page.get_by_role("link", name=code, exact=True).click()
    expect(page.get_by_role("heading", name="Change article")).to_be_visible()
    page.wait_for_load_state()  # scripts that keep what is typed run before that


def _save(page: Page) -> None:
    page.get_by_role("button", name=SAVE).first.click()


def _title(page: Page) -> Any:
    return page.locator("#id_title")


def _add_cause(page: Page, title: str) -> None:
    group = page.locator("#causes-group")
    group.locator("summary").first.click()
    group.get_by_role("button", name="Add another Cause").click()
    row = group.locator(".inline-related:not(.empty-form)").last
    row.locator("input[name$=-key]").fill("added")
    row.locator("input[name$=-title]").fill(title)
    row.locator("input[name$=-percent]").fill("1")
    row.locator("input[name$=-position]").fill("9")


def _sign_out(page: Page) -> None:
    """What a session that ends looks like to the browser: from now on nobody is signed in."""
    page.context.clear_cookies(name="sessionid")


def _kept(page: Page) -> list[str]:
    kept: list[str] = page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('typed '))")
    return kept


def _wait_until_kept(page: Page) -> None:
    for _ in range(100):
        if _kept(page):
            return
        page.wait_for_timeout(50)
    pytest.fail("what was typed is not kept")


def _faults_of(page: Page, where: str) -> list[str]:
    found = Axe().run(page, context={"include": [[where]]})
    return [violation["id"] for violation in found.response["violations"]]


# Two editors


def test_second_editor_sees_both_versions_and_decides(desk: Page, colleague: Page, complaints: Complaints) -> None:
    _open(desk, "101")
    _open(colleague, "101")
    _title(colleague).fill("A title by a colleague")
    _save(colleague)
    expect(colleague.get_by_text("was changed successfully")).to_be_visible()
    _title(desk).fill("A title of mine")
    _add_cause(desk, "A cause of mine")

    _save(desk)

    conflict = desk.get_by_role("region", name="Not saved yet: there is another version")
    expect(conflict).to_contain_text("You, in another window, saved this page on")
    expect(conflict.locator("del", has_text="colleague")).to_be_visible()
    expect(conflict.locator("ins", has_text="mine").first).to_be_visible()
    expect(conflict).to_contain_text("Cause: A cause of mine")
    assert _faults_of(desk, ".conflict") == []
    expect(_title(desk)).to_have_value("A title of mine")
    assert (
        desk.locator("#causes-group input[name$=-title]")
        .evaluate_all("fields => fields.map(field => field.value)")
        .count("A cause of mine")
        == 1
    )

    conflict.get_by_label("Save mine over theirs").check()
    _save(desk)

    expect(desk.get_by_text("was changed successfully")).to_be_visible()
    expect(_title(desk)).to_have_value("A title of mine")
    assert complaints.heard == []


# What was typed


def test_editor_whose_session_ended_finds_everything_after_signing_in(desk: Page, own_site: Site) -> None:
    _open(desk, "103")
    _title(desk).fill("A title typed too late")
    _add_cause(desk, "A cause typed too late")
    desk.locator("#sections-group summary").first.click()
    desk.locator("#id_sections-0-body").fill("Prose typed too late.")
    _sign_out(desk)

    _save(desk)
    expect(desk.get_by_label("Username")).to_be_visible()
    _sign_in(desk, own_site)

    offer = desk.locator("[data-typed-offer]")
    expect(offer).to_be_visible()
    expect(_title(desk)).not_to_have_value("A title typed too late")
    assert _faults_of(desk, ".typed") == []
    offer.get_by_role("button", name="Put it back").click()

    expect(_title(desk)).to_have_value("A title typed too late")
    expect(desk.locator("#id_sections-0-body")).to_be_visible()
    expect(desk.locator("#id_sections-0-body")).to_have_value("Prose typed too late.")
    expect(desk.locator("#causes-group .inline-related:not(.empty-form) input[name$=-title]").last).to_have_value(
        "A cause typed too late"
    )
    _save(desk)
    expect(desk.get_by_text("was changed successfully")).to_be_visible()
    expect(_title(desk)).to_have_value("A title typed too late")
    expect(desk.locator("[data-typed-offer]")).to_be_hidden()
    desk.reload()
    expect(desk.locator("[data-typed-offer]")).to_be_hidden()


def test_what_was_typed_survives_a_crash_and_can_be_discarded(desk: Page) -> None:
    _open(desk, "105")
    address = desk.url
    _title(desk).fill("A title before the crash")
    _wait_until_kept(desk)
    desk.close()  # at once, as when the browser is gone

    again = desk.context.new_page()
    again.goto(address)
    offer = again.locator("[data-typed-offer]")
    expect(offer).to_be_visible()
    offer.get_by_role("button", name="Discard it").click()
    expect(offer).to_be_hidden()
    again.reload()

    expect(_title(again)).not_to_have_value("A title before the crash")
    expect(again.locator("[data-typed-offer]")).to_be_hidden()
    assert _kept(again) == []


def test_what_is_typed_before_the_scripts_have_come_is_kept(desk: Page) -> None:
    _open(desk, "185")
    held: list[Route] = []
    desk.route("**/desk-typed*.js", lambda route: held.append(route))
    desk.reload(wait_until="commit")
    _title(desk).fill("A title by a fast typist")
    while not held:
        desk.wait_for_timeout(50)

    held[0].continue_()

    _wait_until_kept(desk)
    assert "A title by a fast typist" in desk.evaluate("JSON.stringify(localStorage)")
    expect(desk.locator("[data-typed-offer]")).to_be_hidden()


def test_what_was_put_back_does_not_overwrite_what_others_saved(desk: Page, colleague: Page) -> None:
    _open(desk, "350")
    address = desk.url
    _title(desk).fill("A title before the crash")
    _wait_until_kept(desk)
    desk.close()
    _open(colleague, "350")
    _title(colleague).fill("A title by a colleague")
    _save(colleague)
    expect(colleague.get_by_text("was changed successfully")).to_be_visible()

    again = desk.context.new_page()
    again.goto(address)
    again.get_by_role("button", name="Put it back").click()
    _save(again)

    expect(again.get_by_role("heading", name="Not saved yet: there is another version")).to_be_visible()
    expect(_title(again)).to_have_value("A title before the crash")


def test_text_that_was_saved_is_not_offered_later(desk: Page) -> None:
    _open(desk, "108")
    address = desk.url
    _title(desk).fill("A title that is saved")
    _wait_until_kept(desk)

    desk.get_by_role("button", name="Save", exact=True).first.click()
    expect(desk.get_by_text("was changed successfully")).to_be_visible()

    assert _kept(desk) == []
    desk.goto(address)
    expect(desk.locator("[data-typed-offer]")).to_be_hidden()


def test_passwords_are_never_kept(desk: Page) -> None:
    desk.goto("/admin/password_change/")

    desk.get_by_label("Old password").fill("a secret of mine")
    desk.wait_for_timeout(600)  # longer than typed text waits to be kept

    assert desk.evaluate("JSON.stringify(localStorage)").count("secret") == 0


def test_sign_in_meanwhile_is_answered_with_a_way_back(desk: Page) -> None:
    _open(desk, "185")
    _title(desk).fill("A title under an old sign-in")
    _wait_until_kept(desk)
    desk.context.clear_cookies(name="csrftoken")
    desk.context.add_cookies([{"name": "csrftoken", "value": "x" * 32, "url": desk.url}])

    _save(desk)
    expect(desk.get_by_role("heading", name="Nothing was saved")).to_be_visible()
    desk.get_by_role("link", name="Open it again").click()

    desk.get_by_role("button", name="Put it back").click()
    expect(_title(desk)).to_have_value("A title under an old sign-in")


# Leaving


@pytest.fixture
def asked(desk: Page) -> Iterator[list[str]]:
    """The questions that the browser asks; each is answered with staying."""
    questions: list[str] = []

    def stay(dialog: Dialog) -> None:
        questions.append(dialog.type)
        dialog.dismiss()

    desk.on("dialog", stay)
    yield questions
    desk.remove_listener("dialog", stay)


def test_leaving_asks_only_while_something_is_changed_and_not_saved(desk: Page, asked: list[str]) -> None:
    _open(desk, "102")
    before = _title(desk).input_value()
    home = desk.get_by_role("link", name="Home", exact=True)

    _title(desk).click()
    home.click()
    expect(desk.get_by_role("heading", name="Site administration")).to_be_visible()
    assert asked == []

    _open(desk, "102")
    _title(desk).fill("A title that is changed")
    home.click(no_wait_after=True)
    expect(_title(desk)).to_have_value("A title that is changed")
    assert asked == ["beforeunload"]

    _title(desk).fill(before)
    home.click()
    expect(desk.get_by_role("heading", name="Site administration")).to_be_visible()
    assert asked == ["beforeunload"]

    _open(desk, "102")
    _title(desk).fill("A title that is saved")
    _save(desk)
    expect(desk.get_by_text("was changed successfully")).to_be_visible()
    home.click()
    expect(desk.get_by_role("heading", name="Site administration")).to_be_visible()
    assert asked == ["beforeunload"]


def test_leaving_asks_on_a_page_that_came_back_with_faults(desk: Page, asked: list[str]) -> None:
    _open(desk, "102")
    desk.get_by_label("Reviewed on").fill("soon")
    _save(desk)
    expect(desk.get_by_text("Please correct the error below.")).to_be_visible()

    desk.get_by_role("link", name="Home", exact=True).click(no_wait_after=True)

    expect(desk.get_by_label("Reviewed on")).to_have_value("soon")
    assert asked == ["beforeunload"]


# The editor for prose


def _first_section(page: Page, code: str) -> Page:
    _open(page, code)
    page.locator("#sections-group summary").first.click()
    return page


def test_preview_follows_and_a_session_that_ended_is_said_in_a_sentence(desk: Page) -> None:
    _first_section(desk, "102")
    box = desk.locator("#sections-0 .markdownx")
    text, preview = box.locator("textarea"), box.locator(".markdownx-preview")

    text.fill("Press ++Update++ **once**.")
    expect(preview).to_contain_text("Press Update once.")
    expect(preview.locator("kbd", has_text="Update")).to_be_visible()
    _sign_out(desk)
    text.fill("Typed without a session.")

    expect(box.get_by_role("status")).to_contain_text("You are signed out. Save, and sign in again")
    expect(preview).to_contain_text("Press Update once.")
    assert "<!doctype" not in preview.inner_html().lower()
    expect(text).to_have_value("Typed without a session.")


def test_row_that_is_added_has_a_preview_of_its_own(desk: Page) -> None:
    _first_section(desk, "102")
    group = desk.locator("#sections-group")

    group.get_by_role("button", name="Add another Section").click()
    box = group.locator(".inline-related:not(.empty-form) .markdownx").last
    box.locator("textarea").fill("See [[103]].")

    expect(box.locator(".markdownx-preview a")).to_be_visible()
    expect(box.locator(".picture-box")).to_have_count(1)


def _file(kind: str = "PNG", size: tuple[int, int] = (1_200, 600), name: str = "page.png") -> Any:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return {"name": name, "mimeType": f"image/{kind.lower()}", "buffer": out.getvalue()}


def test_picture_is_uploaded_described_previewed_and_published(
    desk: Page, new_context: Callable[..., BrowserContext], complaints: Complaints
) -> None:
    _first_section(desk, "102")
    box = desk.locator("#sections-0 .markdownx")
    box.locator("textarea").fill("Look at the page:")
    box.get_by_text("Add a picture").click()
    box.get_by_label("Picture", exact=True).set_input_files(_file())
    box.get_by_role("button", name="Upload and insert").click()
    expect(box.get_by_text("Choose a picture and say what it shows")).to_be_visible()
    assert _faults_of(desk, "#sections-0 .markdownx") == []

    box.get_by_label("What it shows, for people who don’t see it").fill(WORDS)
    box.get_by_label("What it shows, for people who don’t see it").press("Enter")

    expect(box.locator(".markdownx-preview").get_by_role("img", name=WORDS)).to_be_visible()
    assert box.locator("textarea").input_value().startswith(f"Look at the page:\n\n![{WORDS}](/media/pictures/")
    desk.get_by_role("button", name="Save and publish").first.click()
    expect(desk.get_by_text("Readers see it now.")).to_be_visible()
    assert complaints.heard == []

    for width, natural in ((1_280, 1_200), (390, 800)):
        context = new_context(viewport={"width": width, "height": 900}, device_scale_factor=2)
        reader = context.new_page()
        reader.goto("/errors/102/")
        picture = reader.get_by_role("img", name=WORDS)
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.currentSrc.match(/-(\\d+)x/)[1]") == str(natural)
        box_of_picture = picture.bounding_box()
        assert box_of_picture
        assert box_of_picture["width"] <= width
        assert abs(box_of_picture["width"] / box_of_picture["height"] - 2) < 0.05
        assert reader.evaluate("document.documentElement.scrollWidth") <= width


def test_refused_upload_says_why(desk: Page) -> None:
    _first_section(desk, "103")
    box = desk.locator("#sections-0 .markdownx")
    before = box.locator("textarea").input_value()
    box.get_by_text("Add a picture").click()
    box.get_by_label("What it shows, for people who don’t see it").fill(WORDS)

    for file, reason in (
        ({"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"}, "This can’t be read as a picture."),
        ({"name": "a.png", "mimeType": "image/png", "buffer": bytes(20_000_000)}, "The picture has 19.1 MB; 4 MB is"),
    ):
        box.get_by_label("Picture", exact=True).set_input_files(file)
        box.get_by_role("button", name="Upload and insert").click()
        expect(box.locator(".picture-box").get_by_role("status")).to_contain_text(reason)

    assert box.locator("textarea").input_value() == before


@pytest.mark.parametrize(("kind", "carrier"), [("paste", "clipboardData"), ("drop", "dataTransfer")])
def test_picture_that_is_pasted_or_dropped_is_asked_about_first(desk: Page, kind: str, carrier: str) -> None:
    _first_section(desk, "103")
    box = desk.locator("#sections-0 .markdownx")
    content = list(_file()["buffer"])

    box.locator("textarea").evaluate(
        """(text, [kind, carrier, content]) => {
            const carried = new DataTransfer();
            carried.items.add(new File([new Uint8Array(content)], "shot.png", { type: "image/png" }));
            const happening = kind === "paste" ? ClipboardEvent : DragEvent;
            text.dispatchEvent(new happening(kind, { [carrier]: carried, bubbles: true, cancelable: true }));
        }""",
        [kind, carrier, content],
    )
    words = box.get_by_label("What it shows, for people who don’t see it")
    expect(words).to_be_focused()
    words.fill(WORDS)
    box.get_by_role("button", name="Upload and insert").click()

    expect(box.locator(".markdownx-preview").get_by_role("img", name=WORDS).first).to_be_visible()
