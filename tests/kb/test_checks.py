from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from kb.models import Revision


@pytest.mark.django_db
def test_the_published_flows_pass_the_check() -> None:
    out = StringIO()

    call_command("check", databases=["default"], stdout=out, stderr=out)

    assert "no issues" in out.getvalue()


@pytest.mark.django_db
def test_a_published_flow_that_is_unsound_by_now_is_named() -> None:
    revision = Revision.objects.get(article__slug="102")
    damaged = revision.text.replace("to: notice", "to: nowhere")
    Revision.objects.filter(pk=revision.pk).update(text=damaged)

    with pytest.raises(SystemCheckError) as refused:
        call_command("check", databases=["default"])

    assert "102: flow.nodes[0].options[0]" in str(refused.value)
    assert "leads to “nowhere”, which does not exist" in str(refused.value)
