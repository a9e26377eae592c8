"""Posts for the benchmarks: one in twenty names a brand, and one in ten of those begins a new story."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

from monitor.records import Author, Mention
from tests.kafka.posts import BRANDS

NAMES_A_BRAND = 20
BEGINS_A_STORY = 10

_EVERYDAY = (
    "Belle journée au parc, les enfants ont adoré la glissade et le pique-nique au bord de l'eau",
    "Coffee first, then everything else; the train is late again and nobody knows why this time",
    "Quelqu’un a une recette de pouding chômeur qui ne demande pas trois heures de cuisson?",
    "The game tonight was something else, overtime and all, my voice is completely gone now",
)
_SYLLABLES = ("ba", "ce", "di", "fo", "gu", "la", "mi", "no", "pe", "ri", "su", "ta", "vo", "ze")


def posts(seed: str) -> Iterator[tuple[Mention, bool]]:
    """Endless posts of the present moment, and whether each begins a story. The same texts for the same seed."""
    dice = Random(seed)  # noqa: S311 - a story, not a secret
    told = ""
    number = 0
    while True:
        named, count = divmod(number, NAMES_A_BRAND)
        begins = count == 0 and named % BEGINS_A_STORY == 0
        if begins:
            told = " ".join("".join(dice.choices(_SYLLABLES, k=4)) for _ in range(30))
        if count == 0:
            brand = BRANDS[(named // BEGINS_A_STORY) % len(BRANDS)]
            text = f"{brand} {told}"
        else:
            text = f"{dice.choice(_EVERYDAY)} {number}"
        yield _post(f"{seed}:{number}", text), begins
        number += 1


def story_of(post: str) -> str:
    """The story that a post of a brand tells, by its id. Any of them may be judged first."""
    seed, _, number = post.partition(":")
    return f"{seed}:{int(number) // (NAMES_A_BRAND * BEGINS_A_STORY)}"


def _post(identity: str, text: str) -> Mention:
    now = datetime.now(UTC)
    return Mention(
        id=identity,
        source="bench",
        kind="post",
        author=Author(handle=f"{identity.replace(':', '-')}.example", followers=120),
        text=text,
        created_at=now,
        fetched_at=now,
    )
