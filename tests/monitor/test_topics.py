"""What a post is about, in both languages."""

from pathlib import Path

import pytest

from monitor import topics as topics_module
from monitor.records import Language
from monitor.topics import MAX_WHY, TOPICS, WordListTagger, load_topics

TAGGER = WordListTagger()


def topics(text: str, language: Language) -> dict[str, tuple[str, ...]]:
    return {hit.topic: hit.why for hit in TAGGER.tag(text, language)}


@pytest.mark.parametrize(
    ("topic", "language", "text", "why"),
    [
        ("legal_threat", "fr", "Je vous mets en demeure", "mets en demeure"),
        ("legal_threat", "en", "You will hear from my lawyers", "lawyers"),
        ("data_breach", "fr", "Grosse fuite de données chez eux", "fuite de données"),
        ("data_breach", "en", "#DataBreach again", "DataBreach"),
        ("outage", "fr", "Le site est down depuis ce matin", "est down"),
        ("outage", "en", "the app keeps crashing", "keeps crashing"),
        ("safety", "fr", "Mon vélo a PRIS FEU", "PRIS FEU"),
        ("safety", "en", "it caught fire in my garage", "caught fire"),
        ("discrimination", "fr", "On a refusé de me servir, c’est raciste", "raciste"),
        ("discrimination", "en", "racial profiling at the store", "racial profiling"),
        ("impersonation", "fr", "Attention, faux compte qui se fait passer pour eux", "faux compte"),
        ("impersonation", "en", "someone is pretending to be you", "pretending to be"),
        ("employee_conduct", "fr", "Votre employé m'a insulté", "Votre employé"),
        ("employee_conduct", "en", "the delivery driver yelled at me", "yelled at me"),
        ("confidential_leak", "fr", "Un document interne a fuité", "document interne"),
        ("confidential_leak", "en", "here is the leaked memo", "leaked memo"),
        ("boycott", "fr", "Boycottez cette marque", "Boycottez"),
        ("boycott", "en", "never buying from them", "never buying"),
        ("product_complaint", "fr", "toujours pas reçu mon remboursement", "toujours pas reçu"),
        ("product_complaint", "en", "my order never arrived", "never arrived"),
        ("praise", "fr", "Je recommande vivement !", "Je recommande"),
        ("praise", "en", "Highly recommend", "Highly recommend"),
    ],
)
def test_each_topic_in_both_languages(topic: str, language: Language, text: str, why: str) -> None:
    assert why in topics(text, language)[topic]


def test_lists_of_the_other_language_are_not_asked() -> None:
    assert "product_complaint" not in topics("The ship Nul sails", "en")
    assert "product_complaint" in topics("c'est nul", "mixed")
    assert "product_complaint" in topics("c'est nul", "unknown")


def test_an_everyday_post_has_no_topic() -> None:
    assert topics("Le vélo est dans le garage", "fr") == {}
    assert topics("The bike is in the garage", "en") == {}


def test_every_topic_has_words_of_both_languages() -> None:
    entries = list(load_topics(Path(topics_module.__file__).parent / "lexicons" / "topics.txt"))
    for topic in TOPICS:
        assert {"fr", "en"} <= {language for one, language, _ in entries if one == topic}


def test_topics_come_in_their_order_with_a_bounded_why() -> None:
    hits = TAGGER.tag("merci " + " ".join(f"boycott{number}" for number in range(50)), "fr")
    assert [hit.topic for hit in hits] == ["boycott", "praise"]
    assert len(hits[0].why) == MAX_WHY


@pytest.mark.parametrize("text", ["[weather]\nfr: pluie", "fr: pluie", "[outage]\nde: kaputt"])
def test_a_wrong_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "topics.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"topics\.txt:\d"):
        WordListTagger(path)
