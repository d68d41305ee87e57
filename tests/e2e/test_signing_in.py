"""The second factor in a real browser: set up without a script, asked for, and nothing typed is lost on the way."""

import time
from base64 import b32decode
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django_otp.oath import TOTP
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import EDITOR, Complaints, Site


@pytest.fixture(scope="module")
def browser_context_args(browser_context_args: dict[str, Any], own_site: Site) -> dict[str, Any]:
    """All pages here are those of a site of our own, since a second factor stays."""
    return {**browser_context_args, "base_url": own_site.url}


def _give_password(page: Page, site: Site) -> None:
    page.get_by_label("Username").fill(EDITOR)
    page.get_by_label("Password").fill(site.password)
    page.keyboard.press("Enter")


def _faults_of(page: Page) -> list[str]:
    return [violation["id"] for violation in Axe().run(page).response["violations"]]


def test_phone_is_set_up_without_scripts_and_typed_text_survives_the_two_steps(
    page: Page, new_context: Callable[..., BrowserContext], own_site: Site, complaints: Complaints
) -> None:
    plain = new_context(java_script_enabled=False).new_page()
    plain.goto("/admin/")
    _give_password(plain, own_site)
    expect(plain.get_by_role("heading", name="Site administration")).to_be_visible()
    plain.goto("/admin/second-factor/set-up/")
    totp = TOTP(b32decode(plain.locator(".key").inner_text().replace(" ", "")))
    plain.get_by_label("Your password").fill(own_site.password)
    plain.get_by_label("Code that the app shows").fill(f"{totp.token():06}")
    plain.keyboard.press("Enter")
    expect(plain.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    codes = plain.locator(".codes li").all_inner_texts()
    assert len(codes) == 10

    page.goto("/admin/")
    _give_password(page, own_site)
    expect(page.get_by_label("Code")).to_be_focused()
    assert _faults_of(page) == []
    totp.time = time.time() + 30  # the code after the one that was used
    page.get_by_label("Code").fill(f"{totp.token():06}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Site administration")).to_be_visible()

    page.goto("/admin/kb/article/")
    page.get_by_role("link", name="103", exact=True).click()
    page.locator("#id_title").fill("A title typed too late")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save and continue editing").first.click()
    _give_password(page, own_site)
    page.get_by_label("Code").fill(codes[0])
    page.keyboard.press("Enter")

    page.get_by_role("button", name="Put it back").click()
    expect(page.locator("#id_title")).to_have_value("A title typed too late")
    assert complaints.heard == []
