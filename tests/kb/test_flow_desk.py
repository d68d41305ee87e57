"""The page on which a flow is drawn."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given, settings

from kb import models
from kb.admin.flowdesk.draft import Draft
from kb.admin.flowdesk.kinds import FORMS
from kb.desk import read_flow, write_document, write_flow
from kb.document import Kind, Step
from kb.figures import Duration
from kb.flow import Answer, Flow, Jump, Option, Outcome, Question, Repair
from kb.flowoutline import dump, parse
from kb.models import Article
from kb.signs import Observation
from tests.factories import FIVE_MINUTES, a_flow, a_guide, an_error, an_outcome, publish_document
from tests.strategies import draft_flows

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]

type Response = Any
"""What a test client gets: a response that also knows its context."""

CHANGERS = ("view_flow", "change_flow", "change_node")
NOT_SAVED = "Not saved yet"


@pytest.fixture
def article(empty_site: None) -> Article:
    """An error whose flow is published as `a_flow`."""
    publish_document(an_error("900"))
    return Article.objects.select_related("flow").get(slug="900")


def with_flow(flow: Flow, code: str = "901") -> Article:
    write_document(an_error(code, flow=flow))
    return Article.objects.select_related("flow").get(slug=code.lower())


def address(article: Article, page: str = "change") -> str:
    return reverse(f"admin:kb_flow_{page}", args=[article.flow.pk])


def at(article: Article, node: str, page: str = "change") -> str:
    return f"{address(article, page)}?node={node}"


def staff(*permissions: str) -> Client:
    user = User.objects.create_user(f"staff-{User.objects.count()}", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def filled_in(context: Any) -> dict[str, Any]:
    """What a browser would send back if somebody saved this stop without changing anything."""
    form = context["form"]
    forms = [form, *([form.answers.management_form, *form.answers.forms] if form.answers else [])]
    values = {field.html_name: field.value() for one in forms for field in one}
    values |= {"seen": context["seen"], "node": form.was, "kind": form.instance.kind}
    return {name: value if isinstance(value, list | tuple) else str(value) for name, value in values.items() if value}


def press(client: Client, button: str, article: Article, node: str, **changes: Any) -> Response:
    """Open a stop, type into these fields, press a button, and follow to the page that comes next."""
    typed = filled_in(client.get(at(article, node)).context)
    typed |= {name.replace("__", "-"): value for name, value in changes.items()}
    return client.post(at(article, node), {**typed, button: "1"}, follow=True)


def save(client: Client, article: Article, node: str, **changes: Any) -> Response:
    return press(client, "_save", article, node, **changes)


def flow_of(article: Article) -> Flow:
    flow = read_flow(article)
    assert flow is not None
    return flow


def words_of(response: Response) -> str:
    return response.content.decode()


def messages_of(response: Response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def found_by_check(response: Response) -> dict[str, str]:
    """The errors that the page lists, with the stop that each leads to."""
    return {fault.problem.message: fault.key for fault in response.context["draft"].errors}


def both_sides(response: Response) -> tuple[str, str]:
    """What a refused save shows: the words as stored, and those that were typed."""
    rows = [row for difference in response.context["conflict"].differences for row in difference.rows]
    left, right = ([piece.text for row in rows for piece in getattr(row, side) or ()] for side in ("left", "right"))
    return " ".join(left), " ".join(right)


def clipped(flow: Flow) -> Flow:
    """A flow for whose texts the desk has room."""
    nodes = []
    for node in flow.nodes:
        if isinstance(node, Question):
            options = tuple(replace(option, label=option.label[:80]) for option in node.options)
            node = replace(node, options=options)
        nodes.append(replace(node, step=node.step[:40]) if isinstance(node, Repair) else node)
    return replace(flow, nodes=tuple(nodes))


# What the page shows


def test_each_stop_of_the_map_leads_to_its_form(admin_client: Client, article: Article) -> None:
    response = admin_client.get(address(article))

    drawn = {row.box.key: row.href for row in response.context["drawing"].rows}
    assert drawn.keys() == a_flow().by_key.keys()
    for key, href in drawn.items():
        assert href == f"{at(article, key)}#stop"
        assert f'href="{href}"' in words_of(response)
        assert admin_client.get(href).context["here"] == key


def test_page_opens_at_the_start(admin_client: Client, article: Article) -> None:
    response = admin_client.get(address(article))

    assert response.context["here"] == "site"
    assert words_of(response).count('aria-current="step"') == 1
    assert 'data-state="ahead"' not in words_of(response)


OWN_FIELDS = {
    "site": {"text", "help", "why", "where", "guards", "observes"},
    "try": {"step", *(f"{way}{part}" for way in ("fixed", "not_fixed", "could_not") for part in ("", "_words"))},
    "wait": {
        "text", "disposition", "lead", "do_now", "hard_stop", "steps", "if_it_fails", "who", "who_text", "time",
        "time_source", "time_text", "data_risk", "data_risk_text", "causes", "error", "costs",
    },
    "on": {"text", "to"},
}  # fmt: skip


@pytest.mark.parametrize("node", OWN_FIELDS)
def test_form_shows_the_fields_of_its_kind_only(admin_client: Client, node: str) -> None:
    article = with_flow(replace(a_flow(), nodes=(*a_flow().nodes, Jump("on", "777", "Go on"))))

    form = admin_client.get(at(article, node)).context["form"]

    assert form.fields.keys() == OWN_FIELDS[node] | {"short", "key", "after", "starts"}


def test_stops_and_rows_of_the_article_are_chosen_by_title(admin_client: Client, article: Article) -> None:
    question = words_of(admin_client.get(at(article, "site")))
    outcome = words_of(admin_client.get(at(article, "ask")))

    assert '<option value="try" selected>Ask once</option>' in question
    assert '<option value="+question">New question…</option>' in question
    assert '<option value="+step:update">New: try “Ask once”</option>' in question
    for words in ("Ask once", "An outage (100 %)", "A check ($60–$120)", "Intuit: A page", "Editorial estimate"):
        assert words in outcome


def test_stops_that_read_the_same_are_told_apart_by_their_keys(admin_client: Client) -> None:
    article = with_flow(replace(a_flow(), nodes=(*a_flow().nodes, an_outcome("late", text="Finding wait"))))

    page = words_of(admin_client.get(at(article, "site")))

    assert "Finding wait (wait)" in page
    assert "Finding wait (late)" in page


@pytest.mark.parametrize("slug", ["101", "102", "103", "105", "108", "185", "350", "manual-import", "which-error"])
def test_saving_any_stop_unchanged_changes_nothing(slug: str) -> None:
    draft = Draft.of(Article.objects.select_related("flow").get(slug=slug))

    for row in models.Node.objects.filter(flow__article__slug=slug):
        shown = FORMS[row.kind](draft, row)
        form = FORMS[row.kind](draft, row, filled_in({"form": shown, "seen": draft.digest}))
        assert form.is_valid(), (row.key, form.errors, form.answers and form.answers.errors)
        assert form.flow() == draft.flow


@settings(max_examples=10)
@given(draft_flows())
def test_every_half_finished_flow_has_its_pages(flow: Flow) -> None:
    admin, _ = User.objects.get_or_create(username="admin", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(admin)
    article = with_flow(a_flow())
    write_flow(article, clipped(flow))

    assert client.get(address(article, "outline")).status_code == 200
    response = client.get(address(article))
    assert response.status_code == 200
    assert len(response.context["stops"]) == len(flow.nodes)


def test_stops_that_no_path_leads_to_are_drawn_below_the_path(admin_client: Client) -> None:
    article = with_flow(replace(a_flow(), nodes=(*a_flow().nodes, an_outcome("lost"))))

    response = admin_client.get(address(article))

    assert response.context["drawing"].rows[-1].box.key == "lost"
    assert "No path leads here" in words_of(response)


def test_outcome_that_lacks_its_kind_is_drawn(admin_client: Client, article: Article) -> None:
    models.Node.objects.filter(key="wait").update(disposition="", who="", data_risk="")

    response = admin_client.get(at(article, "wait"))

    assert response.status_code == 200
    assert "The outcome “Finding wait” does not say how it ends" in words_of(response)


def test_flow_without_stops_begins_with_one(admin_client: Client) -> None:
    article = with_flow(Flow("gone"))

    assert "This flow has no stops yet" in words_of(admin_client.get(address(article)))
    admin_client.post(address(article), {"_add": "1", "kind": "question", "words": "Is it on?"})

    assert [node.key for node in flow_of(article).nodes] == ["is-it-on"]


def test_unknown_stop_in_the_address_is_said_and_the_page_opens_at_the_start(
    admin_client: Client, article: Article
) -> None:
    response = admin_client.get(at(article, "nowhere"))

    assert "There is no stop “nowhere” in this flow." in messages_of(response)
    assert response.context["here"] == "site"


def test_words_of_editors_are_shown_as_words(admin_client: Client) -> None:
    nasty = "<script>alert(1)</script>"
    article = with_flow(Flow("q", (Question("q", nasty, (Option("yes", nasty, "q", nasty),), help=nasty),)))

    for page in ("change", "outline"):
        assert nasty not in words_of(admin_client.get(address(article, page)))
    assert nasty not in words_of(admin_client.get(at(article, "q", "take_out")))


# Saving a stop


def test_what_is_typed_is_saved(admin_client: Client, article: Article) -> None:
    response = save(admin_client, article, "site", text="Is it up?", why="Since.", answers__1__label="No, it is down")

    question = flow_of(article).by_key["site"]
    assert (question.text, question.why) == ("Is it up?", "Since.")
    assert question.options[1] == Option("no", "No, it is down", "wait")
    assert response.redirect_chain == [(f"{at(article, 'site')}#stop", 302)]
    assert "Saved." in messages_of(response)
    entry = LogEntry.objects.get()
    assert entry.change_message == "Changed the stop “Is it up?” of the flow."


def test_every_part_of_an_outcome_is_saved(admin_client: Client) -> None:
    article = with_flow(Flow("o", (an_outcome("o", causes=(), if_it_fails="", time=None),)))

    save(
        admin_client, article, "o", text="Done", short="Done", disposition="call_bank", who="expert", who_text="You.",
        lead="So.", do_now="Call.", hard_stop="Stop.", if_it_fails="Again.", time="1-2 h", time_source="intuit",
        time_text="About.", data_risk="high", data_risk_text="Some.", steps=["update"], causes=["outage"],
        costs=["check"], error="900",
    )  # fmt: skip

    assert dump(flow_of(article)) == (
        "outcome o: Done\n\nabout o\n  disposition: call_bank\n  who: expert\n  do now: Call.\n  data risk: high\n"
        "  data risk text: Some.\n  time: 1-2 h\n  time source: intuit\n  time text: About.\n  who text: You.\n"
        "  short: Done\n  lead: So.\n  costs: check\n  steps: update\n  causes: outage\n  error: 900\n"
        "  hard stop: Stop.\n  if it fails: Again.\n"
    )


def test_question_says_what_its_answers_report_of_those_that_the_chooser_lists(
    admin_client: Client, article: Article
) -> None:
    smoke = Observation("smoke", "Is there smoke?", "Smoke")
    end = Flow("end", (an_outcome("end", causes=()),))
    publish_document(a_guide("which", kind=Kind.CHOOSER, sections=(), flow=end, observations=(smoke,)))

    save(admin_client, article, "site", observes="smoke")

    assert ("smoke", "Is there smoke?") in admin_client.get(at(article, "site")).context["form"].fields[
        "observes"
    ].choices
    assert flow_of(article).by_key["site"] == replace(a_flow().by_key["site"], observes="smoke")


def test_answers_are_added_moved_and_taken_away(admin_client: Client, article: Article) -> None:
    save(
        admin_client,
        article,
        "site",
        answers__0__DELETE="on",
        answers__1__ORDER="9",
        answers__3__label="It hangs",
        answers__3__to="ask",
        answers__3__ORDER="1",
    )

    assert flow_of(article).by_key["site"].options == (
        Option("it-hangs", "It hangs", "ask"),
        Option("not-sure", "I’m not sure", "wait"),
        Option("no", "No", "wait"),
    )


def test_new_stops_begin_in_the_save_that_leads_to_them(admin_client: Client, article: Article) -> None:
    response = save(
        admin_client,
        article,
        "site",
        answers__0__to="+question",
        answers__0__to_words="Is it maintenance?",
        answers__1__to="+outcome",
        answers__1__to_words="The bank is down",
        answers__2__to="+step:update",
    )

    flow = flow_of(article)
    assert [option.to for option in flow.by_key["site"].options] == [
        "is-it-maintenance",
        "the-bank-is-down",
        "try-update",
    ]
    assert flow.by_key["is-it-maintenance"].text == "Is it maintenance?"
    assert flow.by_key["try-update"] == Repair("try-update", "update", "", "", "")
    assert [*flow.by_key][:4] == ["site", "is-it-maintenance", "the-bank-is-down", "try-update"]
    assert f'href="{at(article, "the-bank-is-down")}#stop"' in messages_of(response)


def test_new_stop_without_words_is_named_by_the_check(admin_client: Client, article: Article) -> None:
    response = save(admin_client, article, "try", could_not="+jump")

    assert flow_of(article).by_key["try"] == Repair("try", "update", "done", "wait", "jump")
    assert found_by_check(response)["the node “jump” has no text"] == "jump"


def test_stop_is_put_elsewhere_in_the_list(admin_client: Client, article: Article) -> None:
    save(admin_client, article, "done", after="site")

    assert [*flow_of(article).by_key] == ["site", "done", "try", "wait", "ask"]


def test_flow_can_start_elsewhere(admin_client: Client, article: Article) -> None:
    save(admin_client, article, "try", starts="on")

    assert flow_of(article).start == "try"


def test_choices_that_are_gone_from_the_article_stay_until_somebody_changes_them(admin_client: Client) -> None:
    outcome = an_outcome("o", causes=("gone", "outage"), steps=("lost",), time_source="old", error="324")
    flow = Flow(
        "q",
        (
            Question("q", "Is it?", (Option("yes", "Yes", "nowhere"), Option("no", "No", "s")), guards="lost"),
            Repair("s", "lost", "o", "gone", ""),
            outcome,
        ),
    )
    article = with_flow(flow)

    for node in flow.by_key:
        save(admin_client, article, node, short="Short")

    assert flow_of(article) == replace(flow, nodes=tuple(replace(node, short="Short") for node in flow.nodes))
    save(admin_client, article, "o", causes=["outage"])
    assert flow_of(article).by_key["o"].causes == ("outage",)


@pytest.mark.parametrize(
    ("node", "changes", "sentence"),
    [
        ("site", {"key": "wait"}, "“wait” is the name of “Finding wait” already; choose another one."),
        ("site", {"key": "map"}, "“map” means something else in addresses; choose another name."),
        ("site", {"key": "Big Words"}, "Use small letters, figures and hyphens, such as bank-down."),
        ("site", {"answers__1__key": "yes"}, "“yes” is the name of another answer here; choose another one."),
        ("site", {"answers__1__label": ""}, "This field is required."),
        ("site", {"answers__1__to": "two words"}, "is not one of the available choices."),
        ("wait", {"time": "soon"}, "write a time such as"),
        ("wait", {"causes": ["<b>"]}, "is not one of the available choices."),
        ("wait", {"text": "Fin\x07ding"}, "This holds a control character (U+0007): remove it."),
        ("site", {"text": "x" * 201}, "Ensure this value has at most 200 characters"),
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_kept(
    admin_client: Client, article: Article, node: str, changes: dict[str, Any], sentence: str
) -> None:
    response = save(admin_client, article, node, short="Kept", **changes)

    assert sentence in words_of(response)
    assert NOT_SAVED in words_of(response)
    assert response.context["form"]["short"].value() == "Kept"
    assert flow_of(article) == a_flow()


@pytest.mark.parametrize(
    "data", [{}, {"_save": "1"}, {"_save": "1", "answers-TOTAL_FORMS": "x"}, {"kind": "\x00", "node": "\x00"}]
)
def test_post_without_its_fields_is_refused(admin_client: Client, article: Article, data: dict[str, str]) -> None:
    response = admin_client.post(at(article, "site"), data)

    assert response.status_code == 200
    assert flow_of(article) == a_flow()


# Names


def test_renaming_a_stop_leads_everything_to_the_new_name(admin_client: Client, article: Article) -> None:
    response = save(admin_client, article, "wait", key="bank-down")

    flow = flow_of(article)
    assert "wait" not in flow.by_key
    assert [option.to for option in flow.by_key["site"].options] == ["try", "bank-down", "bank-down"]
    assert flow.by_key["try"].not_fixed == "bank-down"
    assert response.redirect_chain == [(f"{at(article, 'bank-down')}#stop", 302)]
    assert found_by_check(response) == {}


def test_renaming_the_first_stop_moves_the_start(admin_client: Client, article: Article) -> None:
    save(admin_client, article, "site", key="page")

    assert flow_of(article).start == "page"


def test_renaming_what_was_published_warns_before_and_after(admin_client: Client, article: Article) -> None:
    before = words_of(admin_client.get(at(article, "wait")))

    response = save(admin_client, article, "wait", key="bank-down")

    assert "Published: links and codes that readers have kept rest on it." in before
    assert "“wait” was published: links and codes that readers have kept break off here" in messages_of(response)


def test_renaming_what_was_never_published_does_not_warn(admin_client: Client) -> None:
    article = with_flow(a_flow())

    response = save(admin_client, article, "wait", key="bank-down")

    assert "was published" not in messages_of(response)


def test_jumps_of_other_articles_follow_new_names_of_stops_and_answers(admin_client: Client, article: Article) -> None:
    jump = Jump("on", "900", "Go on", answers=(Answer("site", "yes"), Answer("try", "fixed")))
    other = with_flow(Flow("on", (jump,)), code="OL-1")

    response = save(admin_client, article, "site", key="page", answers__0__key="opens")

    assert flow_of(other).by_key["on"].answers == (Answer("page", "opens"), Answer("try", "fixed"))
    assert f"Renamed in the jumps of {other} too" in messages_of(response)


def test_key_that_was_published_for_something_else_is_named_at_its_stop(admin_client: Client, article: Article) -> None:
    save(admin_client, article, "done", key="gone")

    response = save(admin_client, article, "ask", key="done")

    (fault,) = response.context["faults_here"]
    assert fault.problem.message.startswith("the key “done” was published for “Finding done”")


# The check


def test_faults_are_named_at_their_stop_and_in_the_list_of_all(admin_client: Client, article: Article) -> None:
    response = save(admin_client, article, "try", not_fixed="", could_not="wait")

    here = [fault.problem.message for fault in response.context["faults_here"]]
    assert here == ["the answer “No, same error” to “Ask once” leads nowhere"]
    assert found_by_check(response) == {here[0]: "try", "no path leads to “Finding ask”": "ask"}
    page = words_of(response)
    assert "2 to mend before this can be published" in page
    assert f'<a href="{at(article, "ask")}#stop">No path leads to “Finding ask”</a>' in page
    assert "Repair step 1, 1 to mend" in [
        line.text for row in response.context["drawing"].rows for line in row.box.note
    ]


def test_warnings_stand_apart_from_errors(admin_client: Client) -> None:
    options = tuple(Option(f"a{number}", f"Answer {number}", "wait" if number else "done") for number in range(5))
    question = Question("site", "Which?", (*options, Option("not-sure", "I’m not sure", "wait")))
    article = with_flow(Flow("site", (question, an_outcome("wait"), an_outcome("done", disposition="fixed"))))

    response = admin_client.get(address(article))

    assert response.context["draft"].errors == []
    (warning,) = response.context["draft"].warnings
    assert "people choose badly from more than 5" in warning.problem.message
    assert "Worth a look" in words_of(response)
    assert "Nothing stands in the way of publishing this flow" in words_of(response)


def test_faults_of_other_parts_of_the_article_are_not_listed(admin_client: Client, article: Article) -> None:
    article.causes.update(percent=90)

    assert admin_client.get(address(article)).context["draft"].faults == ()


def test_cause_that_no_outcome_names_is_a_fault_of_the_flow(admin_client: Client, article: Article) -> None:
    article.causes.create(key="moved", title="The bank moved", percent=1)

    response = admin_client.get(address(article))

    assert "No outcome of the flow names the cause “The bank moved”" in words_of(response)


def test_check_of_a_new_name_still_names_the_faults_of_its_stop(admin_client: Client, article: Article) -> None:
    response = press(admin_client, "_check", article, "wait", key="bank-down", do_now="")

    assert "the outcome “Finding wait” does not say what to do now" in [
        fault.problem.message for fault in response.context["faults_here"]
    ]


def test_check_says_what_is_wrong_with_what_is_typed_and_saves_nothing(admin_client: Client, article: Article) -> None:
    response = press(admin_client, "_check", article, "site", text="Is it up?", answers__0__to="")

    assert "the answer “Yes” to “Is it up?” leads nowhere" in found_by_check(response)
    assert "Checked as typed, and not saved yet." in words_of(response)
    assert response.context["form"]["text"].value() == "Is it up?"
    assert flow_of(article) == a_flow()


# Two editors


def test_second_save_is_refused_and_shows_both_and_keeps_what_was_typed(admin_client: Client, article: Article) -> None:
    typed = filled_in(admin_client.get(at(article, "wait")).context) | {"text": "Mine", "short": "My short"}
    save(admin_client, article, "wait", text="Theirs")
    save(admin_client, article, "done", text="Theirs too")

    response = admin_client.post(at(article, "wait"), typed)

    theirs, mine = both_sides(response)
    assert ("Theirs" in theirs, "Mine" in mine) == (True, True)
    assert "Theirs too" not in theirs
    assert "You, in another window, saved this page on" in words_of(response)
    assert response.context["form"]["short"].value() == "My short"
    assert flow_of(article).by_key["wait"].text == "Theirs"

    admin_client.post(at(article, "wait"), typed | {"_over": response.context["conflict"].present})

    assert flow_of(article).by_key["wait"].text == "Mine"
    assert flow_of(article).by_key["done"].text == "Theirs too"


def test_saving_over_leaves_what_they_changed_at_other_stops(admin_client: Client, article: Article) -> None:
    typed = filled_in(admin_client.get(at(article, "site")).context) | {"text": "Mine"}
    save(admin_client, article, "ask", text="Theirs")

    refused = admin_client.post(at(article, "site"), typed)
    admin_client.post(at(article, "site"), typed | {"_over": refused.context["conflict"].present})

    assert [flow_of(article).by_key[key].text for key in ("site", "ask")] == ["Mine", "Theirs"]


def test_saving_over_is_refused_when_there_is_yet_another_version(admin_client: Client, article: Article) -> None:
    typed = filled_in(admin_client.get(at(article, "wait")).context) | {"text": "Mine"}
    save(admin_client, article, "wait", text="Theirs")
    over = admin_client.post(at(article, "wait"), typed).context["conflict"].present
    save(admin_client, article, "wait", text="Theirs again")

    response = admin_client.post(at(article, "wait"), typed | {"_over": over})

    assert response.context["conflict"].present != over
    assert flow_of(article).by_key["wait"].text == "Theirs again"


def test_refused_save_with_faults_says_to_mend_them_first(admin_client: Client, article: Article) -> None:
    typed = filled_in(admin_client.get(at(article, "wait")).context) | {"time": "soon"}
    save(admin_client, article, "wait", text="Theirs")

    response = admin_client.post(at(article, "wait"), typed)

    assert "write a time such as" in words_of(response)
    assert flow_of(article).by_key["wait"].text == "Theirs"


@pytest.mark.parametrize(("time", "is_told"), [("1-2 h", True), ("soon", False)])
def test_browser_is_told_when_what_was_typed_is_safe(
    admin_client: Client, article: Article, time: str, is_told: bool
) -> None:
    typed = filled_in(admin_client.get(at(article, "wait")).context) | {"time": time}

    response = admin_client.post(at(article, "wait"), typed)

    assert (response.cookies.get("saved", None) is not None) is is_told
    assert not is_told or response.cookies["saved"].value == typed["seen"]


def test_stop_that_somebody_took_out_meanwhile_can_be_saved_again(admin_client: Client, article: Article) -> None:
    typed = filled_in(admin_client.get(at(article, "ask")).context) | {"text": "Mine"}
    seen = admin_client.get(at(article, "ask", "take_out")).context["seen"]
    admin_client.post(at(article, "ask", "take_out"), {"seen": seen})

    refused = admin_client.post(at(article, "ask"), typed)
    assert "ask" not in flow_of(article).by_key
    admin_client.post(at(article, "ask"), typed | {"_over": refused.context["conflict"].present})

    assert flow_of(article).by_key["ask"].text == "Mine"


def test_page_without_a_stop_in_its_address_saves_the_one_that_it_showed(
    admin_client: Client, article: Article
) -> None:
    typed = filled_in(admin_client.get(address(article)).context) | {"text": "Mine"}
    save(admin_client, article, "ask", starts="on")

    refused = admin_client.post(address(article), typed)
    admin_client.post(address(article), typed | {"_over": refused.context["conflict"].present})

    assert flow_of(article).by_key["site"].text == "Mine"
    assert flow_of(article).by_key["ask"] == a_flow().by_key["ask"]


def test_answer_that_leads_to_a_stop_taken_out_meanwhile_is_kept(admin_client: Client, article: Article) -> None:
    typed = filled_in(admin_client.get(at(article, "site")).context) | {"answers-1-to": "ask"}
    seen = admin_client.get(at(article, "ask", "take_out")).context["seen"]
    admin_client.post(at(article, "ask", "take_out"), {"seen": seen})

    refused = admin_client.post(at(article, "site"), typed)

    assert '<option value="ask" selected>“ask” (there is no such stop)</option>' in words_of(refused)


# Taking out, adding, sorting


def test_taking_out_says_what_leads_there(admin_client: Client, article: Article) -> None:
    with_flow(Flow("on", (Jump("on", "900", "Go on", answers=(Answer("wait", "yes"),)),)), code="902")

    page = words_of(admin_client.get(at(article, "wait", "take_out")))

    assert "3 answers lead here" in page
    assert "“No, same error” to “Ask once”" in page
    assert "Error 902" in page
    assert "It was published" in page
    assert flow_of(article) == a_flow()


@pytest.mark.parametrize("instead", ["", "ask"])
def test_what_led_to_a_stop_leads_elsewhere_after_it(admin_client: Client, article: Article, instead: str) -> None:
    page = at(article, "wait", "take_out")
    seen = admin_client.get(page).context["seen"]

    response = admin_client.post(page, {"seen": seen, "instead": instead}, follow=True)

    flow = flow_of(article)
    assert "wait" not in flow.by_key
    assert [option.to for option in flow.by_key["site"].options] == ["try", instead, instead]
    assert flow.by_key["try"].not_fixed == instead
    assert "Took out “Finding wait”." in messages_of(response)


def test_taking_out_is_refused_when_the_flow_has_changed(admin_client: Client, article: Article) -> None:
    page = at(article, "wait", "take_out")
    seen = admin_client.get(page).context["seen"]
    save(admin_client, article, "done", text="Changed")

    response = admin_client.post(page, {"seen": seen}, follow=True)

    assert "This flow was changed meanwhile" in messages_of(response)
    assert "wait" in flow_of(article).by_key


def test_stop_that_is_not_there_cannot_be_taken_out(admin_client: Client, article: Article) -> None:
    assert admin_client.get(at(article, "nowhere", "take_out")).status_code == 404


def test_stop_is_added_by_itself(admin_client: Client, article: Article) -> None:
    response = admin_client.post(
        address(article), {"_add": "1", "kind": "outcome", "words": " Call  the bank "}, follow=True
    )

    assert flow_of(article).nodes[-1].text == "Call the bank"
    assert response.context["here"] == "call-the-bank"
    assert found_by_check(response)["no path leads to “Call the bank”"] == "call-the-bank"


def test_stops_are_listed_as_drawn_at_one_press(admin_client: Client) -> None:
    article = with_flow(replace(a_flow(), nodes=a_flow().nodes[::-1]))

    response = admin_client.post(at(article, "try"), {"_sort": "1"}, follow=True)

    drawn = [row.box.key for row in response.context["drawing"].rows if not row.box.is_connector]
    assert [*flow_of(article).by_key] == drawn
    assert response.context["here"] == "try"


# Jumps


def test_jump_answers_what_the_other_flow_asks_first(admin_client: Client, article: Article) -> None:
    other = with_flow(Flow("on", (Jump("on", "900", "Go on"),)))

    first = save(admin_client, other, "on", answer_0="site=yes")
    second = save(admin_client, other, "on", answer_1="try=not-fixed")

    assert [field.label for field in first.context["form"].carried] == ["Does the bank’s site open?", "Ask once"]
    assert [field.label for field in second.context["form"].carried] == ["Does the bank’s site open?", "Ask once"]
    assert flow_of(other).by_key["on"].answers == (Answer("site", "yes"), Answer("try", "not-fixed"))


def test_jump_elsewhere_forgets_its_answers(admin_client: Client, article: Article) -> None:
    publish_document(an_error("901"))
    other = with_flow(Flow("on", (Jump("on", "900", "Go on", answers=(Answer("site", "yes"),)),)), code="902")

    save(admin_client, other, "on", to="901")

    assert flow_of(other).by_key["on"] == Jump("on", "901", "Go on")


def test_answer_that_is_not_asked_any_more_stays_until_it_is_taken_away(admin_client: Client, article: Article) -> None:
    answers = (Answer("site", "yes"), Answer("old", "no"))
    other = with_flow(Flow("on", (Jump("on", "900", "Go on", answers=answers),)))

    page = admin_client.get(at(other, "on"))
    save(admin_client, other, "on", short="Short")
    assert page.context["form"].carried[1].label == "No longer asked at this point"
    assert flow_of(other).by_key["on"].answers == answers

    save(admin_client, other, "on", answer_1="")

    assert flow_of(other).by_key["on"].answers == answers[:1]


def test_another_first_answer_drops_the_later_ones(admin_client: Client, article: Article) -> None:
    answers = (Answer("site", "yes"), Answer("try", "not-fixed"))
    other = with_flow(Flow("on", (Jump("on", "900", "Go on", answers=answers),)))

    save(admin_client, other, "on", answer_0="site=no")

    assert flow_of(other).by_key["on"].answers == (Answer("site", "no"),)


def test_jump_offers_published_flows_of_others_by_title(admin_client: Client, article: Article) -> None:
    publish_document(a_guide())
    other = with_flow(Flow("on", (Jump("on", "777", "Go on"),)))

    choices = admin_client.get(at(other, "on")).context["form"].fields["to"].choices

    assert choices == [("", "(choose)"), ("900", "Error 900: Title of 900"), ("777", "“777” (not published)")]


# Copying


def test_copy_takes_the_place_of_the_flow_and_lists_what_it_could_not_take_along(
    admin_client: Client, article: Article
) -> None:
    source = with_flow(
        Flow(
            "q",
            (
                Question("q", "Is it?", (Option("yes", "Yes", "s"),)),
                Repair("s", "own-step", "o", "o", "o"),
                an_outcome("o", causes=("outage", "own-cause"), costs=("own-cost",)),
            ),
        )
    )
    page = address(article, "copy")
    seen = admin_client.get(page).context["seen"]

    response = admin_client.post(page, {"seen": seen, "article": source.pk}, follow=True)

    flow = flow_of(article)
    assert [*flow.by_key] == ["q", "s", "o"]
    assert flow.by_key["s"].step == ""
    assert (flow.by_key["o"].causes, flow.by_key["o"].costs) == (("outage",), ())
    told = messages_of(response)
    assert f"Copied the flow of {source}." in told
    for words in ("the repair step “own-step”", "the causes “own-cause”", "the costs “own-cost”"):
        assert words in told
    assert flow_of(source).by_key["s"].step == "own-step"


def test_copy_is_refused_when_the_flow_has_changed(admin_client: Client, article: Article) -> None:
    source = with_flow(Flow("o", (an_outcome("o"),)))
    page = address(article, "copy")
    seen = admin_client.get(page).context["seen"]
    save(admin_client, article, "done", text="Changed")

    response = admin_client.post(page, {"seen": seen, "article": source.pk}, follow=True)

    assert "This flow was changed meanwhile" in messages_of(response)
    assert flow_of(article).by_key["done"].text == "Changed"


def test_only_articles_with_a_flow_can_be_copied(admin_client: Client, article: Article) -> None:
    write_document(a_guide())
    other = with_flow(a_flow())

    assert [*admin_client.get(address(article, "copy")).context["form"].fields["article"].queryset] == [other]


# The outline


def outline(client: Client, article: Article, button: str, text: str, **changes: str) -> Response:
    page = address(article, "outline")
    seen = client.get(page).context["seen"]
    return client.post(page, {"outline": text, "seen": seen, button: "1", **changes}, follow=True)


def test_outline_is_the_whole_flow(admin_client: Client, article: Article) -> None:
    assert admin_client.get(address(article, "outline")).context["text"] == dump(a_flow())


def test_outline_is_saved_as_a_browser_sends_it(admin_client: Client, article: Article) -> None:
    text = dump(a_flow()).replace("Wait until tomorrow.", "Wait.\n\nLook again.").replace("\n", "\r\n")
    text = text.replace("  do now: Wait.\r\n\r\nLook again.", "  do now:\r\n    Wait.\r\n\r\n    Look again.")

    response = outline(admin_client, article, "_save", text)

    assert flow_of(article).by_key["wait"].do_now == "Wait.\n\nLook again."
    assert "Saved." in messages_of(response)


def test_outline_with_errors_shows_them_by_line_and_changes_nothing(admin_client: Client, article: Article) -> None:
    text = "question q: Is it?\n  → yes: Yes → a\n\t→ no: No → b"

    response = outline(admin_client, article, "_save", text)

    page = words_of(response)
    assert 'data-line="3">Line 3</a> <code>→ no: No → b</code>: This line is indented with tabs, line 2 with' in page
    assert response.context["text"] == text
    assert "Nothing was changed." in page
    assert flow_of(article) == a_flow()


@pytest.mark.parametrize("button", ["_save", "_check"])
def test_words_too_long_for_the_desk_are_named_by_line(admin_client: Client, article: Article, button: str) -> None:
    text = f"start: {'s' * 41}\nquestion q: {'w' * 201}\n  → yes: {'l' * 81} | {'d' * 161}\n    outcome o: Done\n\n"
    text += f"about o\n  short: {'s' * 61}\n  error: {'e' * 61}"

    response = outline(admin_client, article, button, text)

    assert [(fault.problem.line, fault.problem.message) for fault in response.context["misread"]] == [
        (None, "what stands here as “start” is longer than 40 characters: shorten it"),
        (2, "what stands here as “text” is longer than 200 characters: shorten it"),
        (2, "what stands here as “label” is longer than 80 characters: shorten it"),
        (2, "what stands here as “detail” is longer than 160 characters: shorten it"),
        (4, "what stands here as “short” is longer than 60 characters: shorten it"),
        (4, "what stands here as “error” is longer than 60 characters: shorten it"),
    ]
    assert flow_of(article) == a_flow()


def test_outline_is_checked_as_typed_and_faults_name_their_lines(admin_client: Client, article: Article) -> None:
    text = dump(a_flow()) + "\noutcome lost: Nobody comes here\n"

    response = outline(admin_client, article, "_check", text)

    fault = next(fault for fault in response.context["draft"].errors if "no path leads" in fault.problem.message)
    assert (fault.key, fault.line) == ("lost", text.split("\n").index("outcome lost: Nobody comes here") + 1)
    assert response.context["text"] == text
    assert flow_of(article) == a_flow()


def test_outline_is_refused_when_the_flow_has_changed(admin_client: Client, article: Article) -> None:
    page = address(article, "outline")
    seen = admin_client.get(page).context["seen"]
    save(admin_client, article, "wait", text="Theirs")
    text = dump(a_flow()).replace("Finding done", "Mine")

    response = admin_client.post(page, {"outline": text, "seen": seen, "_save": "1"})

    theirs, mine = both_sides(response)
    assert ("Theirs" in theirs, "Mine" in mine) == (True, True)
    assert "there is another version" in words_of(response)
    assert response.context["text"] == text
    assert flow_of(article).by_key["done"].text == "Finding done"

    outline(admin_client, article, "_save", text, seen=seen, _over=response.context["conflict"].present)

    assert flow_of(article).by_key["done"].text == "Mine"


def test_examples_beside_the_outline_can_be_read(admin_client: Client, article: Article) -> None:
    page = words_of(admin_client.get(address(article, "outline")))

    path, about = re.findall(r"<pre>(.*?)</pre>", page, re.DOTALL)

    flow = parse(html.unescape(f"{path}\n\n{about}"))
    assert flow.by_key["site"].options[2] == Option("not-sure", "I’m not sure", "bank-down")
    assert flow.by_key["bank-down"].do_now == "Stop pressing ++Update++.\n\nLook again tomorrow."


def test_empty_outline_is_a_flow_without_stops(admin_client: Client, article: Article) -> None:
    outline(admin_client, article, "_save", "")

    assert flow_of(article) == Flow("")


# Who may do what

PAGES = ("change", "outline", "copy", "take_out")


@pytest.mark.parametrize("view", PAGES)
def test_nobody_gets_in_without_signing_in_and_without_permission(article: Article, view: str) -> None:
    where = at(article, "wait", view)

    for method in ("get", "post"):
        assert getattr(Client(), method)(where).status_code == 302
        assert getattr(staff("view_article"), method)(where).status_code == 403


def test_who_may_only_look_sees_map_and_text_without_forms(article: Article) -> None:
    reader = staff("view_flow")

    stop, text = reader.get(at(article, "wait")), reader.get(address(article, "outline"))

    assert stop.context["drawing"].rows
    assert "about wait" in words_of(stop)
    assert "question site" in words_of(text)
    for response in (stop, text):
        assert 'id="flow_form"' not in words_of(response)
        assert "<textarea" not in words_of(response)
        assert "Take this stop out" not in words_of(response)
    for page in ("copy", "take_out"):
        assert reader.get(at(article, "wait", page)).status_code == 403


@pytest.mark.parametrize("permissions", [("view_flow",), ("view_flow", "change_flow"), ("view_flow", "change_node")])
def test_who_may_only_look_can_change_nothing(
    admin_client: Client, article: Article, permissions: tuple[str, ...]
) -> None:
    reader = staff(*permissions)
    typed = filled_in(admin_client.get(at(article, "wait")).context) | {"text": "Changed"}

    answers = {
        reader.post(at(article, "wait"), typed).status_code,
        reader.post(at(article, "wait"), {"_add": "1", "kind": "outcome", "words": "New"}).status_code,
        reader.post(address(article), {"_sort": "1"}).status_code,
        reader.post(address(article, "outline"), {"outline": "", "seen": typed["seen"]}).status_code,
        reader.post(address(article, "copy"), {"seen": typed["seen"]}).status_code,
        reader.post(at(article, "wait", "take_out"), {"seen": typed["seen"]}).status_code,
    }

    assert answers == {403}
    assert flow_of(article) == a_flow()


def test_who_may_change_stops_changes_and_renames_them(article: Article) -> None:
    save(staff(*CHANGERS), article, "wait", key="bank-down", text="Down")

    assert flow_of(article).by_key["bank-down"].text == "Down"


def test_who_may_not_add_stops_is_told_and_loses_nothing(article: Article) -> None:
    writer = staff(*CHANGERS)

    by_answer = save(writer, article, "site", text="Typed", answers__0__to="+question")
    by_outline = outline(writer, article, "_save", dump(a_flow()) + "\noutcome new: New\n")
    writer.post(address(article), {"_add": "1", "kind": "outcome", "words": "New"})

    for response in (by_answer, by_outline):
        assert "You may change stops, but not add new ones." in words_of(response)
    assert by_answer.context["form"]["text"].value() == "Typed"
    assert flow_of(article) == a_flow()


def test_who_may_not_take_stops_out_is_told_and_loses_nothing(article: Article) -> None:
    writer = staff(*CHANGERS, "add_node")

    response = outline(writer, article, "_save", "question site: Does the bank’s site open?")

    assert "You may change stops, but not take them out." in words_of(response)
    assert writer.get(at(article, "wait", "take_out")).status_code == 403
    assert flow_of(article) == a_flow()


def test_saving_needs_the_token_of_the_page(admin_user: User, article: Article) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(admin_user)

    assert save(careful, article, "wait", text="Changed").status_code == 403
    assert flow_of(article) == a_flow()


# Ways to the page


def test_article_without_a_flow_leads_to_drawing_one(admin_client: Client, empty_site: None) -> None:
    guide = write_document(a_guide())
    page = reverse("admin:kb_article_change", args=[guide.pk])
    way = f"{reverse('admin:kb_flow_add')}?article={guide.pk}"
    assert f'<a href="{way}">Draw a flow</a>' in words_of(admin_client.get(page))

    response = admin_client.post(way, {"article": guide.pk, "text": "What do you have?"}, follow=True)

    flow = flow_of(guide)
    assert flow.start == "what-do-you-have"
    assert [option.label for option in flow.nodes[0].options] == ["Yes", "No", "I’m not sure"]
    assert response.context["here"] == "what-do-you-have"


def test_article_leads_to_its_flow(admin_client: Client, article: Article) -> None:
    page = words_of(admin_client.get(reverse("admin:kb_article_change", args=[article.pk])))

    assert f'<a href="{address(article)}">Draw the flow</a>' in page


def test_new_article_says_that_its_flow_comes_later(admin_client: Client) -> None:
    assert "Save the article first" in words_of(admin_client.get(reverse("admin:kb_article_add")))


def test_article_that_has_a_flow_is_not_given_a_second(admin_client: Client, article: Article) -> None:
    add = reverse("admin:kb_flow_add")

    assert admin_client.get(f"{add}?article={article.pk}").headers["Location"] == address(article)
    response = admin_client.post(add, {"article": article.pk, "text": "Again?"})

    assert "That choice is not one of the available choices." in words_of(response)
    assert flow_of(article) == a_flow()


def test_a_question_for_a_flow_that_was_begun_since_the_page_was_opened_is_not_lost(admin_client: Client) -> None:
    guide = write_document(a_guide())
    write_flow(guide, a_flow())

    response = admin_client.post(
        f"{reverse('admin:kb_flow_add')}?article={guide.pk}",
        {"article": guide.pk, "text": "What do you have?"},
        follow=True,
    )

    assert flow_of(guide) == a_flow()
    assert "Somebody else began this flow before you. You asked: “What do you have?”" in words_of(response)


def test_a_flow_whose_article_is_deleted_in_the_very_moment_is_not_there(admin_client: Client) -> None:
    guide = write_document(a_guide())
    write_flow(guide, a_flow())
    is_there = [True]

    def delete_meanwhile(execute: Any, sql: str, *rest: Any) -> Any:
        """Between the look at the flow and its save."""
        if sql.startswith("SAVEPOINT") and is_there:
            is_there.clear()
            Article.objects.filter(pk=guide.pk).delete()
        return execute(sql, *rest)

    start = flow_of(guide).start
    data = filled_in(admin_client.get(at(guide, start)).context)
    with connection.execute_wrapper(delete_meanwhile):
        response = admin_client.post(at(guide, start), data | {"text": "Anything new?", "_save": "1"})

    assert not is_there
    assert response.status_code == 404


def test_of_two_who_begin_one_flow_at_once_the_second_is_led_to_what_the_first_began(admin_client: Client) -> None:
    guide = write_document(a_guide())
    flows_of_the_first = [a_flow()]

    def begin_meanwhile(execute: Any, sql: str, *rest: Any) -> Any:
        """After the form was found valid, and before its transaction begins."""
        if sql.startswith("SAVEPOINT") and flows_of_the_first:
            write_flow(guide, flows_of_the_first.pop())
        return execute(sql, *rest)

    with connection.execute_wrapper(begin_meanwhile):
        response = admin_client.post(
            reverse("admin:kb_flow_add"), {"article": guide.pk, "text": "What do you have?"}, follow=True
        )

    assert flow_of(guide) == a_flow()
    assert response.redirect_chain[-1][0] == reverse("admin:kb_flow_change", args=[guide.flow.pk])
    assert "Somebody else began this flow before you. You asked: “What do you have?”" in words_of(response)


@pytest.mark.parametrize("value", ["x", "9" * 30, "-1", "1 or 1"])
def test_odd_article_in_the_address_is_passed_over(admin_client: Client, value: str) -> None:
    assert admin_client.get(reverse("admin:kb_flow_add"), {"article": value}).status_code == 200


def test_stop_found_by_search_opens_on_the_page_of_its_flow(admin_client: Client, article: Article) -> None:
    node = models.Node.objects.get(key="wait")

    change = admin_client.get(reverse("admin:kb_node_change", args=[node.pk]))
    delete = admin_client.get(reverse("admin:kb_node_delete", args=[node.pk]))

    assert change.headers["Location"] == f"{at(article, 'wait')}#stop"
    assert delete.headers["Location"] == f"{at(article, 'wait', 'take_out')}#stop"


@pytest.mark.parametrize("view", PAGES)
def test_flow_that_is_not_there_is_not_found(admin_client: Client, view: str) -> None:
    assert admin_client.get(reverse(f"admin:kb_flow_{view}", args=[987654])).status_code == 404


# Two hundred stops


def many() -> Iterator[Question | Outcome]:
    for number in range(199):
        options = (Option("on", "On", f"q{number + 1}"), Option("not-sure", "I’m not sure", "end"))
        yield Question(f"q{number}", f"Question {number}?", options)
    yield an_outcome("end", time=Duration(60, 60))


@pytest.mark.parametrize("view", PAGES)
def test_two_hundred_stops_cost_as_many_queries_as_five(admin_client: Client, article: Article, view: str) -> None:
    large = with_flow(Flow("q0", tuple(many())))
    node = {article: "wait", large: "end"}

    counts = []
    for one in (article, large):
        admin_client.get(at(one, node[one], view))  # warms what is kept between requests
        with CaptureQueriesContext(connection) as queries:
            assert admin_client.get(at(one, node[one], view)).status_code == 200
        counts.append(len(queries))

    assert counts[1] <= counts[0] <= 40


def test_saving_one_of_two_hundred_stops_writes_only_what_changed(admin_client: Client) -> None:
    large = with_flow(Flow("q0", tuple(many())))
    typed = filled_in(admin_client.get(at(large, "q7")).context) | {"text": "Changed?"}

    with CaptureQueriesContext(connection) as queries:
        admin_client.post(at(large, "q7"), typed)

    assert flow_of(large).by_key["q7"].text == "Changed?"
    assert len(queries) <= 70


def test_more_steps_of_the_article_cost_no_more_queries(admin_client: Client, article: Article) -> None:
    steps = tuple(Step(f"s{number}", f"Step {number}", FIVE_MINUTES, "Do it.") for number in range(50))
    write_document(an_error("902", steps=(*an_error().steps, *steps)))
    other = Article.objects.select_related("flow").get(slug="902")

    counts = []
    for one in (article, other):
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(at(one, "site"))
        counts.append(len(queries))

    assert counts[1] <= counts[0]


def test_drawing_looks_in_the_admin_as_readers_see_it() -> None:
    """The two sheets are never loaded together, so each holds these rules."""
    sheets = [(site.BASE_DIR / f"static/css/{name}.css").read_text() for name in ("site", "admin-flow")]

    rules = [re.findall(r"^\.flow \{ max-inline-size.*?^\}$", sheet, re.DOTALL | re.MULTILINE) for sheet in sheets]

    assert rules[0] == rules[1] != []
