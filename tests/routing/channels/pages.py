"""The sample pages of the public conformance suite, for the tests of what makes messages."""

from routing.channels.conformance.sample_pages import (
    CLAUSE,
    NOW,
    POSTED,
    TEXT_FR,
    TRACE,
    make_mention,
    make_page,
    make_reading,
    make_story,
)

__all__ = [
    "CLAUSE",
    "NOW",
    "POSTED",
    "TEXT_FR",
    "TRACE",
    "make_mention",
    "make_page",
    "make_reading",
    "make_story",
]
