"""French, English, both or something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.language import StopwordDetector

DETECTOR = StopwordDetector()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Véloria a pris feu!", "fr"),
        ("jme suis fait avoir, pis le service est poche", "fr"),
        ("C'est n'importe quoi", "fr"),
        ("merci!", "fr"),
        ("The bike caught fire and nobody answers", "en"),
        ("don't buy it", "en"),
        ("thanks", "en"),
        ("Very nice le vélo, j'aime ça but it is too expensive for me and my wife", "mixed"),
        ("Hola, el servicio es muy malo y no responde", "other"),
        ("Das ist nicht gut, ich warte schon lange", "other"),
        ("Il prodotto è arrivato rotto, non funziona", "other"),
        ("O produto chegou quebrado e não funciona", "other"),
        ("日本語のテキスト", "other"),
        ("Привет мир", "other"),
        ("😡😡", "unknown"),
        ("https://example.com/the/bike @the_bike", "unknown"),
        ("1234", "unknown"),
        ("", "unknown"),
        ("#leservice #estnul le service", "fr"),
        ("#le #service #est #nul", "fr"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert DETECTOR.detect(text, None) == language


@pytest.mark.parametrize(
    ("hint", "language"),
    [
        ("fr-CA", "fr"),
        ("EN_us", "en"),
        ("de", "other"),
        ("und", "unknown"),
        (None, "unknown"),
        ("", "unknown"),
    ],
)
def test_a_hint_decides_only_where_the_text_does_not(hint: str | None, language: str) -> None:
    assert DETECTOR.detect("Veloria", hint) == language
    assert DETECTOR.detect("Le service est nul", hint) == "fr"


@given(st.text(max_size=200), st.sampled_from((None, "fr", "en-GB", "xx")))
def test_any_text_has_a_language(text: str, hint: str | None) -> None:
    assert DETECTOR.detect(text, hint) in {"fr", "en", "mixed", "other", "unknown"}
