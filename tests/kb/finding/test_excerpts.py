from hypothesis import given
from hypothesis import strategies as st

from kb.finding.excerpts import LENGTH, excerpt
from kb.finding.language import stems


def shown(text: str, *phrases: str) -> str:
    """The excerpt with its matches in brackets."""
    pieces = excerpt(text, {stems(phrase) for phrase in phrases})
    return "".join(f"[{piece.text}]" if piece.is_match else piece.text for piece in pieces)


def test_a_short_text_is_shown_whole_with_its_matches_marked() -> None:
    assert shown("The banks are in maintenance.", "maintenance", "bank") == "The [banks] are in [maintenance]."


def test_forms_of_a_word_match_and_words_within_words_do_not() -> None:
    assert shown("Updating updates the update, outdated.", "update") == "[Updating] [updates] the [update], outdated."


def test_a_phrase_is_marked_as_one_and_only_where_it_stands_whole() -> None:
    assert (
        shown("Run out of time; the time ran. It has run out.", "run out")
        == "[Run out] of time; the time ran. It has [run out]."
    )


def test_common_words_may_stand_within_a_phrase() -> None:
    assert (
        shown("Sign-in to the bank: sign in at your bank.", "sign in")
        == "[Sign-in] to the bank: [sign in] at your bank."
    )


def test_the_stretch_with_most_different_matches_is_cut_out() -> None:
    text = f"bank bank bank {'word ' * 80} the bank wants a code now {'other ' * 80}"

    found = shown(text, "bank", "code")

    assert found.startswith("… ")
    assert found.endswith(" …")
    assert "[bank] wants a [code]" in found


def test_without_a_match_the_beginning_is_shown() -> None:
    found = shown(f"It begins so. {'word ' * 100}", "nowhere")

    assert found.startswith("It begins so.")
    assert found.endswith(" …")


def test_an_empty_text_has_an_empty_excerpt() -> None:
    assert excerpt("", {("bank",)}) == ()


texts = st.text("ab <&\"'\n\t漢é.-_", max_size=600) | st.lists(st.sampled_from(["bank", "code", "the", "x" * 300])).map(
    " ".join
)


@given(texts, st.sets(st.sampled_from([("bank",), ("code",), ("bank", "code"), ("a",), ("b",)])))
def test_an_excerpt_is_a_part_of_its_text(text: str, phrases: set[tuple[str, ...]]) -> None:
    line = " ".join(text.split())

    pieces = excerpt(text, phrases)

    whole = "".join(piece.text for piece in pieces)
    core = whole.removeprefix("… ").removesuffix(" …")
    assert core in line or whole in line
    assert len(whole) <= LENGTH + 4
    assert all(piece.text for piece in pieces)
