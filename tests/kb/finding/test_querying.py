import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kb.finding.querying import LONGEST, Query, clean, read

KNOWN = {"101", "102", "103", "105", "108", "185", "350", "ol-301"}


def asked(text: str) -> Query:
    return read(text, KNOWN.__contains__)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("102", ["102"]),
        (" 102 ", ["102"]),
        ("102?", ["102"]),
        ("#102", ["102"]),
        ("(102)", ["102"]),
        ("error 185", ["185"]),
        ("error-102", ["102"]),
        ("ERROR_103", ["103"]),
        ("error102", ["102"]),
        ("err:105", ["105"]),
        ("102err", ["102"]),
        ("102 error", ["102"]),
        ("error=102", ["102"]),
        ("qbo err 185", ["185"]),
        ("qbo 350 wells fargo", ["350"]),
        ("Error 350 -", ["350"]),
        ("quickbooks bank error code 101", ["101"]),
        ("error code is 102", ["102"]),
        ("error message: 102", ["102"]),
        ("QuickBooks Online 350", ["350"]),
        ("what is 108", ["108"]),
        ("what about 105", ["105"]),
        ("getting 103 on chase", ["103"]),
        ("350 expired", ["350"]),
        ("102: bank down", ["102"]),
        ("OL-301", ["ol-301"]),
        ("what is OL-301 please", ["ol-301"]),
        ("ol301", ["ol-301"]),
        ("err-102", ["102"]),
        ("error 102 or 105", ["102", "105"]),
        ("errors 105, 102", ["105", "102"]),
        ("error 102/105", ["102", "105"]),
        ("102 vs 103", ["102", "103"]),
        ("102 105", ["102", "105"]),
        ("(105) (102)", ["105", "102"]),
        ("error 102, again error 102", ["102"]),
        ("\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT ZERO}\N{FULLWIDTH DIGIT TWO}", ["102"]),
        ("We can't connect to your bank right now. Error 102 (something's not working)", ["102"]),
        ("Please check your sign-in info for this bank and try again. (103)", ["103"]),
        ("Checking (3102) It's taking too long to reach this bank. Error 101", ["101"]),
        ("Savings (103) error 102", ["102"]),
        ("We couldn't update your account. (105)", ["105"]),
        ("Five days now: works, 105, works", ["105"]),
        ("error 103'; DROP TABLE article;--", ["103"]),
        ("<b onclick=x>\N{POUTING FACE} error 108</b>", ["108"]),
    ],
)
def test_what_reads_as_a_code_is_one(text: str, codes: list[str]) -> None:
    query = asked(text)

    assert list(query.codes) == codes
    assert query.unknown == ()


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("109", ["109"]),
        ("error 109", ["109"]),
        ("err109", ["109"]),
        ("99999", ["99999"]),
        ("error 1022", ["1022"]),
        ("qbo 9999", ["9999"]),
        ("error 10", ["10"]),
        ("OL-222", ["ol-222"]),
        ("error C=343", ["c=343"]),
        ("PS038 error", ["ps038"]),
        ("H202", ["h202"]),
        ("OLSU-1013", ["olsu-1013"]),
        ("h505 multi user", ["h505"]),
        ("-6000", ["-6000"]),
        ("-6000, -83", ["-6000", "-83"]),
        ("109 bank feed", ["109"]),
        ("We are on it. (109)", ["109"]),
        ("error 104 connection timed out at the bank", ["104"]),
    ],
)
def test_a_code_without_an_article_is_a_code_all_the_same(text: str, codes: list[str]) -> None:
    query = asked(text)

    assert query.codes == ()
    assert list(query.unknown) == codes


@pytest.mark.parametrize(
    "text",
    [
        "",
        "error",
        "error code",
        "350 kb limit",
        "350kb",
        "file of 350 KB",
        "over 350 rows",
        "$350",
        "350%",
        "my 102 transactions are gone",
        "after 105 tries",
        "since 2019",
        "QuickBooks 2024",
        "call 1-800-555-0100",
        "800 555 0100",
        "4111 1111 1111 1111",
        "Checking (103) does not update",
        "account ending 102",
        "x3102",
        "security code 4412",
        "2026-11-22",
        "10.2",
        "2FA",
        "capital one 360 keeps asking for a code",
        "\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT ZERO}\N{ARABIC-INDIC DIGIT TWO}",
    ],
)
def test_other_figures_are_no_codes(text: str) -> None:
    query = asked(text)

    assert query.codes == ()
    assert query.unknown == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("102 bank maintenance", "bank maintenance"),
        ("error code 102 again", "again"),
        ("keeps asking for verification code", "keeps asking for verification code"),
        ("err 185: who gets it?", "who gets it"),
        ("102 or 105, then 103", ""),
        ("350 kb limit", "350 kb limit"),
        (') AND " ( OR', "and or"),
    ],
)
def test_the_words_are_what_stands_beside_the_codes(text: str, words: str) -> None:
    assert asked(text).words == words


def test_a_known_code_beside_an_unknown_one_is_told_from_it() -> None:
    query = asked("error 109 or 102")

    assert query.codes == ("102",)
    assert query.unknown == ("109",)


def test_what_can_not_be_seen_is_taken_out_and_blanks_are_run_together() -> None:
    assert clean(" a\x00b \n\t c\u202e d\u200b\ufeff \ud800e ") == "ab c d e"
    assert len(clean("x" * 3 * LONGEST)) == LONGEST


naming = st.sampled_from(["error ", "Error: ", "ERR ", "err#", "error code ", "QBO error ", "err. ", "error", "Error-"])
around = st.text("abcxyz ÄÖ.!?'\"<>", max_size=20).map(lambda text: f" {text} ")


@given(st.integers(10, 99_999), naming, around, around)
def test_a_figure_that_is_called_an_error_is_found_in_any_text(number: int, name: str, before: str, after: str) -> None:
    query = asked(f"{before}{name}{number}{after}")

    assert query.codes + query.unknown == (str(number),)


pieces = st.sampled_from(
    ["error ", "102", "109", "OL-301", "(", ")", '"', "AND ", "#", "-", " or ", "kb", "$", "code "]
)


@given(st.text(max_size=300) | st.lists(pieces, max_size=40).map("".join))
@example("102 " * 500)
@example("# " * 1_000 + "102")
@example("error " * 400)
@example("1-" * 1_000)
def test_reading_never_fails_and_names_each_code_once(text: str) -> None:
    query = asked(text)

    assert len({*query.codes, *query.unknown}) == len(query.codes) + len(query.unknown)
    assert all(code in KNOWN for code in query.codes)
    assert not KNOWN & set(query.unknown)
    assert query.words == query.words.lower()
    assert len(query.text) <= LONGEST
