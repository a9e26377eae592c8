"""The French word list and the forms made from it."""

from pathlib import Path

import pytest

from monitor.french_lexicon import load_french, load_signs

LEXICON = load_french()


@pytest.mark.parametrize(
    "form",
    "adore adorons adorait excellent excellentes genial geniaux geniale reussissent heureuse decevante decues "
    "nulles beaux".split(),
)
def test_forms_are_made(form: str) -> None:
    assert form in LEXICON.words


def test_it_is_large_and_its_valences_are_in_range() -> None:
    assert len(LEXICON.words) > 3_000
    assert all(-4 <= valence <= 4 and valence for valence in LEXICON.words.values())
    assert all(-4 <= valence <= 4 and valence for valence in LEXICON.phrases.values())


@pytest.mark.parametrize(
    ("word", "good"), [("adore", True), ("merde", False), ("plate", False), ("tanne", False)]
)
def test_signs_of_words(word: str, good: bool) -> None:
    assert (LEXICON.words[word] > 0) == good


def test_only_verbs_are_negated_from_behind() -> None:
    assert "aime" in LEXICON.verbs
    assert "nul" not in LEXICON.verbs


@pytest.mark.parametrize("line", ["2.0 oops word", "5 inv word", "2.0 inv", "much inv word"])
def test_a_wrong_line_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "list.txt"
    path.write_text("# comment\n1.0 inv bon\n" + line + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"list\.txt:3|could not convert"):
        load_french(path)


def test_emoji_and_emoticons_are_told_apart() -> None:
    emoji, emoticons = load_signs()
    assert emoji["😍"] > 0 > emoji["🤬"]
    assert emoticons[":)"] > 0 > emoticons[":("]
    assert not set(emoji) & set(emoticons)
