"""Posts for the tests of Kafka mode: many stories of many brands, each post with an id of its own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

from monitor.records import Author, Mention

BRANDS = ("aurore", "boreale", "cascade", "delta", "escale", "falaise")
_SYLLABLES = ("ba", "ce", "di", "fo", "gu", "la", "mi", "no", "pe", "ri", "su", "ta", "vo", "ze")


def story(number: int, posts: int, *, first: int = 0) -> list[Mention]:
    """Posts ``first`` … of story ``number``: the same words and link, each by an author of its own.

    Stories have no words in common but the brand's name, so that they never join.
    """
    dice = Random(number)
    words = " ".join("".join(dice.choices(_SYLLABLES, k=4)) for _ in range(40))
    return [
        _post(number, place, f"{BRANDS[number % len(BRANDS)]} {words}")
        for place in range(first, first + posts)
    ]


def chatter(count: int) -> list[Mention]:
    """Posts that name no brand."""
    return [_post(-1, place, f"rien de neuf {place}") for place in range(count)]


def stories(count: int, posts: int) -> list[Mention]:
    """``count`` stories of ``posts`` posts each, told side by side."""
    told = [story(number, posts) for number in range(count)]
    return [post for together in zip(*told, strict=True) for post in together]


def ids(mentions: Sequence[Mention]) -> set[str]:
    """The ids of posts."""
    return {mention.id for mention in mentions}


def _post(number: int, place: int, text: str) -> Mention:
    now = datetime.now(UTC)
    return Mention(
        id=f"tape:{number}-{place}",
        source="tape",
        kind="post",
        author=Author(handle=f"a{number}-{place}.example", followers=50),
        text=text,
        created_at=now,
        fetched_at=now,
    )
