"""Other articles are named by placeholders and by their bare titles."""

import pytest

from kb.textimport.links import Links

TITLES = {
    "101": "The bank took too long to answer",
    "103": "Your bank refused the user ID or password",
    "manual-import": "Manual import: upload a .QBO or .CSV file from your bank",
    "bank-rules": "Sort lines with bank rules",
}


def linked(text: str, own: str = "700") -> tuple[str, list[tuple[str, str, str]]]:
    links = Links(TITLES, own)
    prose = links.prose(text, 1)
    return prose, [(found.identity, found.title, found.catalogue_ref) for found in links.references]


@pytest.mark.parametrize(
    ("text", "prose", "reference"),
    [
        (
            "An error like [INTERNAL LINK: S02C01.03 – QuickBooks Online Error 103: Fixing Invalid Login].",
            "An error like [[103]].",
            ("103", "QuickBooks Online Error 103: Fixing Invalid Login", "S02C01.03"),
        ),
        (
            "See [Internal link: Manual Import Guide] first.",
            "See [[manual-import]] first.",
            ("manual-import", "Manual Import Guide", ""),
        ),
        (
            "an issue like QuickBooks Online Error 103: Fixing Invalid Login & Device Recognition.",
            "an issue like [[103]].",
            ("103", "QuickBooks Online Error 103: Fixing Invalid Login & Device Recognition", ""),
        ),
        (
            "It drops the packet QuickBooks Online Error 101: How to Fix Bank Connection Timeouts.",
            "It drops the packet ([[101]]).",
            ("101", "QuickBooks Online Error 101: How to Fix Bank Connection Timeouts", ""),
        ),
        (
            "read Error 101 – How to Fix Timeouts on other days",
            "read [[101]] on other days",
            ("101", "Error 101 – How to Fix Timeouts", ""),
        ),
        (
            "without duplicates Manual Import Guide: How to Upload .CSV and .QBO Files to QuickBooks.",
            "without duplicates ([[manual-import]]).",
            ("manual-import", "Manual Import Guide: How to Upload .CSV and .QBO Files to QuickBooks", ""),
        ),
        (
            "As told in Sort lines with bank rules, too.",
            "As told in [[bank-rules]], too.",
            ("bank-rules", "Sort lines with bank rules", ""),
        ),
        (
            "See QuickBooks Online Error 324: Finding a Lost Account today.",
            "See [[324|QuickBooks Online Error 324: Finding a Lost Account]] today.",
            ("324", "QuickBooks Online Error 324: Finding a Lost Account", ""),
        ),
        (
            "See [INTERNAL LINK: S09C01.01 – Payroll Guide: How to Pay].",
            "See Payroll Guide: How to Pay.",
            ("", "Payroll Guide: How to Pay", "S09C01.01"),
        ),
    ],
)
def test_a_reference_becomes_a_cross_link(text: str, prose: str, reference: tuple[str, str, str]) -> None:
    assert linked(text) == (prose, [reference])


def test_two_titles_in_a_row_are_two_links() -> None:
    prose, references = linked(
        "on QuickBooks Online Error 103: Fixing (MFA) Loops and QuickBooks Online Error 101: Resolving Gaps to go on."
    )

    assert prose == "on [[103]] and [[101]] to go on."
    assert [title for _, title, _ in references] == [
        "QuickBooks Online Error 103: Fixing (MFA) Loops",
        "QuickBooks Online Error 101: Resolving Gaps",
    ]


def test_an_article_that_is_named_twice_is_one_reference_with_the_catalogue_reference_of_either() -> None:
    links = Links(TITLES)
    links.prose("QuickBooks Online Error 103: Fixing Invalid Login", 4)
    links.prose("[INTERNAL LINK: S02C01.03 – QuickBooks Online Error 103: Fixing Logins]", 2)

    (reference,) = links.references
    assert (reference.title, reference.catalogue_ref) == ("QuickBooks Online Error 103: Fixing Logins", "S02C01.03")
    assert reference.lines == (2, 4)


@pytest.mark.parametrize(
    "text",
    [
        "Error 103 alone is no title.",
        "Error 103: it fails at once.",
        "QuickBooks Online Error 700: Our Own Title",
        "a [link text](https://example.com) and [brackets]",
        "the bank took too long to answer",
    ],
)
def test_what_names_no_other_article_stays_as_it_is(text: str) -> None:
    assert linked(text) == (text, [])
