"""“Did this help?” in a real browser: it alone says where a post comes from."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from kb.views.feedback import HONEYPOT
from tests.e2e.conftest import Site


@pytest.fixture(scope="module")
def browser_context_args(browser_context_args: dict[str, Any], own_site: Site) -> dict[str, Any]:
    return {**browser_context_args, "base_url": own_site.url}


@pytest.mark.parametrize("javascript", [True, False])
def test_a_reader_says_what_happened_and_is_led_back(
    new_context: Callable[..., BrowserContext], javascript: bool
) -> None:
    context = new_context(java_script_enabled=javascript)
    page = context.new_page()
    page.goto("/errors/102/")

    page.get_by_text("Tell the editors what happened").click()
    page.get_by_label("What you saw").fill("The bank’s own site was down too.")
    page.get_by_role("button", name="No", exact=True).click()

    expect(page).to_have_url("/errors/102/thanks/")
    page.get_by_role("main").get_by_role("link", name="Back to Error 102").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert context.cookies() == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("javascript", [True, False])
def test_nobody_sees_the_field_that_only_programs_fill_in(
    new_context: Callable[..., BrowserContext], javascript: bool, width: int
) -> None:
    page = new_context(java_script_enabled=javascript, viewport={"width": width, "height": 844}).new_page()
    page.goto("/errors/102/")

    page.get_by_text("Tell the editors what happened").click()

    expect(page.get_by_label("What you saw")).to_be_visible()
    expect(page.locator(f"[name={HONEYPOT}]")).to_be_hidden()
    expect(page.get_by_text("Leave this empty")).to_be_hidden()
