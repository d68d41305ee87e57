from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kb.flow import MAX_DECISIONS
from kb.signs import Fit
from triage.differential import Matrix, Seen, Standing, Telling, next_question, rank, telling

YES, SOMETIMES, NO = Fit
ERRORS = ["101", "102", "103", "105", "108"]
OBSERVATIONS = ["boxes", "code", "hung", "notice", "works", "zzz"]
MATRIX: Matrix = {
    "101": {"hung": YES, "code": NO, "notice": NO, "works": SOMETIMES},
    "108": {"hung": SOMETIMES, "code": NO, "notice": YES, "works": NO},
    "185": {"hung": SOMETIMES, "code": YES, "notice": NO, "works": SOMETIMES},
    "324": {},
}

matrices = st.lists(st.sampled_from(ERRORS), unique=True, min_size=1).flatmap(
    lambda errors: st.fixed_dictionaries(
        {error: st.dictionaries(st.sampled_from(OBSERVATIONS), st.sampled_from(Fit)) for error in errors}
    )
)
answers = st.dictionaries(st.sampled_from(OBSERVATIONS), st.sampled_from(Seen))
codes = st.sampled_from(["", *ERRORS])


def order(standings: tuple[Standing, ...]) -> list[str]:
    return [standing.error for standing in standings]


def place(matrix: Matrix, given: Mapping[str, Seen], shown: str, error: str) -> int:
    return order(rank(matrix, given, shown)).index(error)


def test_each_answer_fits_may_go_with_or_speaks_against_an_error() -> None:
    standing = rank(MATRIX, {"hung": Seen.YES, "code": Seen.NO, "notice": Seen.YES, "works": Seen.NO})[0]

    assert standing == Standing("108", fits=("code", "notice", "works"), may=("hung",), against=())


def test_an_answer_that_an_error_says_nothing_of_bears_on_it_in_no_way() -> None:
    standing = rank(MATRIX, {"hung": Seen.YES, "boxes": Seen.NO}, "324")[0]

    assert standing == Standing("324", (), (), ())


def test_without_answers_the_code_on_the_screen_comes_first_and_then_the_order_of_the_site() -> None:
    assert order(rank(MATRIX, {})) == ["101", "108", "185", "324"]
    assert order(rank(MATRIX, {}, "185")) == ["185", "101", "108", "324"]


def test_among_errors_with_nothing_against_them_the_one_that_more_answers_fit_comes_first() -> None:
    standings = rank(MATRIX, {"hung": Seen.YES})

    assert order(standings) == ["101", "108", "185", "324"]
    assert order(rank({"108": MATRIX["108"], "101": MATRIX["101"]}, {"hung": Seen.YES})) == ["101", "108"]


def test_what_was_seen_outranks_the_code_on_the_screen() -> None:
    assert order(rank(MATRIX, {"code": Seen.YES}, "101"))[:2] == ["185", "324"]


def test_where_what_was_seen_fits_several_errors_the_code_on_the_screen_decides() -> None:
    assert order(rank(MATRIX, {"hung": Seen.YES}, "185"))[0] == "185"


def test_one_answer_against_an_error_weighs_more_than_many_that_fit_it() -> None:
    fits = dict.fromkeys("abcdef", YES)

    standings = rank({"1": {**fits, "z": NO}, "2": {}}, {**dict.fromkeys("abcdefz", Seen.YES)})

    assert order(standings) == ["2", "1"]


@given(matrices, answers, codes, st.data())
def test_the_order_of_the_answers_does_not_matter(matrix: Matrix, given: dict, shown: str, data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations(list(given.items()))))

    assert rank(matrix, shuffled, shown) == rank(matrix, given, shown)
    assert next_question(matrix, OBSERVATIONS, shuffled) == next_question(matrix, OBSERVATIONS, given)


@given(matrices, answers, codes)
def test_each_error_is_ranked_once_and_each_answer_bears_on_it_in_one_way_at_most(
    matrix: Matrix, given: dict, shown: str
) -> None:
    standings = rank(matrix, given, shown)

    assert sorted(order(standings)) == sorted(matrix)
    for standing in standings:
        bearing = [*standing.fits, *standing.may, *standing.against]
        assert len(set(bearing)) == len(bearing)
        assert set(bearing) == {key for key, seen in given.items() if seen is not Seen.NOT_SURE} & set(
            matrix[standing.error]
        )


@given(matrices, answers, codes, st.sampled_from(OBSERVATIONS))
def test_not_sure_counts_nothing(matrix: Matrix, given: dict, shown: str, observation: str) -> None:
    without = {key: seen for key, seen in given.items() if key != observation}

    assert rank(matrix, {**without, observation: Seen.NOT_SURE}, shown) == rank(matrix, without, shown)


@given(matrices, answers, codes, st.sampled_from(OBSERVATIONS), st.data())
def test_seeing_a_sign_that_one_error_alone_has_never_lowers_that_error(
    matrix: Matrix, given: dict, shown: str, observation: str, data: st.DataObject
) -> None:
    assume(observation not in given)
    error = data.draw(st.sampled_from(sorted(matrix)))
    others = st.sampled_from([{observation: SOMETIMES}, {observation: NO}, {}])
    fits = {other: {observation: YES} if other == error else data.draw(others) for other in matrix}
    told = {
        other: {**{key: fit for key, fit in signs.items() if key != observation}, **fits[other]}
        for other, signs in matrix.items()
    }

    after = place(told, {**given, observation: Seen.YES}, shown, error)

    assert after <= place(told, given, shown, error)


@given(matrices, answers, st.sampled_from(ERRORS))
def test_the_code_on_the_screen_lifts_no_error_above_one_with_fewer_answers_against_it(
    matrix: Matrix, given: dict, shown: str
) -> None:
    counts = [len(standing.against) for standing in rank(matrix, given, shown)]

    assert counts == sorted(counts)


@given(matrices, answers, st.sampled_from(ERRORS))
def test_the_code_on_the_screen_moves_only_its_own_error(matrix: Matrix, given: dict, shown: str) -> None:
    with_code, without = order(rank(matrix, given, shown)), order(rank(matrix, given))

    assert [error for error in with_code if error != shown] == [error for error in without if error != shown]


def test_the_question_that_can_rule_out_most_is_asked_first_and_says_between_what() -> None:
    question = next_question(MATRIX, ["hung", "code", "notice", "works"], {})

    assert question == Telling("code", always=("185",), sometimes=(), never=("101", "108"))


def test_of_two_questions_that_tell_as_much_the_first_in_the_list_is_asked() -> None:
    assert [next_question(MATRIX, listed, {}).observation for listed in (["notice", "code"], ["code", "notice"])] == [
        "notice",
        "code",
    ]


def test_a_question_is_asked_only_about_errors_against_which_nothing_speaks() -> None:
    question = next_question(MATRIX, ["hung", "code", "notice", "works"], {"code": Seen.NO})

    assert question == Telling("notice", always=("108",), sometimes=(), never=("101",))


@pytest.mark.parametrize("seen", [{"code": Seen.YES, "notice": Seen.YES}, {"notice": Seen.YES}])
def test_nothing_is_asked_once_at_most_one_error_with_signs_is_left(seen: dict) -> None:
    assert next_question(MATRIX, ["hung", "code", "notice", "works"], seen) is None


def test_nothing_is_asked_of_somebody_who_has_answered_enough() -> None:
    unsure = dict.fromkeys(map(str, range(MAX_DECISIONS)), Seen.NOT_SURE)

    assert next_question(MATRIX, ["code"], dict(list(unsure.items())[1:])) is not None
    assert next_question(MATRIX, ["code"], unsure) is None


@given(matrices, answers)
def test_what_is_asked_has_no_answer_yet_and_one_of_its_answers_speaks_against_an_open_error(
    matrix: Matrix, given: dict
) -> None:
    question = next_question(matrix, OBSERVATIONS, given)

    assume(question is not None)
    still_open = {one.error for one in rank(matrix, given) if one.is_open}
    assert question.observation not in given
    left = [
        {one.error for one in rank(matrix, {**given, question.observation: seen}) if one.is_open}
        for seen in (Seen.YES, Seen.NO)
    ]
    assert any(after < still_open for after in left)


@given(matrices, answers, st.sampled_from(OBSERVATIONS))
def test_the_weight_of_a_question_counts_what_its_answers_can_speak_against(
    matrix: Matrix, given: dict, observation: str
) -> None:
    """Each open error with a sign answers as it would show itself: twice yes, twice no, or once each for sometimes."""
    others = {key: seen for key, seen in given.items() if key != observation}
    question = telling(matrix, observation, given)
    still_open = [one.error for one in rank(matrix, others) if one.is_open]

    against = 0
    for error in still_open:
        shows = {YES: [Seen.YES] * 2, SOMETIMES: [Seen.YES, Seen.NO], NO: [Seen.NO] * 2}
        for seen in shows.get(matrix[error].get(observation), []):
            after = rank(matrix, {**others, observation: seen})
            against += sum(one.error in still_open and not one.is_open for one in after)
    assert question.weight == against
