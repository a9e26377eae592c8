"""Readings of what became of a post that names no brand any more: it was deleted, or edited until it named none.

Only the watch step knows whether a brand has counted the post, so each brand gets one.
"""

from datetime import datetime

from monitor.records import Mention, Probabilities, Reading, Sentiment, reading_id

_NOT_JUDGED = Sentiment(
    label="neutral",
    compound=0.0,
    probabilities=Probabilities(negative=0.0, neutral=1.0, positive=0.0),
    abstain=True,
    scorer="none",
)


def followed(mention: Mention, brand: str, now: datetime) -> Reading:
    """A reading that says only that the post changed: its words are not judged."""
    return Reading(
        id=reading_id(mention, brand),
        brand=brand,
        mention=mention,
        matched=(),
        language="unknown",
        sentiment=_NOT_JUDGED,
        read_at=now,
    )


def is_followed(reading: Reading) -> bool:
    """Whether the reading says only that a post changed."""
    return reading.mention.event == "deleted" or reading.sentiment.scorer == _NOT_JUDGED.scorer
