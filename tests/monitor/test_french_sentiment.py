"""French tone: Quebec usage, negation, intensity, emphasis, emoji."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.french_sentiment import FrenchLexiconScorer

SCORER = FrenchLexiconScorer()


def compound(text: str) -> float:
    return SCORER.score(text, "fr", ()).compound


@pytest.mark.parametrize(
    "text",
    [
        "Super vélo, je l'adore 😍",
        "C'est vraiment le fun",
        "Le service est pas pire",
        "Je n'ai jamais été déçu",
        "Service sans aucun problème",
        "C'est cher mais c'est excellent",
        "trop malade ce vélo",
        "Merci beaucoup à toute l'équipe",
        "Pas mal du tout :)",
    ],
)
def test_praise(text: str) -> None:
    assert SCORER.score(text, "fr", ()).label == "positive"


@pytest.mark.parametrize(
    "text",
    [
        "Ce n'est pas bon",
        "J'aime pas ce vélo",
        "J'aime pas pantoute ça",
        "C'est plate à mort",
        "Tabarnak que c'est poche",
        "Je suis tanné du niaisage",
        "Plus jamais je n'achète ici",
        "Ma batterie a explosé",
        "Ça marche pas",
        "Aucun respect pour les clients",
        "Le design est beau mais le service est nul",
        "Quelle arnaque 🤬",
        "ma commande toujours pas reçue :(",
    ],
)
def test_blame(text: str) -> None:
    assert SCORER.score(text, "fr", ()).label == "negative"


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ("c'est bon", "c'est vraiment bon"),
        ("c'est bon", "c'est full bon"),
        ("un peu bon", "bon"),
        ("c'est bon", "c'est bon !!!"),
        ("c'est génial ce truc", "c'est GÉNIAL ce truc"),
        ("pas mauvais", "bon"),
    ],
)
def test_strength(weaker: str, stronger: str) -> None:
    assert compound(weaker) < compound(stronger)
    assert compound(weaker) > 0


def test_accents_left_out_change_nothing() -> None:
    assert compound("GENIAL, j'ai adore") == compound("GÉNIAL, j'ai adoré")


def test_it_abstains_without_any_evidence() -> None:
    nothing = SCORER.score("Le vélo est dans le garage", "fr", ())
    assert (nothing.abstain, nothing.label, nothing.compound) == (True, "neutral", 0.0)


def test_a_brand_name_is_no_praise() -> None:
    assert SCORER.score("Super C ouvre demain", "fr", ("Super C",)).abstain
    assert not SCORER.score("Super C ouvre demain", "fr", ()).abstain


@given(st.text(max_size=300))
def test_any_text_gets_a_judgement(text: str) -> None:
    assert -1 <= SCORER.score(text, "fr", ()).compound <= 1


def test_a_huge_text_is_judged_by_its_beginning() -> None:
    assert SCORER.score("nul " * 2_500 + "génial " * 5_000, "fr", ()).label == "negative"
