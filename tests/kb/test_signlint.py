from collections.abc import Iterable
from dataclasses import replace

import pytest
from django.conf import settings as site

from kb import signlint
from kb.document import Document, Kind, Lookalike, parse
from kb.flow import Flow, Jump, Option, Outcome, Question
from kb.problems import Gravity, Problem
from kb.signs import Fit, Observation, Sign
from tests.factories import a_guide, an_error, an_outcome

LISTED = (
    Observation("notice", "Does anything wait at the bank?", "something waits"),
    Observation("hung", "Did it hang?", "it hung"),
)
TWO_SIGNS = (Sign("notice", Fit.YES), Sign("hung", Fit.NO))


def found(
    document: Document, *others: Document, observations: Iterable[Observation] = LISTED
) -> list[tuple[str, str, Gravity]]:
    by_identity = {other.identity: other for other in others}
    problems: list[Problem] = list(signlint.problems(document, tuple(observations), by_identity.get))
    return [(problem.field, problem.message, problem.gravity) for problem in problems]


def a_chooser() -> Document:
    flow = Flow("end", (an_outcome("end", causes=()),))
    return a_guide("which-error", kind=Kind.CHOOSER, sections=(), flow=flow, observations=LISTED)


def asking(*nodes: Question | Outcome | Jump, observes: str = "notice", yes: str, no: str) -> Flow:
    options = (Option("yes", "Yes", yes), Option("no", "No", no), Option("not-sure", "I’m not sure", no))
    return Flow("first", (Question("first", "Is there a notice?", options, observes=observes), *nodes))


def an_error_with(flow: Flow, *signs: Sign, code: str = "700") -> Document:
    return an_error(code, lookalikes=(), flow=flow, signs=signs or TWO_SIGNS)


@pytest.mark.parametrize(
    "document",
    [an_error(lookalikes=(), signs=TWO_SIGNS), a_chooser(), a_guide()],
    ids=lambda document: document.name,
)
def test_a_document_with_all_its_signs_has_no_faults(document: Document) -> None:
    assert found(document) == []


@pytest.mark.parametrize(
    ("document", "field", "message"),
    [
        (a_guide(observations=LISTED), "observations", "only the chooser, “which error is it?”, lists observations"),
        (a_guide(signs=TWO_SIGNS), "signs", "only an error has signs"),
        (
            replace(a_chooser(), observations=(replace(LISTED[0], key="shown"),)),
            "observations[0].key",
            "“shown” means something else in addresses; choose another key",
        ),
        (replace(a_chooser(), observations=(replace(LISTED[0], name=""),)), "observations[0].name", "is empty"),
        (
            replace(a_chooser(), observations=(LISTED[0], replace(LISTED[1], name="Something Waits"))),
            "observations[1].name",
            "“Something Waits” is listed more than once",
        ),
        (
            an_error(lookalikes=(), signs=(*TWO_SIGNS, Sign("noise", Fit.NO))),
            "signs[2].observation",
            "“noise” is not among the observations that “which error is it?” lists",
        ),
        (
            an_error(lookalikes=(), signs=(*TWO_SIGNS, Sign("hung", Fit.YES))),
            "signs[1].observation",
            "“hung” is listed more than once",
        ),
        (
            an_error(lookalikes=(), signs=(TWO_SIGNS[0], Sign("hung", ""))),
            "signs[1].fit",
            "should be one of: yes, sometimes, no",
        ),
        (
            an_error_with(asking(an_outcome("a"), an_outcome("b"), observes="noise", yes="a", no="b")),
            "flow.nodes[0].observes",
            "“noise” is not among the observations that “which error is it?” lists",
        ),
    ],
)
def test_each_fault_is_an_error_with_its_field(document: Document, field: str, message: str) -> None:
    assert (field, message, Gravity.ERROR) in found(document)


def test_a_question_that_observes_something_needs_the_answers_yes_and_no() -> None:
    flow = asking(an_outcome("a"), an_outcome("b"), observes="hung", yes="a", no="b")
    question = flow.nodes[0]
    other = replace(question, options=(replace(question.options[0], key="maybe"), *question.options[1:]))

    ((field, message, gravity),) = found(an_error_with(replace(flow, nodes=(other, *flow.nodes[1:]))))

    assert (field, gravity) == ("flow.nodes[0].observes", Gravity.ERROR)
    assert message == "“Is there a notice?” observes “hung”, so it needs answers with the keys “yes” and “no”"


def test_observations_that_an_error_says_nothing_of_are_named_in_one_warning() -> None:
    warnings = found(an_error(lookalikes=()))

    message = "the article does not say how these fit it: something waits (notice), it hung (hung)"
    assert warnings == [("signs", message, Gravity.WARNING)]


def test_while_no_list_is_published_signs_are_worth_a_warning_and_no_more() -> None:
    flow = asking(an_outcome("a"), an_outcome("b"), yes="a", no="b")

    warnings = found(an_error_with(flow), observations=())

    message = "no list of observations is published, so readers can’t compare by them"
    assert warnings == [("signs", message, Gravity.WARNING)]


def test_a_row_of_look_alikes_asks_for_its_counterpart() -> None:
    error = an_error("700", lookalikes=(Lookalike("701", "Fault.", "Sign."),), signs=TWO_SIGNS)
    without = an_error("701", lookalikes=(Lookalike("702", "Fault.", "Sign."),))
    with_it = an_error("701", lookalikes=(Lookalike("700", "Fault.", "Sign."),))

    message = "Error 700 tells itself from Error 701, but Error 701 has no row for Error 700"
    assert found(error, without) == [("lookalikes[0]", message, Gravity.WARNING)]
    assert found(error, with_it) == []
    assert found(error) == []  # what is not published can have no row


def test_an_answer_that_leads_to_another_error_must_not_speak_against_it() -> None:
    flow = asking(an_outcome("own"), Jump("go", "701", "It is that"), yes="go", no="own")
    document = an_error_with(flow, Sign("notice", Fit.NO), TWO_SIGNS[1])
    other = an_error("701", signs=(Sign("notice", Fit.NO),))

    warnings = found(document, other)

    message = (
        "“Yes” to “Is there a notice?” can lead to Error 701, yet by the signs of Error 701"
        " “something waits” never goes with it"
    )
    assert warnings == [("flow.nodes[0].observes", message, Gravity.WARNING)]


def test_a_no_must_not_lead_on_to_an_error_that_always_shows_the_sign() -> None:
    later = Question("later", "Later?", (Option("yes", "Yes", "own"), Option("not-sure", "I’m not sure", "end")))
    end = an_outcome("end", error="701")
    flow = asking(an_outcome("own"), later, end, yes="own", no="later")
    other = an_error("701", signs=(Sign("notice", Fit.YES),))

    ((_, message, gravity),) = found(an_error_with(flow), other)

    assert message.startswith("“No” to “Is there a notice?” can lead to Error 701")
    assert message.endswith("“something waits” always goes with it")
    assert gravity is Gravity.WARNING


@pytest.mark.parametrize("fit", [Fit.YES, Fit.SOMETIMES])
def test_an_answer_may_lead_to_an_error_that_shows_the_sign_at_least_at_times(fit: Fit) -> None:
    flow = asking(an_outcome("own"), Jump("go", "701", "It is that"), yes="go", no="own")
    document = an_error_with(flow, Sign("notice", Fit.NO), TWO_SIGNS[1])

    assert found(document, an_error("701", signs=(Sign("notice", fit),))) == []


def test_an_answer_that_settles_on_its_own_article_must_not_speak_against_it() -> None:
    flow = asking(an_outcome("own"), an_outcome("end"), yes="own", no="end")

    ((field, message, gravity),) = found(an_error_with(flow, Sign("notice", Fit.YES), TWO_SIGNS[1]))

    assert (field, gravity) == ("flow.nodes[0].observes", Gravity.ERROR)
    assert message.startswith("“No” to “Is there a notice?” can lead to Error 700")


def test_an_article_may_keep_those_who_are_not_sure_on_the_way_to_another() -> None:
    later = Question("later", "Later?", (Option("yes", "Yes", "go"), Option("not-sure", "I’m not sure", "own")))
    flow = asking(an_outcome("own"), later, Jump("go", "701", "It is that"), yes="own", no="later")
    document = an_error_with(flow, Sign("notice", Fit.YES), TWO_SIGNS[1])

    assert found(document, an_error("701", signs=(Sign("notice", Fit.NO),))) == []


def test_matrix_and_flows_of_the_published_articles_tell_the_same_story() -> None:
    documents = [parse(path.read_text()) for path in sorted((site.BASE_DIR / "fixtures").glob("*.md"))]
    observations = next(document.observations for document in documents if document.kind is Kind.CHOOSER)

    problems = {document.identity: found(document, *documents, observations=observations) for document in documents}

    assert problems == {document.identity: [] for document in documents}
    observed = [
        node.observes
        for document in documents
        for node in (document.flow.nodes if document.flow else ())
        if isinstance(node, Question) and node.observes
    ]
    assert len(observed) > 30
