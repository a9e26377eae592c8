"""Scorers of tone: English by vaderSentiment, French by our own word list, and the one that picks by language."""

from collections.abc import Sequence

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from monitor.french_sentiment import FrenchLexiconScorer
from monitor.masking import mask
from monitor.protocols import Scorer
from monitor.records import Language, Sentiment
from monitor.sentiment_scale import MAX_SCORED, abstention, judged

__all__ = ["BilingualScorer", "FrenchLexiconScorer", "VaderScorer"]


class VaderScorer:
    """Scores English with vaderSentiment; abstains when no word of the text is in its list."""

    name = "vader-3.3.2"

    def __init__(self) -> None:
        self._analyzer = SentimentIntensityAnalyzer()

    def score(self, text: str, language: Language, masked: Sequence[str]) -> Sentiment:
        """The tone of ``text``. ``language`` is not looked at: the caller says which scorer to ask."""
        scores = self._analyzer.polarity_scores(mask(text[:MAX_SCORED], masked))
        if not scores["pos"] and not scores["neg"]:
            return abstention(self.name)
        return judged(float(scores["compound"]), self.name)


class BilingualScorer:
    """The Scorer of the house: French and English each by their own scorer, mixed texts by the mean of both.

    It abstains on other and unknown languages. ``scorer`` of the result names who judged.
    """

    name = "bilingual-1"

    def __init__(self, english: Scorer | None = None, french: Scorer | None = None) -> None:
        self._english = english or VaderScorer()
        self._french = french or FrenchLexiconScorer()

    def score(self, text: str, language: Language, masked: Sequence[str]) -> Sentiment:
        """The tone of ``text`` in ``language``."""
        asked = {"fr": [self._french], "en": [self._english], "mixed": [self._french, self._english]}.get(
            language, []
        )
        judgements = [scorer.score(text, language, masked) for scorer in asked]
        sure = [judgement for judgement in judgements if not judgement.abstain]
        if not sure:
            return judgements[0] if len(judgements) == 1 else abstention(self.name)
        if len(sure) == 1:
            return sure[0]
        mean = sum(judgement.compound for judgement in sure) / len(sure)
        return judged(mean, "+".join(judgement.scorer for judgement in sure))
