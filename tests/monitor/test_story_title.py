import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from monitor.story_title import MAX_POINTS, MAX_TITLE, cut, story_title
from tests.monitor.a_reading import a_mention


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Rappel\n de freins", "Texte", "Rappel de freins"),
        ("", "Les freins lâchent ! Attention à vous.", "Les freins lâchent !"),
        ("  ", "First line\nsecond line", "First line"),
        ("", "RT @temoin@a.example: Les freins lâchent. Encore.", "Les freins lâchent."),
        ("", "v2.5 of the app is out", "v2.5 of the app is out"),
        ("", "", ""),
        ("", "   \n\n Bonjour", "Bonjour"),
    ],
)
def test_the_title_or_the_first_sentence(title: str, text: str, expected: str) -> None:
    assert story_title(a_mention(1, text, title=title)) == expected


characters = st.lists(st.sampled_from(["a", " ", "é", "e\u0301", "👩‍👩‍👧‍👦", "🇨🇦", "日"]), max_size=300).map(
    "".join
)


@given(characters | st.text(max_size=300))
def test_a_cut_text_is_short_and_no_character_is_cut(text: str) -> None:
    short = cut(text)
    assert len(short) <= MAX_POINTS + 1
    assert len(regex.findall(r"\X", short)) <= MAX_TITLE
    if short != text:
        assert short.endswith("…")
        whole = regex.findall(r"\X", text)
        kept = regex.findall(r"\X", short.removesuffix("…"))
        assert whole[: len(kept)] == kept


def test_a_family_of_emoji_is_kept_whole() -> None:
    family = "👩‍👩‍👧‍👦"
    assert cut(family * 200) == family * (MAX_TITLE - 1) + "…"
    assert cut(family * 100) == family * 100


def test_one_endless_character_is_bounded() -> None:
    assert len(cut("a" + "\u0301" * 5_000)) <= MAX_POINTS + 1
