"""Many words and phrases found at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.phrases import PhraseTable
from monitor.text import tokenize


def found(table: PhraseTable[str], text: str) -> list[tuple[str, str]]:
    return [(hit.value, text[hit.start : hit.end]) for hit in table.find(tokenize(text))]


def test_words_phrases_and_wildcards() -> None:
    table = PhraseTable(
        [("mise en demeure", "legal"), ("poursui*", "legal"), ("recours collectif*", "class")]
    )
    assert found(table, "Une Mise-en-demeure, je vous poursuivrai") == [
        ("legal", "Mise-en-demeure"),
        ("legal", "poursuivrai"),
    ]
    assert found(table, "des recours collectifs; une mise en pli") == [("class", "recours collectifs")]


def test_hashtags_are_their_words() -> None:
    assert found(PhraseTable([("data breach", "x")]), "Oh #DataBreach") == [("x", "DataBreach")]


@pytest.mark.parametrize("entry", ["", "!!!", "ab*"])
def test_an_entry_that_would_find_everything_or_nothing_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="word list"):
        PhraseTable([(entry, "x")])


words = st.lists(st.sampled_from(("feu", "feux", "velo", "rappel")), max_size=8)


@given(words, st.lists(words.filter(bool).map(lambda some: some[:3]), max_size=5))
def test_it_finds_each_phrase_at_each_place(text: list[str], phrases: list[list[str]]) -> None:
    table = PhraseTable((" ".join(phrase), " ".join(phrase)) for phrase in phrases)
    expected = [
        (" ".join(phrase), at)
        for at in range(len(text))
        for phrase in phrases
        if text[at : at + len(phrase)] == phrase
    ]
    hits = [(hit.value, hit.first) for hit in table.find(tokenize(" ".join(text)))]
    assert sorted(hits) == sorted(expected)
