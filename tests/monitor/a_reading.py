"""Readings for examples: name what matters, the rest is plain."""

from datetime import UTC, datetime, timedelta

from monitor.records import (
    Author,
    AuthorKind,
    Language,
    Mention,
    MentionEvent,
    MentionKind,
    Probabilities,
    Reading,
    Sentiment,
    SentimentLabel,
    Thread,
    reading_id,
)

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BRAND = "veloria"
BRAKES = "The brakes of my new Véloria bike failed on a steep hill this morning, please be careful"


def a_mention(
    number: int | str,
    text: str = BRAKES,
    *,
    kind: MentionKind = "post",
    event: MentionEvent = "new",
    author: Author | None = None,
    title: str = "",
    url: str | None = None,
    links: tuple[str, ...] = (),
    thread: Thread | None = None,
    second: int = 0,
    late: bool = False,
) -> Mention:
    """A post of ``replay:<number>``, ``second`` seconds after START, by an author of its own."""
    at = START + timedelta(seconds=second)
    return Mention(
        id=f"replay:{number}",
        source="replay",
        kind=kind,
        event=event,
        url=url,
        author=author or Author(handle=f"author{number}", followers=100),
        title=title,
        text=text,
        links=links,
        thread=thread or Thread(),
        created_at=at,
        fetched_at=at + timedelta(seconds=1),
        late=late,
    )


def a_reading(
    mention: Mention,
    *,
    brand: str = BRAND,
    label: SentimentLabel = "negative",
    language: Language = "en",
    author_kind: AuthorKind = "public",
) -> Reading:
    """What is read in a mention."""
    return Reading(
        id=reading_id(mention, brand),
        brand=brand,
        mention=mention,
        matched=("Véloria",),
        language=language,
        sentiment=Sentiment(
            label=label,
            compound=0.0,
            probabilities=Probabilities(negative=0.4, neutral=0.3, positive=0.3),
            abstain=False,
            scorer="example",
        ),
        author_kind=author_kind,
        read_at=mention.fetched_at,
    )
