"""Which scorer judges which language."""

from collections.abc import Sequence

import pytest

from monitor.records import Language, Sentiment
from monitor.sentiment import BilingualScorer, FrenchLexiconScorer, VaderScorer
from monitor.sentiment_scale import abstention, judged


class FixedScorer:
    """Answers always the same; None: it abstains."""

    def __init__(self, name: str, compound: float | None) -> None:
        self.name, self._compound = name, compound

    def score(self, text: str, language: Language, masked: Sequence[str]) -> Sentiment:
        return abstention(self.name) if self._compound is None else judged(self._compound, self.name)


@pytest.mark.parametrize(
    ("language", "english", "french", "compound", "scorer"),
    [
        ("fr", 1.0, -0.5, -0.5, "f"),
        ("en", 1.0, -0.5, 1.0, "e"),
        ("mixed", 0.9, -0.5, 0.2, "f+e"),
        ("mixed", None, -0.5, -0.5, "f"),
        ("mixed", 0.9, None, 0.9, "e"),
    ],
)
def test_routing(
    language: Language, english: float | None, french: float | None, compound: float, scorer: str
) -> None:
    judgement = BilingualScorer(FixedScorer("e", english), FixedScorer("f", french)).score("", language, ())
    assert judgement.compound == pytest.approx(compound)
    assert (judgement.scorer, judgement.abstain) == (scorer, False)


@pytest.mark.parametrize("language", ["other", "unknown"])
def test_it_abstains_on_what_it_does_not_read(language: Language) -> None:
    judgement = BilingualScorer().score("I love it, je l'adore 😍", language, ())
    assert (judgement.abstain, judgement.scorer) == (True, "bilingual-1")


def test_it_abstains_when_both_do() -> None:
    assert BilingualScorer(FixedScorer("e", None), FixedScorer("f", None)).score("", "mixed", ()).abstain


@pytest.mark.parametrize(
    ("text", "label"),
    [("I love this bike, amazing!", "positive"), ("This is the worst service ever", "negative")],
)
def test_english(text: str, label: str) -> None:
    judgement = VaderScorer().score(text, "en", ())
    assert (judgement.label, judgement.abstain) == (label, False)


def test_english_without_evidence_abstains_and_brand_names_are_no_praise() -> None:
    assert VaderScorer().score("Best Buy opens on Monday", "en", ("Best Buy",)).abstain
    assert not VaderScorer().score("Best Buy opens on Monday", "en", ()).abstain


def test_names_carry_a_version() -> None:
    assert [VaderScorer().name, FrenchLexiconScorer().name] == ["vader-3.3.2", "french-lexicon-1"]
