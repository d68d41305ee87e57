"""Redirects that an administrator adds by hand."""

import pytest
from django.test import Client

from kb.models import Article, Redirect

pytestmark = pytest.mark.django_db


def test_a_redirect_leads_readers_at_once_and_is_gone_at_once(admin_client: Client, client: Client) -> None:
    article = Article.objects.get(slug="102")
    assert client.get("/e/old-name").status_code == 404

    admin_client.post("/admin/kb/redirect/add/", {"identity": "Old-Name", "article": article.pk})

    redirect = Redirect.objects.get(identity="old-name")
    assert client.get("/e/old-name").headers["Location"] == "/errors/102/"
    admin_client.post(f"/admin/kb/redirect/{redirect.pk}/delete/", {"post": "yes"})
    assert client.get("/e/old-name").status_code == 404


def test_a_name_in_capitals_is_the_same_name(admin_client: Client) -> None:
    article = Article.objects.get(slug="102")
    form = {"identity": "old-name", "article": article.pk}
    admin_client.post("/admin/kb/redirect/add/", form)

    again = admin_client.post("/admin/kb/redirect/add/", form | {"identity": "OLD-NAME"})

    assert "already exists" in again.text
    assert Redirect.objects.filter(identity="old-name").count() == 1
