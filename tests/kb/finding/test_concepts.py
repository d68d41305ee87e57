import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.finding.concepts import MOST_WORDS, Concept, Lexicon, Phrase, Synonyms
from kb.finding.language import stems
from kb.finding.vocabulary import Vocabulary

HELD = ["connection", "timeout", "maintenance", "maintained", "code", "bank", "rows", "sign", "importing", "importance"]
SYNONYMS = Synonyms([("2FA", "one-time code", "passcode"), ("sign in", "login"), ("maintenance", "outage", "is down")])


@pytest.fixture
def lexicon() -> Lexicon:
    held = {stem for word in HELD for stem in stems(word)} | {"in", "350", "kb"}
    return Lexicon(Vocabulary(dict.fromkeys(HELD, 1)), SYNONYMS, lambda phrase: held.issuperset(phrase))


def phrases(concept: Concept) -> set[Phrase]:
    return set(concept.phrases)


def test_every_word_that_says_something_is_a_concept(lexicon: Lexicon) -> None:
    concepts = lexicon.concepts("What is the Connection's code?")

    assert [concept.typed for concept in concepts] == ["connection", "code"]
    assert phrases(concepts[0]) == {("connect",)}


def test_forms_of_a_word_are_the_same(lexicon: Lexicon) -> None:
    (maintained,) = lexicon.concepts("maintained")

    assert ("maintain",) in phrases(maintained)


def test_a_word_or_phrase_brings_its_synonyms_for_less(lexicon: Lexicon) -> None:
    (code,) = lexicon.concepts("one-time CODE")

    assert phrases(code) == {("one", "time", "code"), ("2fa",), ("passcod",)}
    (outage,) = lexicon.concepts("maintenance")
    assert outage.phrases[("mainten",)] == 1.0
    assert 0 < outage.phrases[("outag",)] < 1.0


def test_where_no_article_uses_the_typed_word_its_synonyms_stand_in_fully(lexicon: Lexicon) -> None:
    (outage,) = lexicon.concepts("outage")

    assert outage.phrases[("mainten",)] == 1.0


def test_small_words_matter_in_a_phrase_and_not_by_themselves(lexicon: Lexicon) -> None:
    concepts = lexicon.concepts("sign in on in")

    assert [concept.typed for concept in concepts] == ["sign in"]
    assert ("sign", "in") in phrases(concepts[0])


def test_a_half_typed_word_is_completed(lexicon: Lexicon) -> None:
    (concept,) = lexicon.concepts("mainte")

    assert {("mainten",), ("outag",)} <= phrases(concept)
    assert concept.read_as == ""


def test_a_whole_word_is_only_completed_while_it_is_typed(lexicon: Lexicon) -> None:
    held = Lexicon(Vocabulary({"import": 1, "importance": 1}), Synonyms(), lambda phrase: True)

    assert phrases(held.concepts("import")[0]) == {("import",)}
    assert phrases(held.concepts("import", is_typing=True)[0]) == {("import",)} | {stems("importance")}
    assert phrases(held.concepts("import now", is_typing=True)[0]) == {("import",)}


def test_a_mistyped_word_is_mended_and_says_so(lexicon: Lexicon) -> None:
    (concept,) = lexicon.concepts("maintanence")

    assert concept.read_as == "maintenance"
    assert {("mainten",), ("outag",)} <= phrases(concept)
    assert max(concept.phrases.values()) < 1.0


def test_a_word_unheard_of_stands_for_nothing(lexicon: Lexicon) -> None:
    assert lexicon.concepts("plorb") == [Concept("plorb")]


@pytest.mark.parametrize("text", ["350 KB", "350kb"])
def test_an_amount_is_one_thing_with_its_unit(lexicon: Lexicon, text: str) -> None:
    (concept,) = lexicon.concepts(text)

    assert phrases(concept) == {("350", "kb")}


def test_a_figure_by_itself_says_nothing(lexicon: Lexicon) -> None:
    assert lexicon.concepts("102 the 7") == []


def test_a_pasted_screen_is_read_up_to_a_limit(lexicon: Lexicon) -> None:
    assert len(lexicon.concepts("code " * 1_000)) == MOST_WORDS


@given(
    st.text(max_size=80) | st.lists(st.sampled_from([*HELD, "2FA", "one", "time", "in", "7", "350kb"])).map(" ".join)
)
def test_any_text_can_be_read(text: str) -> None:
    held = Lexicon(Vocabulary(dict.fromkeys(HELD, 1)), SYNONYMS, lambda phrase: True)

    for is_typing in (False, True):
        for concept in held.concepts(text, is_typing=is_typing):
            assert concept.typed
            assert all(phrase and 0 < weight <= 1 for phrase, weight in concept.phrases.items())
