from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings

from kb import models
from kb.desk import PARTS, read_document, write_document
from kb.document import Cause, Document, RiskFactor, parse
from kb.figures import Level
from kb.flow import Answer, Flow, Jump, Option, Question
from kb.models import Article, Node
from kb.problems import errors
from kb.publishing import check
from tests.factories import a_flow, a_guide, an_error, an_outcome
from tests.strategies import documents

pytestmark = pytest.mark.django_db

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures").glob("*.md"))


def rows_of(article: Article) -> Iterator[Model]:
    yield article
    for _, model in PARTS.values():
        yield from model._default_manager.filter(article=article)
    yield from models.Flow.objects.filter(article=article)
    yield from Node.objects.filter(flow__article=article)
    yield from models.Option.objects.filter(node__flow__article=article)


def keys_of(article: Article) -> set[tuple[str, int]]:
    return {(type(row).__name__, row.pk) for row in rows_of(article)}


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_every_published_document_comes_back_from_an_empty_desk(path: Path, empty_site: None) -> None:
    document = parse(path.read_text(encoding="utf-8"))

    article = write_document(document)

    assert read_document(Article.objects.get(pk=article.pk)) == document


@settings(deadline=None, max_examples=20)
@given(documents(), documents())
def test_any_document_comes_back_from_the_desk_whatever_stood_there_before(first: Document, second: Document) -> None:
    for document in (first, second):
        article = write_document(document)

        assert read_document(Article.objects.get(pk=article.pk)) == document


def test_an_error_is_found_by_its_code_and_a_guide_by_its_slug(empty_site: None) -> None:
    error, guide = write_document(an_error("OL-301")), write_document(a_guide("manual-import"))

    assert (error.slug, guide.slug) == ("ol-301", "manual-import")
    assert write_document(an_error("OL-301", title="New")).pk == error.pk
    assert Article.objects.count() == 2


def test_rows_that_stay_keep_their_primary_keys(empty_site: None) -> None:
    document = an_error(risk_factors=(RiskFactor("Small account", Level.LOW, "A nuisance", "It can wait."),))
    before = keys_of(write_document(document))

    reworded = replace(
        document,
        title="Another title",
        causes=(Cause("new", "A new one", 40, "New."), replace(document.causes[0], percent=60, text="Reworded.")),
        sections=tuple(replace(section, body="Reworded.") for section in reversed(document.sections)),
        flow=replace(
            a_flow(),
            nodes=tuple(replace(node, short="Short") for node in reversed(a_flow().nodes)),
        ),
    )
    article = write_document(reworded)

    assert before < keys_of(article)
    assert len(keys_of(article) - before) == 1
    assert read_document(article) == reworded


def test_rows_that_are_gone_from_the_document_are_gone_from_the_desk(empty_site: None) -> None:
    article = write_document(an_error())

    write_document(replace(an_error(), causes=(), steps=(), sources=(), flow=None))

    assert [type(row).__name__ for row in rows_of(article)].count("Node") == 0
    assert not models.Option.objects.exists()
    assert not models.Flow.objects.exists()
    assert not models.Cause.objects.exists()


def test_writing_the_same_document_again_writes_nothing(empty_site: None) -> None:
    write_document(an_error())

    with CaptureQueriesContext(
        connection,
    ) as queries:
        write_document(an_error())

    assert not [query for query in queries if not query["sql"].startswith(("SELECT", "SAVEPOINT", "RELEASE"))]


def test_the_order_of_a_document_is_the_order_of_the_desk(empty_site: None) -> None:
    keys = ("m", "a", "z", "b")
    document = a_guide(
        sections=tuple(replace(a_guide().sections[0], key=key) for key in keys),
        flow=Flow("a", tuple(an_outcome(key) for key in keys)),
    )

    write_document(replace(document, sections=document.sections[::-1]))
    article = write_document(document)

    assert tuple(section.key for section in read_document(article).sections) == keys
    assert list(Node.objects.filter(flow__article=article).values_list("key", flat=True)) == list(keys)


def test_a_node_that_changes_its_kind_forgets_the_fields_of_the_other(empty_site: None) -> None:
    outcome = an_outcome("it", costs=("check",), hard_stop="Stop.", lead="Since.", error="103", steps=("update",))
    question = Question("it", "Is it?", (Option("yes", "Yes", "it"),), help="Look.", guards="update", observes="smoke")
    jump = Jump("it", "103", "It is that", answers=(Answer("site", "yes"),))
    article = write_document(a_guide(flow=Flow("it", (outcome,))))
    number = Node.objects.get().pk

    for node in (question, jump, outcome):
        document = a_guide(flow=Flow("it", (node,)))
        write_document(document)

        row, fresh = Node.objects.get(), Node()
        assert row.pk == number
        assert read_document(article) == document
        names = [column.attname for column in Node._meta.concrete_fields]
        held = {name for name in names if (getattr(row, name) or None) != (getattr(fresh, name) or None)}
        assert held <= {"id", "flow_id", "key", "kind", "text", *vars(node)}
        assert row.options.count() == (1 if node is question else 0)


def test_reading_a_document_costs_the_same_number_of_queries_whatever_its_size(empty_site: None) -> None:
    small = write_document(an_error())
    nodes = tuple(replace(a_flow().nodes[0], key=f"q{at}") for at in range(30))
    large = write_document(
        an_error(
            "800",
            causes=tuple(Cause(f"c{at}", f"Cause {at}", 5, "") for at in range(20)),
            sources=tuple(replace(an_error().sources[0], key=f"s{at}") for at in range(20)),
            flow=replace(a_flow(), nodes=(*a_flow().nodes, *nodes)),
        )
    )

    with CaptureQueriesContext(connection) as for_small:
        read_document(small)
    with CaptureQueriesContext(connection) as for_large:
        read_document(large)

    assert len(for_small) == len(for_large) <= 14


def test_what_editors_type_is_read_without_stray_blanks(empty_site: None) -> None:
    article = write_document(an_error())
    Article.objects.update(title="  Title\t", summary="\r\nFirst  \r\n\r\nSecond\r\n")
    models.Cause.objects.update(text=" Padded \n")

    document = read_document(Article.objects.get(pk=article.pk))

    assert (document.title, document.summary) == ("Title", "First\n\nSecond")
    assert document.causes[0].text == "Padded"


def test_a_half_finished_outcome_is_named_by_the_check_and_can_be_replaced(empty_site: None) -> None:
    article = write_document(an_error())
    Node.objects.filter(key="wait").update(disposition="", who="", data_risk="")

    ((identity, found),) = check([article], now=timezone.now()).items()

    assert identity == "700"
    assert sorted(problem.field for problem in errors(found)) == [
        "flow.nodes[2].data_risk",
        "flow.nodes[2].disposition",
        "flow.nodes[2].who",
    ]
    assert read_document(write_document(an_error())) == an_error()


def test_a_flow_without_nodes_is_a_flow(empty_site: None) -> None:
    article = write_document(a_guide())
    models.Flow.objects.create(article=article, start="first")

    assert read_document(article).flow == Flow("first")
