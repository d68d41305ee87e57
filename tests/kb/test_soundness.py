from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import CharField, Model
from hypothesis import given, settings

from kb import models
from kb.desk import PARTS
from kb.document import Cause, Document, Kind, Lookalike, Related, RiskFactor, Section, dump, parse
from kb.figures import DAY, Duration, Level
from kb.flow import Answer, Flow, Jump, Option, Question
from kb.frontmatter import clean
from kb.models.fields import DurationField
from kb.problems import DocumentInvalid, Gravity, Problem, errors
from kb.signs import Fit, Observation, Sign
from kb.soundness import ERROR_SECTIONS, MAX_PROSE, problems
from tests.factories import FIVE_MINUTES, a_flow, a_guide, an_error, an_outcome
from tests.strategies import documents

TODAY = date(2026, 11, 22)
SITE = {"701": an_error("701"), "a-guide": a_guide(), "other-guide": a_guide("other-guide")}


def found(document: Document, *, earlier: tuple[Flow, ...] = ()) -> list[Problem]:
    return problems(document, lookup=SITE.get, today=TODAY, earlier=earlier)


def faults(document: Document) -> list[tuple[str, str]]:
    return [(problem.field, problem.message) for problem in errors(found(document))]


def warnings(document: Document) -> list[tuple[str, str]]:
    return [(problem.field, problem.message) for problem in found(document) if problem.gravity is Gravity.WARNING]


def changed(part: str, at: int = 0, **changes: Any) -> Document:
    """The sound error with one entry of one of its lists changed."""
    error = an_error(
        risk_factors=(RiskFactor("Small account", Level.LOW, "A nuisance", "It can wait."),),
    )
    rows = list(getattr(error, part))
    rows[at] = replace(rows[at], **changes)
    return replace(error, **{part: tuple(rows)})


def doubled(part: str) -> Document:
    error = changed("causes")
    return replace(error, **{part: getattr(error, part) * 2})


def with_node(at: int, **changes: Any) -> Document:
    nodes = list(a_flow().nodes)
    nodes[at] = replace(nodes[at], **changes)
    return an_error(flow=Flow("site", tuple(nodes)))


def with_jump(to: str, *answers: Answer) -> Document:
    nodes = [node for node in a_flow().nodes if node.key != "done"]
    return an_error(flow=Flow("site", (*nodes, Jump("done", to, "It is the other one", answers=answers))))


@pytest.mark.parametrize("document", [an_error(), an_error("OL-301"), a_guide()], ids=lambda document: document.name)
def test_a_sound_document_has_no_faults(document: Document) -> None:
    assert faults(document) == []


def test_a_chooser_is_sound_with_a_flow_and_nothing_else() -> None:
    flow = Flow("end", (an_outcome("end", causes=()),))

    chooser = a_guide("which-error", kind=Kind.CHOOSER, sections=(), flow=flow)

    assert faults(chooser) == []


@pytest.mark.parametrize(
    ("document", "field", "message"),
    [
        (an_error(code="ol-301"), "code", "an error needs its code as QuickBooks shows it"),
        (an_error(code=""), "code", "an error needs its code"),
        (an_error(code="1 02"), "code", "an error needs its code"),
        (an_error(code="1٠2"), "code", "an error needs its code"),  # noqa: RUF001  # an Arabic zero
        (an_error(code="1" * 21), "code", "is longer than 20 characters"),
        (an_error(slug="102"), "slug", "an error has no slug"),
        (a_guide(slug=""), "slug", "should be words in small letters joined by hyphens"),
        (a_guide(slug="Manual Import"), "slug", "should be words in small letters"),
        (a_guide(slug="../etc"), "slug", "should be words in small letters"),
        (a_guide(slug="a" * 61), "slug", "is longer than 60 characters"),
        (a_guide(code="102"), "code", "only an error has a code"),
        (an_error(title=""), "title", "is empty"),
        (an_error(title="a\nb"), "title", "should be a single line"),
        (an_error(title="a" * 121), "title", "is longer than 120 characters"),
        (an_error(description=""), "description", "is empty"),
        (an_error(description="a\nb"), "description", "should be a single line"),
        (an_error(description="a" * 201), "description", "is longer than 200 characters"),
        (an_error(fault="a" * 301), "fault", "is longer than 300 characters"),
        (an_error(sign="a" * 301), "sign", "is longer than 300 characters"),
        (an_error(aliases=("fine", "Not Fine")), "aliases[1]", "“Not Fine” should be small letters"),
        (an_error(aliases=("a" * 61,)), "aliases[0]", "should be small letters"),
        (a_guide(sections=()), "sections", "a guide needs at least one section"),
        (a_guide(kind=Kind.CHOOSER), "flow", "is missing; a chooser is a flow"),
        (changed("sections", 1, body=""), "sections[1].body", "the section “Heading of data” is empty"),
        (changed("sections", 1, title=" "), "sections[1].title", "is empty"),
        (changed("causes", title=""), "causes[0].title", "is empty"),
        (changed("costs", title="\t"), "costs[0].title", "is empty"),
        (changed("causes", percent=99), "causes", "the likelihoods add up to 99 %, not 100 %"),
        (changed("costs", low=Decimal(121)), "costs[0].low", "the low price (121) is above the high price (120)"),
        (changed("costs", currency="usd"), "costs[0].currency", "should be a currency code such as USD"),
        (changed("costs", currency="DOLLAR"), "costs[0].currency", "should be a currency code"),
        (changed("steps", time=None), "steps[0].time", "“Ask once” does not say how long it takes"),
        (changed("steps", body=""), "steps[0].body", "“Ask once” does not say what to do"),
        (changed("lookalikes", fault=""), "lookalikes[0].fault", "the row of 701 does not say what is wrong there"),
        (changed("lookalikes", sign=""), "lookalikes[0].sign", "the row of 701 has no telling sign"),
        (changed("steps", chance=0), "steps[0].chance", "should be from 1 to 100"),
        (changed("steps", chance=101), "steps[0].chance", "should be from 1 to 100"),
        (
            changed("sources", url="ftp://a.example/"),
            "sources[0].url",
            "should be a web address that begins with https",
        ),
        (changed("sources", url="javascript:alert(1)"), "sources[0].url", "should be a web address"),
        (changed("sources", url="https://a.example/ b"), "sources[0].url", "should be a web address"),
        (changed("sources", url="https://" + "a" * 501), "sources[0].url", "should be a web address"),
        (changed("sources", key="estimate"), "sources[0].key", "“estimate” marks figures without a source"),
        (an_error(fast_fix_source="gone"), "fast_fix_source", "names the source “gone”"),
        (changed("fix_times", source="gone"), "fix_times[0].source", "names the source “gone”"),
        (changed("causes", source="gone"), "causes[0].source", "names the source “gone”"),
        (changed("costs", source="gone"), "costs[0].source", "names the source “gone”"),
        (changed("steps", time_source="gone"), "steps[0].time_source", "names the source “gone”"),
        (changed("steps", chance=5, chance_source="gone"), "steps[0].chance_source", "names the source “gone”"),
        (with_node(2, time_source="gone"), "flow.nodes[2].time_source", "names the source “gone”"),
        (an_error(summary="So[^gone]."), "summary", "refers to the source “gone”"),
        (changed("sections", 2, body="So[^gone]."), "sections[2].body", "refers to the source “gone”"),
        (with_node(2, do_now="Wait[^gone]."), "flow.nodes[2].do_now", "refers to the source “gone”"),
        (an_error(summary="# Loud"), "summary", "headings inside a part begin with ### or more"),
        (changed("steps", body="1. a\n## b"), "steps[0].body", "headings inside a part begin with ### or more"),
        (an_error(summary="x" * (MAX_PROSE + 1)), "summary", "is 20,001 characters long; 20,000 is the most"),
        (an_error(diagram="Only one station"), "diagram", "the diagram needs two to 3 stations"),
        (
            an_error(diagram="Intuit --> The bank’s gateway --> The core database"),
            "diagram",
            "the diagram’s words don’t",
        ),
        (an_error(summary="[[700#step-2]]"), "summary", "links to “#step-2” of Error 700, which has no such part"),
        (an_error(summary="[[701#nowhere]]"), "summary", "links to “#nowhere” of Error 701, which has no such part"),
        (with_jump("999"), "flow.nodes[4].to", "jumps to “999”, which is not published"),
        (with_jump("700"), "flow.nodes[4].to", "jumps to its own article"),
        (with_jump("a-guide"), "flow.nodes[4].to", "jumps to Title of a-guide, which has no flow"),
        (with_jump("701", Answer("wait", "yes")), "flow.nodes[4].answers", "carries over “wait: yes”, which Error 701"),
        (with_jump("701", Answer("site", "maybe")), "flow.nodes[4].answers", "carries over “site: maybe”"),
        (
            with_jump("701", Answer("site", "yes"), Answer("site", "no")),
            "flow.nodes[4].answers",
            "carries over “site: no”, which Error 701 does not ask at that point",
        ),
        (an_error(reviewed_on=TODAY + timedelta(days=2)), "reviewed_on", "the review date lies in the future"),
    ],
)
def test_a_fault_is_named_with_its_field(document: Document, field: str, message: str) -> None:
    (fault,) = faults(document)

    assert fault[0] == field
    assert message in fault[1]


@pytest.mark.parametrize(
    "field",
    [
        *("summary", "fast_fix_time", "data_risk", "data_risk_text", "reach", "reach_text", "trigger", "trigger_text"),
        *("fix_times", "causes", "delay_today", "delay_week", "fault", "sign", "lookalikes", "steps", "costs"),
        *("related", "sources", "flow"),
    ],
)
def test_every_error_article_has_every_part(field: str) -> None:
    default = next(f.default for f in fields(Document) if f.name == field)
    empty = "" if field == "summary" else default

    assert (field, "is missing; every error article has this part") in faults(an_error(**{field: empty}))


@pytest.mark.parametrize("key", ERROR_SECTIONS)
def test_every_error_article_has_every_section(key: str) -> None:
    sections = tuple(section for section in an_error().sections if section.key != key)

    assert faults(an_error(sections=sections)) == [
        ("sections", f"the section “{key}” is missing; every error article has this part")
    ]


def test_an_error_article_has_no_sections_of_its_own_invention() -> None:
    sections = (*an_error().sections, Section("repair", "Treat", "Start."), Section("history", "History", "Long ago."))

    ((field, message),) = faults(an_error(sections=sections))

    assert field == "sections[8].key"
    assert "no section “history”; it has: fast-fix, data" in message


@pytest.mark.parametrize("part", ["causes", "steps", "costs", "sources", "sections"])
def test_a_key_belongs_to_one_entry(part: str) -> None:
    found_here = [field for field, message in faults(doubled(part)) if "is the key of more than one of the" in message]

    count = len(getattr(doubled(part), part))
    assert found_here == [f"{part}[{at}].key" for at in range(count)]


@pytest.mark.parametrize("part", ["fix_times", "risk_factors", "lookalikes", "related"])
def test_nothing_is_listed_twice(part: str) -> None:
    found_here = [field for field, message in faults(doubled(part)) if "is listed more than once" in message]

    assert found_here == [f"{part}[0]", f"{part}[1]"]


@pytest.mark.parametrize("part", ["causes", "steps", "costs", "sources", "sections"])
@pytest.mark.parametrize("key", ["", "Upper", "a b", "-a", "a--b", "a/b", "ä", "a" * 41])
def test_a_key_can_stand_in_an_address(part: str, key: str) -> None:
    found_here = dict(faults(changed(part, key=key)))

    assert "should be small letters, figures and hyphens, 40 at most" in found_here[f"{part}[0].key"]


def test_the_keys_of_nodes_and_answers_can_stand_in_an_address() -> None:
    question = Question("A b", "Does it work?", (Option("ye s", "Yes", "wait"), Option("not-sure", "Not sure", "wait")))

    found_here = dict(faults(an_error(flow=Flow("A b", (question, an_outcome())))))

    assert found_here["flow.nodes[0].key"].startswith("“A b” should be small letters")
    assert found_here["flow.nodes[0].options[0].key"].startswith("“ye s” should be small letters")


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (an_error(lookalikes=(Lookalike("700", "Itself.", "None."),)), "lookalikes[0]"),
        (an_error(related=(Related("700", "Again."),)), "related[0]"),
        (an_error("OL-7", related=(Related("ol-7", "Again."),)), "related[0]"),
    ],
)
def test_an_article_is_not_its_own_neighbour(document: Document, field: str) -> None:
    assert (field, "an article can’t name itself here") in faults(document)


@pytest.mark.parametrize("percent", [0, 101])
def test_every_likelihood_is_from_1_to_100(percent: int) -> None:
    causes = (replace(an_error().causes[0], percent=100 - percent), Cause("b", "Another", percent, ""))

    assert ("causes[1].percent", "should be from 1 to 100") in faults(an_error(causes=causes))


@pytest.mark.parametrize("shares", [(75, 20), (75, 20, 6), (33, 33, 33)])
def test_the_likelihoods_of_an_article_add_up(shares: tuple[int, ...]) -> None:
    causes = tuple(Cause(f"c{at}", "Cause", percent, "") for at, percent in enumerate(shares))

    assert ("causes", f"the likelihoods add up to {sum(shares)} %, not 100 %") in faults(an_error(causes=causes))


@pytest.mark.parametrize(
    "document",
    [
        an_error(summary="[[999]]"),
        an_error(summary="[[999#step-1|as you read there]]"),
        an_error(lookalikes=(Lookalike("999", "Something.", "A sign."),)),
        an_error(related=(Related("999", "Next."),)),
        with_node(3, error="999"),
        changed("sections", 4, body="See [[999]]."),
    ],
)
def test_a_link_to_what_is_not_published_is_only_a_warning(document: Document) -> None:
    assert faults(document) == []
    assert any("links to “999”, which is not published yet" in message for _, message in warnings(document))


def test_links_and_jumps_to_what_is_there_raise_nothing() -> None:
    document = replace(
        with_jump("701", Answer("site", "yes"), Answer("try", "could-not")),
        summary="[[701]], [[A-Guide#when]], [[700#step-update]], [[701#cause-outage]] and [[700#hard-stop]].",
    )

    assert faults(document) == []
    assert not [message for _, message in warnings(document) if "links to" in message]


@pytest.mark.parametrize(
    ("reviewed_on", "is_overdue"),
    [(TODAY - timedelta(days=31), True), (TODAY - timedelta(days=30), False), (TODAY + timedelta(days=1), False)],
)
def test_an_overdue_review_is_only_a_warning(reviewed_on: date, is_overdue: bool) -> None:
    document = an_error(reviewed_on=reviewed_on, review_every=Duration(10 * DAY, 30 * DAY))

    assert faults(document) == []
    assert (("reviewed_on", "the review is overdue") in warnings(document)) is is_overdue


def test_figures_without_a_source_are_a_warning_with_their_number() -> None:
    every_figure = {"fast_fix_source", "fix_times", "causes", "costs", "steps"}

    assert ("sources", f"{len(every_figure)} figures are editorial estimates without a published source") in warnings(
        an_error()
    )
    assert ("sources", "6 figures are editorial estimates without a published source") in warnings(
        changed("steps", chance=40)
    )
    assert not [field for field, _ in warnings(a_guide()) if field == "sources"]


def test_a_better_order_of_the_steps_is_a_warning_that_names_it() -> None:
    first = replace(an_error().steps[0], title="Slow", chance=10, time=Duration(DAY, DAY))
    second = replace(first, key="quick", title="Quick", chance=40, time=FIVE_MINUTES)

    assert ("steps", "by chance for each minute the better order would be “Quick”, then “Slow”") in warnings(
        an_error(steps=(first, second))
    )
    assert not [field for field, _ in warnings(an_error(steps=(second, first))) if field == "steps"]


def test_an_observation_has_a_key_and_a_question_of_its_own() -> None:
    smoke = WITH_OBSERVATIONS.observations[0]

    twice = replace(WITH_OBSERVATIONS, observations=(smoke, replace(smoke, question=" ", name="fire")))

    assert faults(WITH_OBSERVATIONS) == []
    assert faults(twice) == [
        ("observations[0].key", "“smoke” is the key of more than one of the observations"),
        ("observations[1].key", "“smoke” is the key of more than one of the observations"),
        ("observations[1].question", "is empty"),
    ]


def test_faults_of_the_signs_are_faults_of_the_document() -> None:
    document = an_error(signs=(Sign("noise", Fit.YES),))

    problems_found = problems(document, lookup=SITE.get, today=TODAY, observations=WITH_OBSERVATIONS.observations)

    assert [problem.field for problem in errors(problems_found)] == ["signs[0].observation"]


def test_faults_of_the_flow_are_faults_of_the_document() -> None:
    ((field, message),) = faults(with_node(2, do_now=""))

    assert (field, message) == ("flow.nodes[2].do_now", "the outcome “Finding wait” does not say what to do now")


def test_a_published_node_key_keeps_its_meaning() -> None:
    earlier = with_node(2, disposition="call_bank").flow
    assert earlier is not None

    (fault,) = errors(found(an_error(), earlier=(earlier,)))

    assert fault.field == "flow.nodes[2].key"


def texts_of(entry: Any, place: str = "") -> Iterator[str]:
    """The places of all texts in a document, such as `flow.nodes[0].options[1].label`."""
    for f in fields(entry):
        held = getattr(entry, f.name)
        here = f"{place}{f.name}"
        if type(held) is str:
            yield here
        elif is_dataclass(held) and not isinstance(held, Duration):
            yield from texts_of(held, f"{here}.")
        elif isinstance(held, tuple):
            for at, item in enumerate(held):
                if is_dataclass(item):
                    yield from texts_of(item, f"{here}[{at}].")


def put(entry: Any, place: str, text: str) -> Any:
    """The same with `text` at one of the places that `texts_of` tells."""
    head, _, rest = place.partition(".")
    name, _, index = head.rstrip("]").partition("[")
    if not rest:
        return replace(entry, **{name: text})
    held = getattr(entry, name)
    if not index:
        return replace(entry, **{name: put(held, rest, text)})
    items = list(held)
    items[int(index)] = put(items[int(index)], rest, text)
    return replace(entry, **{name: tuple(items)})


EVERY_FIELD = replace(
    with_jump("701"),
    risk_factors=(RiskFactor("Small account", Level.LOW, "A nuisance", "It can wait."),),
    signs=(Sign("smoke", Fit.SOMETIMES, "At night."),),
)
WITH_OBSERVATIONS = a_guide(
    "which-error",
    kind=Kind.CHOOSER,
    sections=(),
    flow=Flow("end", (an_outcome("end", causes=()),)),
    observations=(Observation("smoke", "Do you see smoke?", "smoke", "Look up.", "Outside"),),
)
PLACES = [
    *texts_of(EVERY_FIELD),
    *(place for place in texts_of(WITH_OBSERVATIONS) if place.startswith("observations")),
]


def with_text(place: str, text: str) -> Document:
    """A sound document with `text` at one of the places."""
    return put(WITH_OBSERVATIONS if place.startswith("observations") else EVERY_FIELD, place, text)


def is_refused_or_kept(document: Document) -> bool:
    if errors(found(document)):
        return True
    try:
        return parse(dump(document)) == document
    except DocumentInvalid as refusal:
        return bool(refusal.problems)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "'; DROP TABLE kb_article; --",
        "{{ settings.SECRET_KEY }}{% load x %}",
        "---\n## Break out {#out}\n\n---",
        "*a &b !!python/object:os.system [[[",
        "\x00\x1b[31m",
        "\N{RIGHT-TO-LEFT OVERRIDE}\ufeff\N{LINE SEPARATOR}",
        "[[" * 1_000,
        " --" * 500,
        " ",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_text_in_any_field_is_refused_or_kept_as_the_text_it_is(hostile: str) -> None:
    for place in PLACES:
        assert is_refused_or_kept(with_text(place, clean(hostile))), place


def test_a_megabyte_in_any_prose_is_refused() -> None:
    megabyte = "x " * 500_000

    for place in ("summary", "causes[0].text", "steps[0].body", "sections[0].body", "flow.nodes[2].do_now"):
        ((field, message),) = faults(put(EVERY_FIELD, place, megabyte))
        assert (field, message) == (place, "is 1,000,000 characters long; 20,000 is the most for one part")


def test_a_diagram_that_is_too_long_is_not_read_at_all() -> None:
    ((field, message),) = faults(an_error(diagram=f"A{' ' * 2_000}B"))

    assert (field, message) == ("diagram", "is longer than 200 characters")


@settings(deadline=None, max_examples=40)
@given(documents())
def test_any_document_can_be_judged(document: Document) -> None:
    for problem in found(document):
        assert problem.message
        assert problem.field


COLUMNS: list[tuple[str, type[Model]]] = [
    ("", models.Article),
    *((f"{name}[0].", model) for name, (_, model) in PARTS.items()),
    ("flow.nodes[0].", models.Node),
    ("flow.nodes[2].", models.Node),
    ("flow.nodes[0].options[0].", models.Option),
]
TEXT_COLUMNS = [
    (f"{place}{column.name}", column.max_length)
    for place, model in COLUMNS
    for column in model._meta.concrete_fields
    if isinstance(column, CharField) and not isinstance(column, DurationField) and not column.choices
    if f"{place}{column.name}" in PLACES and column.max_length
]


@pytest.mark.parametrize(("place", "longest"), TEXT_COLUMNS, ids=[place for place, _ in TEXT_COLUMNS])
def test_a_text_that_the_desk_has_no_room_for_is_refused_with_its_field(place: str, longest: int) -> None:
    document = with_text(place, "x" * (longest + 1))

    assert any(place == field or place.startswith(f"{field}.") for field, _ in faults(document))


def test_no_text_of_a_document_was_passed_over() -> None:
    assert len(PLACES) > 80
    assert len(TEXT_COLUMNS) > 40
