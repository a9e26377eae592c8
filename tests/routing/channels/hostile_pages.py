"""Pages whose every field from outside carries a payload."""

from monitor.records import Author, Mention, TopicHit, Trace
from routing.page import Page, ReaderLanguage
from tests.routing.channels.pages import make_mention, make_page, make_reading, make_story


def hostile_mention(payload: str) -> Mention:
    short = payload[:900]
    return make_mention(
        text=payload[:40_000],
        title=short,
        url=payload[:3_000],
        author=Author(handle=short, name=short, followers=12),
    )


def hostile_page(payload: str, language: ReaderLanguage = "fr") -> Page:
    """A page as the router would make it of a post that is nothing but the payload."""
    short = payload[:900]
    return make_page(
        language=language,
        reading=make_reading(
            hostile_mention(payload),
            matched=(short,) * 3,
            topics=(TopicHit(topic="data_breach", why=(short, short)),),
        ),
        story=make_story(title=short, first_mention="mastodon:1", first_url=payload[:3_000]),
        trace=Trace(
            condition=short, saw=short, held=True, parts=(Trace(condition="x", saw=short, held=True),)
        ),
    )
