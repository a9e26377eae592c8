"""What a story has already been found for: which clause, at which level, and because of which reading.

The *level* of a clause is 0 when it first fires and grows by one with each tier of reach that the story crosses
from there on: only such a material change is worth telling people again. The story as it was is kept for the
last triggers, so that a reading that comes again gives the same finding again, figure for figure.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime

from monitor.records import Id, Record, Story, UtcTime

REACH_TIERS = (10_000, 100_000, 1_000_000, 10_000_000)  # people
MAX_KEPT_STORIES = 8


class Fired(Record):
    """One clause at one level."""

    clause: Id
    level: int


class Trigger(Record):
    """A reading that made clauses fire, and the figures of the story then (None: too long ago to be kept)."""

    reading: int  # short key of the reading's id
    found_at: UtcTime
    fired: tuple[Fired, ...]
    story: Story | None = None


class StoredClause(Record):
    """The tier of reach where a clause first fired, and the highest level since."""

    clause: Id
    first_tier: int
    level: int


class StoredFired(Record):
    """``FiredClauses`` as it is kept."""

    clauses: tuple[StoredClause, ...] = ()
    triggers: tuple[Trigger, ...] = ()


def reach_tier(reach: int) -> int:
    """How many of ``REACH_TIERS`` the reach has come to: 0 to 4."""
    return bisect_right(REACH_TIERS, reach)


@dataclass(slots=True)
class FiredClauses:
    """The memory of one story."""

    _clauses: dict[str, StoredClause] = field(default_factory=dict)
    _triggers: dict[int, Trigger] = field(default_factory=dict)

    def new_level(self, clause: str, reach: int) -> int | None:
        """The level at which a clause that holds is to be found now; None when that has been done."""
        known = self._clauses.get(clause)
        if known is None:
            return 0
        level = reach_tier(reach) - known.first_tier
        return level if level > known.level else None

    def remember(self, reading: int, fired: tuple[Fired, ...], story: Story, now: datetime) -> None:
        """Keep what a reading made fire."""
        tier = reach_tier(story.reach)
        for one in fired:
            known = self._clauses.get(one.clause)
            first_tier = tier if known is None else known.first_tier
            self._clauses[one.clause] = StoredClause(
                clause=one.clause, first_tier=first_tier, level=one.level
            )
        earlier = self._triggers.get(reading)
        if earlier is not None:
            fired = (*earlier.fired, *fired)
        # What never changes in a story stands in the story itself; a kept one holds its figures only.
        figures = story.model_copy(update={"title": "", "first_mention": "-", "first_url": None})
        self._triggers[reading] = Trigger(reading=reading, found_at=now, fired=fired, story=figures)
        self._forget_old_stories()

    def trigger_of(self, reading: int) -> Trigger | None:
        """What this very reading made fire before."""
        return self._triggers.get(reading)

    def story_then(self, trigger: Trigger, story: Story) -> Story:
        """The story as the trigger saw it; ``story`` as it is now."""
        if trigger.story is None:
            return story
        names = {"title": story.title, "first_mention": story.first_mention, "first_url": story.first_url}
        return trigger.story.model_copy(update=names)

    def stored(self) -> StoredFired:
        return StoredFired(clauses=tuple(self._clauses.values()), triggers=tuple(self._triggers.values()))

    @classmethod
    def from_stored(cls, stored: StoredFired) -> "FiredClauses":
        return cls({one.clause: one for one in stored.clauses}, {one.reading: one for one in stored.triggers})

    def _forget_old_stories(self) -> None:
        old = list(self._triggers)[-MAX_KEPT_STORIES - 1 :: -1]
        for key in old:
            if self._triggers[key].story is None:
                break
            self._triggers[key] = self._triggers[key].model_copy(update={"story": None})
