"""What is left of a finding when the post that it is about is erased: ids, figures, the clause, the verdict. Pure.

Whatever a person wrote or can be known by goes: words, name, addresses, pictures. What a condition saw stays only
where it is a figure or a word of our own.
"""

import re
from collections.abc import Collection

from monitor.records import Author, Finding, Mention, Reading, Story, Thread, Trace

_FIGURE = re.compile(r"[0-9.,:%+ -]{1,40}")
_OWN_WORDS = frozenset(
    "negative neutral positive fr en mixed other unknown public press regulator brand bot"
    " post reply repost quote article review comment".split()
)


def redact_finding(finding: Finding, posts: Collection[str]) -> Finding:
    """The finding without what the posts with these mention ids said; its story loses its title and link.

    A repost repeats the words of what it reposts, so it is redacted with it.
    """
    mention = finding.reading.mention
    if mention.id in posts or mention.thread.repost_of in posts:
        return finding.model_copy(
            update={
                "reading": _redact_reading(finding.reading),
                "trace": redact_trace(finding.trace),
                "story": redact_story(finding.story),
            }
        )
    return finding.model_copy(update={"story": redact_story(finding.story)})


def redact_story(story: Story) -> Story:
    """The story with its figures alone: its title is made of the words of a post."""
    return story.model_copy(update={"title": "", "first_url": None})


def redact_trace(trace: Trace) -> Trace:
    """What was asked and whether it held; what was seen only where that repeats no word of the post."""
    own = trace.saw in _OWN_WORDS or _FIGURE.fullmatch(trace.saw)
    return trace.model_copy(
        update={"saw": trace.saw if own else "", "parts": tuple(map(redact_trace, trace.parts))}
    )


def _redact_reading(reading: Reading) -> Reading:
    topics = tuple(hit.model_copy(update={"why": ()}) for hit in reading.topics)
    return reading.model_copy(
        update={"mention": redact_mention(reading.mention), "matched": (), "topics": topics}
    )


def redact_mention(mention: Mention) -> Mention:
    """When and where something was posted, and the hash of its payload."""
    return Mention(
        id=mention.id,
        source=mention.source,
        kind=mention.kind,
        event=mention.event,
        author=Author(followers=mention.author.followers),
        created_at=mention.created_at,
        edited_at=mention.edited_at,
        fetched_at=mention.fetched_at,
        engagement=mention.engagement,
        thread=Thread(),
        raw_sha256=mention.raw_sha256,
        late=mention.late,
    )
