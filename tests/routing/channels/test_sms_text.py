import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.channels.sms_text import economical, fitted_sms, is_gsm, segments
from tests.routing.channels.hostile import FAMILY

LINK = "https://tocsin.example/p/" + "a" * 200
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("é" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("€" * 152, 2),
        ("€" * 153, 3),  # a character of two places is not cut in two: 76 to a part
        ("ç" * 70, 1),
        ("ç" * 71, 2),
        ("ç" * 134, 2),
        ("ç" * 135, 3),
        ("a" * 69 + "’", 1),
        ("a" * 70 + "’", 2),
        ("🔴" * 35, 1),
        ("🔴" * 36, 2),
        ("🔴" * 66, 2),
        ("🔴" * 67, 3),  # 33 pairs to a part
    ],
)
def test_the_parts_are_counted_as_carriers_do(text: str, count: int) -> None:
    assert segments(text) == count


def test_french_typography_is_made_plain_when_that_saves_parts() -> None:
    text = "Personne n’a accusé réception à l’étape précédente\u00a0: «\u00a0l’alerte\u00a0» vous revient…"
    plain = "Personne n'a accusé réception à l'étape précédente : \" l'alerte \" vous revient..."
    assert economical(text) == plain
    assert is_gsm(plain)


@pytest.mark.parametrize("text", ["Ça s’aggrave\u00a0: peut-être", "œuvre · façade", "Noël…", "漢 – x"])
def test_no_letter_loses_its_accent(text: str) -> None:
    assert economical(text) == text


def test_what_fits_is_whole_and_the_ending_comes_last() -> None:
    text = fitted_sms(["Titre", "Premier", "Second"], "#a1b2c3\n" + LINK, 6)
    assert text == f"Titre\nPremier\nSecond\n#a1b2c3\n{LINK}"


def test_the_last_lines_go_first() -> None:
    text = fitted_sms(["Titre", "p" * 60, "s" * 200], LINK, 2)
    assert text == f"Titre\n{'p' * 60}\n{LINK}"


def test_then_the_first_line_is_cut_and_the_ending_stays_whole() -> None:
    text = fitted_sms(["é" * 500, "x"], LINK, 3)
    assert text.endswith(f"...\n{LINK}")
    assert text.startswith("é" * 200)
    assert segments(text) == 3


def test_a_letter_outside_the_alphabet_does_not_cost_the_link() -> None:
    text = fitted_sms(["Fuite de données " + "ç" * 300], LINK, 3)
    assert text.endswith(LINK)
    assert text.startswith("Fuite de données")
    assert segments(text) <= 3


@given(st.lists(ANY_TEXT, min_size=1, max_size=4), st.integers(3, 10))
def test_it_never_takes_more_parts_than_allowed(lines: list[str], most: int) -> None:
    text = fitted_sms(lines, f"#a1b2c3\n{LINK}", most)
    assert segments(text) <= most
    assert text.endswith(LINK)
    assert len(text) <= 1_600


@given(ANY_TEXT)
def test_plain_typography_never_takes_more_parts(text: str) -> None:
    assert segments(economical(text)) <= segments(text)
    assert economical("…" * 70) == "…" * 70


def test_an_emoji_is_not_cut_in_two() -> None:
    text = fitted_sms([FAMILY * 100], LINK, 6)
    assert text.split("…")[0].removesuffix("\n") == FAMILY * text.count("👩")
