"""Every page of the desk that is ours: nothing for axe, nothing for the console, both in light and dark."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import EDITOR, Complaints, Site
from tests.e2e.test_every_page import WIDTHS, faults_in_light_and_dark

PAGES = {
    "list": "/admin/kb/article/",
    "to do": "/admin/kb/article/todo/",
    "import": "/admin/kb/article/import/",
    "article": "/admin/kb/article/2/change/?check=1",
    "new article": "/admin/kb/article/add/",
    "what changed": "/admin/kb/article/2/compare/",
    "history": "/admin/kb/article/2/history/",
    "revert": "/admin/kb/article/2/revert/1/",
    "unpublish": "/admin/kb/article/2/unpublish/",
    "second factor": "/admin/second-factor/",
    "set up a second factor": "/admin/second-factor/set-up/",
    "audit log": "/admin/kb/auditentry/",
    "people": "/admin/auth/user/",
    "remove a second factor": "/admin/auth/user/1/second-factor/",
    "walks": "/admin/triage/walkcount/article/2/",
}


@pytest.fixture(scope="module")
def browser_context_args(browser_context_args: dict[str, Any], own_site: Site) -> dict[str, Any]:
    return {**browser_context_args, "base_url": own_site.url}


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_and_the_console_find_nothing(page: Page, own_site: Site, complaints: Complaints, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/admin/")
    page.get_by_label("Username").fill(EDITOR)
    page.get_by_label("Password").fill(own_site.password)
    page.get_by_role("button", name="Log in").click()

    found = {}
    for name, address in PAGES.items():
        page.goto(address)
        found[name] = faults_in_light_and_dark(page)

    assert {name: faults for name, faults in found.items() if faults} == {}
    assert complaints.heard == []
