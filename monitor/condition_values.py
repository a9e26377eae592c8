"""What each condition looks at in a situation, and how a trace calls it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from monitor.situation import Situation

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class Value(Generic[Seen]):
    """Something that can be seen of a situation, under the name that people read."""

    label: str
    of: Callable[[Situation], Seen]


# Held when what is seen is at least what is asked for; unknown (None) is never enough.
NUMBERS: dict[str, Value[float | None]] = {
    "reach": Value("reach", lambda s: s.story.reach),
    "author_followers": Value("author followers", lambda s: s.reading.mention.author.followers),
    "mentions": Value("mentions", lambda s: s.story.mentions),
    "authors": Value("authors", lambda s: s.story.authors),
    "mentions_last_5_min": Value("mentions in the last 5 minutes", lambda s: s.story.mentions_last_5_min),
    "mentions_last_60_min": Value("mentions in the last 60 minutes", lambda s: s.story.mentions_last_60_min),
    "mentions_per_minute": Value("mentions per minute", lambda s: s.story.mentions_per_minute),
    "negative_share": Value("negative share", lambda s: s.story.negative_share),
}

# Held when what is seen is one of those asked for.
WORDS: dict[str, Value[str]] = {
    "author_kind": Value("author kind", lambda s: s.reading.author_kind),
    "source": Value("source", lambda s: s.reading.mention.source),
    "language": Value("language", lambda s: s.reading.language),
    "kind": Value("kind", lambda s: s.reading.mention.kind),
}
