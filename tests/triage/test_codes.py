from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kb.flow import Flow, Option, Question, Trail
from tests.factories import a_flow, an_outcome
from tests.strategies import SoundFlow, sound_flows
from triage.codes import BadCode, Code, decode, encode, trail_of
from triage.walk import replay

small_flows = sound_flows(max_inner=7, max_ends=5)
modest = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
IDENTITIES = frozenset({"102", "103", "185", "ol-301", "manual-import", "which-error", "a", "7"})
NAMES = {identity: identity for identity in IDENTITIES} | {"err-102": "102", "by-hand": "manual-import"}
YES_COULD_NOT: Trail = (("site", "yes"), ("try", "could-not"))


def read(text: str) -> Code:
    return decode(text, NAMES)


def test_a_code_names_article_revision_and_the_letter_of_each_answer() -> None:
    code = encode("102", 3, a_flow(), YES_COULD_NOT)

    assert code == "102-3-AC"
    assert read(code) == Code("102", 3, "AC")
    assert trail_of("AC", a_flow()) == YES_COULD_NOT


def test_before_the_first_answer_there_is_nothing_to_read_out() -> None:
    assert encode("102", 3, a_flow(), ()) == ""


def test_a_trail_of_another_flow_has_no_code() -> None:
    with pytest.raises(KeyError):
        encode("102", 3, a_flow(), (("elsewhere", "yes"),))


@pytest.mark.parametrize(
    "text",
    [
        "102-3-AC",
        "102-3-ac",
        " 102 - 3 - a c ",
        "102 3 AC",
        "102.3.AC",
        "102/3/A-C",
        "102–3–AC",
        "102-3-A-C",
        "102-03-AC",
        "(102-3-AC)",
        "1O2-3-AC",
        "IO2-3-AC",
        "l02-3-4C",
        "102-3-4c",
    ],
)
def test_a_code_is_read_as_people_write_it_down(text: str) -> None:
    assert read(text) == Code("102", 3, "AC")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ol-301-2-b", Code("ol-301", 2, "B")),
        ("OL 301 2 B", Code("ol-301", 2, "B")),
        ("Manual-Import-12-AAB", Code("manual-import", 12, "AAB")),
        ("7-7-G", Code("7", 7, "G")),
        ("185-L-0148536", Code("185", 1, "OIABSEG")),
        ("18S-S-A", Code("185", 5, "A")),
        ("a-1-a", Code("a", 1, "A")),
        ("102-999999999-A", Code("102", 999_999_999, "A")),
        ("OL-3O1-2-B", Code("ol-301", 2, "B")),
        ("0l-3oi-2-8", Code("ol-301", 2, "B")),
        ("MANUA1-1MP0RT-l-A", Code("manual-import", 1, "A")),
    ],
)
def test_names_with_letters_and_look_alikes_are_read(text: str, code: Code) -> None:
    assert read(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ERR-102-3-AC", Code("102", 3, "AC")),
        ("err 1O2 3 AC", Code("102", 3, "AC")),
        ("by-hand-12-A", Code("manual-import", 12, "A")),
    ],
)
def test_other_names_of_an_article_are_read_as_the_article(text: str, code: Code) -> None:
    assert read(text) == code


def test_a_name_as_it_is_written_goes_before_one_that_looks_like_it() -> None:
    names = {"so": "so", "50": "50", "ol": "ol", "ol-1": "ol-1"}

    assert decode("so-1-A", names).identity == "so"
    assert decode("50-1-A", names).identity == "50"
    assert decode("ol-I-A-B", names) == Code("ol", 1, "AB")


def test_a_name_that_looks_like_several_articles_is_read_as_none() -> None:
    with pytest.raises(BadCode, match="no article for a code that begins with “5o”"):
        decode("5o-1-A", {"so": "so", "50": "50"})


def test_two_names_of_one_article_may_look_alike() -> None:
    assert decode("5o-1-A", {"so": "50", "50": "50"}) == Code("50", 1, "A")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "three parts"),
        ("102", "three parts"),
        ("102-3", "three parts"),
        ("102-3-", "three parts"),
        ("---", "three parts"),
        ("A" * 121, "three parts"),
        ("102-3-" + "A" * 3_000, "three parts"),
        ("999-3-AC", "no article for a code that begins with “999”"),
        ("102-x-AC", "not “x”"),
        ("102--AC-B", "not “AC”"),
        ("102-1234567890-A", "not “1234567890”"),
        ("102-3-A2", "letters only"),
        ("102-3-A9B", "letters only"),
    ],
)
def test_a_wrong_code_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(BadCode, match=says):
        read(text)


@pytest.mark.parametrize(
    ("letters", "says"),
    [
        ("ACA", "more letters than this path has answers: it ends after letter 2"),
        ("BB", "it ends after letter 1"),
        ("D", "Letter 1 of the code, D, stands for no answer here; the last answer is C"),
        ("AZ", "Letter 2 of the code, Z"),
    ],
)
def test_letters_that_fit_no_answer_are_named(letters: str, says: str) -> None:
    with pytest.raises(BadCode, match=says):
        trail_of(letters, a_flow())


def test_every_one_of_twenty_six_answers_has_a_letter() -> None:
    options = tuple(Option(f"a{at}", f"Answer {at}", "wait") for at in range(26))
    flow = Flow("q", (Question("q", "Which?", options), an_outcome("wait")))

    codes = [encode("102", 1, flow, (("q", option.key),)) for option in options]

    assert [trail_of(read(code).letters, flow) for code in codes] == [(("q", option.key),) for option in options]
    assert codes[-1] == "102-1-Z"


LOOK_ALIKES = {"0": "0Oo", "1": "1IiLl", "5": "5Ss", "8": "8Bb"}
LOOK_ALIKE_LETTERS = {"O": "0", "I": "1", "A": "4", "B": "8", "S": "5", "E": "3", "G": "6"}
blanks = st.sampled_from(["-", " ", " - ", "–", ".", "/", ", "])


@given(
    sound=small_flows,
    identity=st.sampled_from(["102", "185", "108", "350"]),
    revision=st.integers(1, 999_999_999),
    data=st.data(),
)
@modest
def test_code_to_trail_to_code_is_the_identity_even_when_misheard(
    sound: SoundFlow, identity: str, revision: int, data: st.DataObject
) -> None:
    walk = replay(sound.flow, {})
    while walk.end.options and (not walk.taken or data.draw(st.booleans())):
        walk = walk.answering(walk.end.key, data.draw(st.sampled_from(walk.end.options)).key)
    code = encode(identity, revision, sound.flow, walk.trail)
    if not walk.taken:
        assert code == ""
        return
    first, second, letters = code.split("-")
    heard = data.draw(blanks).join(
        [
            "".join(data.draw(st.sampled_from(LOOK_ALIKES.get(figure, figure))) for figure in first),
            "".join(data.draw(st.sampled_from(LOOK_ALIKES.get(figure, figure))) for figure in second),
            "".join(
                data.draw(st.sampled_from(letter + letter.lower() + LOOK_ALIKE_LETTERS.get(letter, "")))
                for letter in letters
            ),
        ]
    )

    taken = decode(heard, {identity: identity})

    assert trail_of(taken.letters, sound.flow) == walk.trail
    assert encode(taken.identity, taken.revision, sound.flow, walk.trail) == code
    assert replay(sound.flow, dict(trail_of(taken.letters, sound.flow))) == walk


@given(sound=small_flows, letters=st.text("ABCDEFGHZ", min_size=1, max_size=12))
@modest
def test_any_letters_are_a_trail_of_the_flow_or_a_bad_code(sound: SoundFlow, letters: str) -> None:
    with suppress(BadCode):
        trail = trail_of(letters, sound.flow)

        assert replay(sound.flow, dict(trail)).trail == trail
        assert encode("102", 1, sound.flow, trail) == f"102-1-{letters}"


@given(
    st.one_of(
        st.text(max_size=130),
        st.lists(
            st.sampled_from(
                ["102", "ol", "301", "3", "-", " ", "BA", "0", "O", "\N{SUPERSCRIPT TWO}", "\x00", "ß", "٣"]
            ),
            max_size=12,
        ).map("".join),
    )
)
@example("102-²-A")
@example("102-٣-A")
@example("102-3-ß")
@example("102-3-\N{LATIN SMALL LIGATURE FF}")
@example("%00")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_a_code_of_a_known_article_or_a_bad_code(text: str) -> None:
    with suppress(BadCode):
        code = read(text)

        assert code.identity in IDENTITIES
        assert 0 <= code.revision < 10**9
        assert code.letters.isascii()
        assert code.letters.isalpha()
        assert code.letters.isupper()
        assert read(str(code)) == code
