from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kb.desk import write_document
from kb.document import FixTime, Kind, Related
from kb.edition import current
from kb.entry import card_of
from kb.figures import Duration
from kb.flow import Flow, Jump
from kb.links import Link, linked_identities
from kb.models import Article, Edition
from kb.publishing import publish
from kb.signs import Fit, Sign
from tests.factories import a_flow, a_guide, an_error, an_outcome, publish_document
from tests.markup import tree

pytestmark = pytest.mark.django_db


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def fresh_and_again(client: Client, address: str) -> tuple[int, int]:
    """The queries of a page's first visit in an edition, and those of the next."""
    Edition.objects.update(stamp=f"new at {address}")
    return queries_of(client, address), queries_of(client, address)


def publish_guides(count: int, prefix: str = "guide") -> None:
    articles = [write_document(a_guide(f"{prefix}-{at}", summary="See [[102]].")) for at in range(count)]
    publish(articles, by=None, now=timezone.now())


def test_a_site_without_articles_has_an_edition(empty_site: None) -> None:
    edition = current()

    assert (edition.number, dict(edition.entries), edition.chooser) == (0, {}, None)
    assert edition.document("102") is None


def test_asking_again_costs_one_query_and_gives_the_same_edition() -> None:
    first = current()

    with CaptureQueriesContext(connection) as queries:
        second = current()

    assert len(queries) == 1
    assert second is first


def test_a_publish_elsewhere_is_noticed_by_its_stamp() -> None:
    first = current()

    Edition.objects.update(stamp="of another history")

    assert current() is not first
    assert current().number == first.number


def test_a_page_costs_the_same_number_of_queries_with_9_articles_as_with_60(client: Client) -> None:
    addresses = ("/errors/102/", "/triage/102/", "/triage/102/map/", "/", "/errors/", "/guides/manual-import/")
    current()  # takes in what is new, in one query more

    with_few = {address: fresh_and_again(client, address) for address in addresses}
    publish_guides(51)
    current()
    with_many = {address: fresh_and_again(client, address) for address in addresses}

    assert len(current().entries) >= 60
    assert with_many == with_few
    assert {again for _, again in with_many.values()} == {1}
    assert all(fresh > 1 for fresh, _ in with_many.values())


def test_a_document_is_read_once_for_each_edition(empty_site: None) -> None:
    publish_document(a_guide())
    edition = current()
    first = edition.document("a-guide")

    with CaptureQueriesContext(connection) as queries:
        second = edition.document("a-guide")

    assert len(queries) == 0
    assert second is first


def test_errors_stand_by_number_and_guides_by_title(empty_site: None) -> None:
    for code in ("1000", "99", "OL-301", "102"):
        publish_document(an_error(code))
    for slug, title in (("a", "Zebra"), ("z", "Aardvark")):
        publish_document(a_guide(slug, title=title))

    edition = current()

    assert [entry.code for entry in edition.of_kind(Kind.ERROR)] == ["99", "102", "1000", "OL-301"]
    assert [entry.identity for entry in edition.of_kind(Kind.GUIDE)] == ["z", "a"]


def test_an_article_is_found_by_identity_or_alias_in_any_capitals(empty_site: None, client: Client) -> None:
    publish_document(an_error("OL-301", aliases=("desktop-301", "ol301")))

    edition = current()

    for name in ("ol-301", "OL-301", "Desktop-301", "ol301"):
        entry = edition.find(name)
        assert entry is not None
        assert entry.identity == "ol-301"
        assert client.get(f"/e/{name}").headers["Location"] == "/errors/ol-301/"
    assert edition.find("301") is None
    assert client.get("/e/301").status_code == 404
    assert client.get("/errors/DESKTOP-301/").headers["Location"] == "/errors/ol-301/"


def test_an_alias_never_hides_an_article(empty_site: None) -> None:
    publish_document(a_guide("one"))
    publish_document(a_guide("two", aliases=("one",)))

    entry = current().find("one")

    assert entry is not None
    assert entry.identity == "one"


def test_what_links_here_is_listed_errors_first(empty_site: None, client: Client) -> None:
    jump = Jump("end", "800", "It is that one")
    ends = [node for node in a_flow().nodes if node.key != "done"]
    publish_document(an_error("800"))
    publish_document(a_guide("a-guide", summary="See [[800|that]]."))
    publish_document(an_error("900", related=(Related("800", "Next."),)))
    publish_document(
        an_error("810", flow=Flow("site", (*(replace(n, fixed="end") if n.key == "try" else n for n in ends), jump)))
    )
    publish_document(a_guide("unrelated", summary="See [[900]]."))

    entries = current().backlinks("800")

    assert [entry.identity for entry in entries] == ["810", "900", "a-guide"]
    links = tree(client.get("/errors/800/").text).one("main").hrefs
    assert {"/errors/810/", "/errors/900/", "/guides/a-guide/"} <= set(links)
    assert "/guides/unrelated/" not in links


def test_a_link_to_itself_or_from_the_chooser_is_no_backlink(empty_site: None) -> None:
    end = an_outcome("end", causes=())
    publish_document(an_error("800", summary="[[800#step-1]]"))
    publish_document(a_guide("which", kind=Kind.CHOOSER, summary="[[800]]", sections=(), flow=Flow("end", (end,))))

    assert current().backlinks("800") == []


def test_an_unresolved_link_becomes_a_link_by_itself_once_its_target_is_published(
    empty_site: None, client: Client
) -> None:
    publish_document(
        a_guide("early", sections=(replace(a_guide().sections[0], body="See [[late]] and [[late|more]]."),))
    )
    early = current().entries["early"]
    assert list(current().unresolved()) == [(early, "late")]
    assert "<p>See late and more.</p>" in client.get("/guides/early/").text

    publish_document(a_guide("late", title="Later on"))

    assert list(current().unresolved()) == []
    assert (
        '<p>See <a href="/guides/late/">Later on</a> and <a href="/guides/late/">more</a>.</p>'
        in client.get("/guides/early/").text
    )
    assert current().entries["early"].revision == 1


def test_cross_links_follow_the_titles_of_their_targets(empty_site: None, client: Client) -> None:
    publish_document(a_guide("target", title="Old title"))
    publish_document(a_guide("reader", summary="See [[target]]."))

    publish_document(a_guide("target", title="New & better title"))

    page = client.get("/guides/reader/").text
    assert 'See <a href="/guides/target/">New &amp; better title</a>.' in page
    assert "Old title" not in page


def test_cross_links_follow_a_target_to_its_new_address(empty_site: None, client: Client) -> None:
    publish_document(a_guide("reader", summary="See [[old-name]]."))
    publish_document(a_guide("old-name", title="The target"))
    article = Article.objects.get(slug="old-name")
    article.slug = "new-name"
    article.save()

    publish([article], by=None, now=timezone.now())

    assert 'See <a href="/guides/new-name/">The target</a>.' in client.get("/guides/reader/").text


def test_a_link_to_an_error_takes_its_code_and_title_and_one_to_the_page_at_hand_is_a_fragment(
    empty_site: None,
) -> None:
    publish_document(an_error("800", title="The bank is out"))
    document = current().document("800")
    resolve, at_home = current().resolve(), current().resolve(document)

    target, fragment = resolve(Link("800", "step-1")), at_home(Link("800", "step-1"))

    assert target is not None
    assert fragment is not None
    assert (target.url, target.title) == ("/errors/800/#step-1", "Error 800: The bank is out")
    assert fragment.url == "#step-1"
    assert resolve(Link("801")) is None


def test_earlier_revisions_can_still_be_read(empty_site: None) -> None:
    for title in ("One", "Two", "Three"):
        publish_document(a_guide(title=title))
    publish_document(a_guide("other"))
    edition = current()
    entry = edition.entries["a-guide"]

    documents = [edition.pinned(entry, number) for number in range(5)]

    assert [document and document.title for document in documents] == [None, "One", "Two", "Three", None]
    assert edition.pinned(edition.entries["other"], 2) is None


def test_a_shared_walk_still_shows_its_revision_after_an_edit(empty_site: None, client: Client) -> None:
    publish_document(an_error("800"))
    question = replace(a_flow().nodes[0], text="Can you open the bank’s site?")
    publish_document(an_error("800", flow=Flow("site", (question, *a_flow().nodes[1:]))))

    pinned, live = client.get("/triage/800/?v=1").text, client.get("/triage/800/").text

    assert "Does the bank’s site open?" in pinned
    assert "Does the bank’s site open?" not in live
    assert "Can you open the bank’s site?" in live


def test_a_card_says_what_lists_show(empty_site: None) -> None:
    times = ("3-5 d", "5 min", "12-24 h", "5 min")
    fix_times = tuple(FixTime(f"Case {at}", Duration.parse(time)) for at, time in enumerate(times))

    card = card_of(an_error("OL-7", fix_times=fix_times, aliases=("seven",)))

    assert (card["code"], card["name"], card["title"]) == ("OL-7", "Error OL-7", "Title of OL-7")
    assert card["fix_time"] == "5 minutes"
    assert (card["data_risk"], card["has_flow"], card["aliases"]) == ("low", True, ["seven"])
    assert card["lookalikes"] == ["701"]
    assert card_of(a_guide())["fix_time"] == card_of(a_guide())["data_risk"] == ""


def test_a_card_shows_the_two_shortest_times(empty_site: None) -> None:
    fix_times = tuple(FixTime(time, Duration.parse(time)) for time in ("3-5 d", "5 min", "12-24 h"))

    assert card_of(an_error(fix_times=fix_times))["fix_time"] == "5 minutes, or 12 to 24 hours"


def test_entries_know_their_signs(empty_site: None) -> None:
    signs = (Sign("smoke", Fit.SOMETIMES, "at night"), Sign("noise", Fit.NO))
    publish_document(an_error("800", signs=signs))

    assert current().entries["800"].signs == signs


def test_a_sign_that_is_half_finished_is_not_shown(empty_site: None) -> None:
    assert card_of(an_error(signs=(Sign("smoke", ""), Sign("noise", Fit.NO))))["signs"] == [
        {"observation": "noise", "fit": "no"}
    ]


def test_an_article_links_to_each_other_article_once(empty_site: None) -> None:
    document = an_error("800", summary="[[900]] [[800#step-1]] [[900#step-1|again]] [[A-Guide]]")

    assert linked_identities(document) == ["701", "900", "a-guide"]


def test_entries_know_their_addresses(empty_site: None) -> None:
    end = an_outcome("end", causes=())
    publish_document(an_error("800"))
    publish_document(a_guide("how", flow=Flow("end", (end,))))
    publish_document(a_guide("which", kind=Kind.CHOOSER, sections=(), flow=Flow("end", (end,))))

    entries = current().entries

    assert {name: (entry.url, entry.triage_url) for name, entry in entries.items()} == {
        "800": ("/errors/800/", "/triage/800/"),
        "how": ("/guides/how/", "/triage/how/"),
        "which": ("/triage/", "/triage/"),
    }
    assert entries["800"].link_title == "Error 800: Title of 800"
    assert entries["how"].link_title == "Title of how"
    assert current().chooser == entries["which"]


def test_an_entry_tells_when_it_was_published(empty_site: None) -> None:
    yesterday = timezone.now() - timedelta(days=1)

    publish([write_document(a_guide())], by=None, now=yesterday)

    assert current().entries["a-guide"].published_on == yesterday.date().isoformat()


@pytest.mark.django_db
def test_a_nonsense_cookie_is_not_answered_on_a_page_that_does_not_exist(client: Client) -> None:
    client.cookies["csrftoken"] = "<nonsense>"

    page = client.get("/errors/99999/")

    assert page.status_code == 404
    assert "Set-Cookie" not in page.headers
    assert not page.cookies
