"""A drill: an invented incident, marked as an exercise, that pages real people by the real way. Pure."""

from datetime import datetime

from monitor.errors import RefuseToStart
from monitor.playbook import Playbook
from monitor.records import (
    SEVERITIES,
    AgreedClause,
    Author,
    Department,
    Finding,
    Mention,
    Probabilities,
    Reading,
    Sentiment,
    Severity,
    Story,
    Trace,
    finding_id,
    reading_id,
    story_id,
)
from monitor.settings import BrandSettings

SOURCE = "drill"
TEXT = (
    "EXERCISE / EXERCICE. Nobody wrote this and nothing has happened: Tocsin tests its own way to you. "
    "Acknowledge it as you would in earnest.\n"
    "Personne n’a écrit ceci et il ne s’est rien passé\u00a0: Tocsin vérifie le chemin jusqu’à vous. "
    "Accusez réception comme si c’était réel."
)


def drill_clause(
    playbook: Playbook, department: Department, wanted: str | None, severity: Severity | None
) -> AgreedClause:
    """The agreed clause of a drill, which pages ``department`` alone and keeps no evidence.

    Unless one is ``wanted``, the most severe clause that pages the department. Raises RefuseToStart.
    """
    clauses = [one for one in playbook.agreed if department in one.page]
    chosen = max(clauses, key=lambda one: SEVERITIES.index(one.severity), default=None)
    if wanted is not None:
        chosen = next((one for one in playbook.agreed if one.id == wanted), None)
        if chosen is None:
            names = ", ".join(one.id for one in playbook.agreed)
            raise RefuseToStart(f"the playbook has no clause {wanted}; it has: {names}")
    if chosen is None:
        raise RefuseToStart(f"no clause of the playbook pages {department}: name one with --clause")
    changes = {
        "page": (department,),
        "inform": (),
        "evidence": False,
        "severity": severity or chosen.severity,
    }
    return chosen.model_copy(update=changes)


def drill_brand(playbook: Playbook, brands: tuple[BrandSettings, ...]) -> BrandSettings:
    """The brand that a drill is about: the first one that the playbook covers. Raises RefuseToStart."""
    covered = next((brand for brand in brands if playbook.covers(brand.id)), None)
    if covered is None:
        raise RefuseToStart("the playbook covers no brand of the configuration")
    return covered


def drill_finding(
    playbook: Playbook, clause: AgreedClause, brand: BrandSettings, name: str, now: datetime
) -> Finding:
    """The finding of the drill called ``name`` (unique), as of ``now`` (aware UTC)."""
    mention = Mention(
        id=f"{SOURCE}:{name}",
        source=SOURCE,
        kind="post",
        author=Author(handle="tocsin-drill", name="Tocsin"),
        text=TEXT,
        created_at=now,
        fetched_at=now,
    )
    tone = Sentiment(
        label="neutral",
        compound=0.0,
        probabilities=Probabilities(negative=0.0, neutral=1.0, positive=0.0),
        abstain=False,
        scorer="drill",
    )
    reading = Reading(
        id=reading_id(mention, brand.id),
        brand=brand.id,
        mention=mention,
        matched=(),
        language="mixed",
        sentiment=tone,
        read_at=now,
    )
    story = _story(brand.id, mention, now)
    return Finding(
        id=finding_id(story.id, clause.id, 0),
        brand=brand.id,
        brand_name=brand.name,
        clause=clause,
        playbook=playbook.ref,
        story=story,
        reading=reading,
        trace=Trace(condition="drill", held=True),
        level=0,
        found_at=now,
        kind="drill",
    )


def _story(brand: str, mention: Mention, now: datetime) -> Story:
    return Story(
        id=story_id(brand, mention.id),
        brand=brand,
        title="EXERCISE / EXERCICE",
        first_mention=mention.id,
        first_seen=now,
        last_seen=now,
        mentions=1,
        authors=1,
        reach=0,
        mentions_last_5_min=1,
        mentions_last_60_min=1,
    )
