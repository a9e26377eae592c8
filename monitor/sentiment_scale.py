"""From a compound score to a judgement: the label, the probabilities, and when to abstain."""

import math

from monitor.records import Probabilities, Sentiment, SentimentLabel

MAX_SCORED = 10_000  # characters of a post that are scored: the tone of a long article shows before that
THRESHOLD = 0.05  # a compound beyond it, on either side, is no longer neutral
TEMPERATURE = 0.25  # how sure a compound makes us: 0.5 gives a positive probability of 0.84


def judged(compound: float, scorer: str) -> Sentiment:
    """The judgement of a compound in -1..1."""
    return Sentiment(
        label=label_of(compound),
        compound=compound,
        probabilities=probabilities_of(compound),
        abstain=False,
        scorer=scorer,
    )


def abstention(scorer: str) -> Sentiment:
    """No judgement: nothing in the text carries tone, or its language is not one that the scorer knows."""
    return Sentiment(
        label="neutral", compound=0.0, probabilities=probabilities_of(0.0), abstain=True, scorer=scorer
    )


def label_of(compound: float) -> SentimentLabel:
    if compound >= THRESHOLD:
        return "positive"
    return "negative" if compound <= -THRESHOLD else "neutral"


def probabilities_of(compound: float) -> Probabilities:
    """A softmax over (-compound, THRESHOLD, compound) / TEMPERATURE.

    The positive probability grows with the compound and the negative one falls; the largest of the three always
    belongs to the label, since both change hands exactly at the threshold.
    """
    weights = [math.exp(value / TEMPERATURE) for value in (-compound, THRESHOLD, compound)]
    negative, neutral, positive = (weight / sum(weights) for weight in weights)
    return Probabilities(negative=negative, neutral=neutral, positive=positive)
