"""Writes the tape of the demonstration: everyday chatter, and an incident that grows in it. Deterministic.

Every post is invented. Four kinds of source speak: bluesky, mastodon, news feeds and a reviews webhook.
"""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
SECONDS = 1_200  # the tape's own length
CHATTER = 2_200

_EVERYDAY = (
    "Belle journée au parc, les enfants ont adoré", "Coffee first, then everything else",
    "Quelqu’un a une recette de pouding chômeur?", "The game tonight was something else",
    "Le métro est encore arrêté, bon matin quand même", "New keyboard day!", "Il neige à Rimouski, déjà",
    "Reading on the balcony, no plans at all", "Mon chat a mangé mon lunch", "Anyone else tired of meetings?",
    "On part en camping en fin de semaine", "That sunset over the river, wow", "Le café du coin a rouvert",
    "Trying to fix my bike chain, wish me luck", "Les pommes sont bonnes cette année",
)  # fmt: skip
_ABOUT_BRAND = (
    "Tour du lac avec mon Véloria, rien à dire, ça roule", "Saw three Veloria bikes on the bridge this morning",
    "Mon Véloria est au garage pour une mise au point", "Thinking about a Veloria for the commute",
    "Le nouveau catalogue de Véloria est sorti", "Veloria has a shop on the corner now",
)  # fmt: skip
_FIRE = (
    "La batterie de mon Véloria a pris feu dans le garage, c’est dangereux et inacceptable. "
    "Aucune réponse du service. https://journal.example.com/feu-de-batterie"
)
_FIRE_EN = "My Veloria battery caught fire in the garage, this is dangerous and terrible. No answer from support. https://journal.example.com/feu-de-batterie"
_PHISHING = (
    "Attention, faux texto au nom de Véloria qui demande un paiement pour un rappel, c’est une arnaque"
)
_CLASS_ACTION = "Action collective contre Véloria pour les batteries : qui veut en être?"
_OUTAGE = "L’application Véloria est en panne, impossible de se connecter, c’est nul"


def write_tape(path: Path) -> int:
    """Write the tape as JSON lines; returns the number of posts. The same on every run."""
    dice = random.Random(20_260_314)  # noqa: S311 - a story, not a secret
    posts = sorted(_posts(dice), key=lambda post: (str(post["created_at"]), str(post["id"])))
    path.write_text("".join(json.dumps(post, ensure_ascii=False) + "\n" for post in posts), encoding="utf-8")
    return len(posts)


def _posts(dice: random.Random) -> Iterator[dict[str, object]]:
    for number in range(CHATTER):
        texts = _ABOUT_BRAND if number % 40 == 0 else _EVERYDAY
        yield _post(
            dice,
            f"c{number}",
            dice.uniform(0, SECONDS),
            f"{dice.choice(texts)} {_mark(number)}",
            dice.randrange(5, 900),
        )
    yield _post(dice, "fire", 120, _FIRE, 2_400, source="bluesky")
    for number in range(60):  # the story spreads, faster and faster, in both languages
        text = _FIRE if number % 2 == 0 else _FIRE_EN
        followers = dice.randrange(200, 3_000) if number < 50 else dice.randrange(9_000, 20_000)
        yield _post(dice, f"fire{number}", 150 + 900 * (number / 60) ** 0.6, text, followers)
    yield _post(
        dice,
        "news",
        620,
        "Une batterie de vélo Véloria prend feu : clients en colère, un garage détruit",
        None,
        source="feeds",
    )
    yield _post(dice, "phish", 480, _PHISHING, 1_100, source="mastodon")
    yield _post(dice, "class", 760, _CLASS_ACTION, 5_200, source="mastodon")
    for number in range(7):
        yield _post(dice, f"out{number}", 300 + number * 20, _OUTAGE, 300, source="reviews")


def _post(
    dice: random.Random, name: str, at: float, text: str, followers: int | None, source: str | None = None
) -> dict[str, object]:
    source = source or dice.choice(("bluesky", "mastodon", "feeds", "reviews"))
    post: dict[str, object] = {
        "id": f"{source}:{name}",
        "source": source,
        "text": text,
        "author": f"{name}.example",
        "url": f"https://{source}.example/{name}",
        "created_at": (START + timedelta(seconds=round(at, 3))).isoformat(),
    }
    return post if followers is None else {**post, "followers": followers}


def _mark(number: int) -> str:
    """Something that differs, so that everyday posts do not look like copies of each other."""
    return f"({number % 97}-{number})"
