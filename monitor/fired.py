"""What a story has already been found for: which clause, at which level, and because of which reading.

The *level* of a clause is 0 when it first fires and grows by one with each material change of the story from
there on: a tier of reach crossed, a first author of a weighty kind, a revival after a long quiet. Only that is
worth telling people again. The story as it was is kept for the last triggers, so that a reading that comes again
gives the same finding again, figure for figure.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.records import AuthorKind, Id, Record, Story, UtcTime

REACH_TIERS = (10_000, 100_000, 1_000_000, 10_000_000)  # people
WEIGHTY_KINDS: frozenset[AuthorKind] = frozenset({"press", "regulator"})
REVIVED_AFTER = timedelta(hours=6)  # of quiet
MAX_KEPT_STORIES = 5
MAX_TRIGGERS = 200  # of one story; older ones are known to whoever took their findings
MAX_EDITS = 20  # told of one mention: nobody can fill the memory by editing a post for ever


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
    mention: int | None = None  # short key of the mention's id; None: kept by an earlier version
    changed: tuple[Fired, ...] = ()  # what an earlier version of the mention made fire


class StoredClause(Record):
    """The tier of reach where a clause first fired, the highest level since, and what that level has told of."""

    clause: Id
    first_tier: int
    level: int
    top_tier: int | None = None  # None: kept by an earlier version, which grew by tiers alone
    kinds: tuple[AuthorKind, ...] | None = None
    revivals: int = 0


class StoredFired(Record):
    """``FiredClauses`` as it is kept."""

    clauses: tuple[StoredClause, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    revivals: int = 0


def reach_tier(reach: int) -> int:
    """How many of ``REACH_TIERS`` the reach has come to: 0 to 4."""
    return bisect_right(REACH_TIERS, reach)


@dataclass(slots=True)
class FiredClauses:
    """The memory of one story."""

    _clauses: dict[str, StoredClause] = field(default_factory=dict)
    _triggers: dict[int, Trigger] = field(default_factory=dict)
    revivals: int = 0  # of the story

    def moves(self, last_seen: datetime, at: datetime) -> None:
        """A mention of ``at`` joins a story whose last one was of ``last_seen``."""
        self.revivals += at - last_seen >= REVIVED_AFTER

    def new_level(self, clause: str, story: Story) -> int | None:
        """The level at which a clause that holds is to be found now; None when that has been done."""
        known = self._clauses.get(clause)
        if known is None:
            return 0
        changes = max(0, reach_tier(story.reach) - _top_tier(known))
        changes += len(weighty(story.author_kinds) - set(known.kinds or ()))
        changes += story.revivals > known.revivals
        return known.level + changes if changes else None

    def remember(
        self, reading: int, fired: tuple[Fired, ...], story: Story, now: datetime, mention: int | None = None
    ) -> None:
        """Keep what a reading made fire."""
        for one in fired:
            self._clauses[one.clause] = _told_of(one, self._clauses.get(one.clause), story)
        self._keep(reading, story, now, mention, fired=fired)

    def remember_change(
        self, reading: int, changed: tuple[Fired, ...], story: Story, now: datetime, mention: int
    ) -> None:
        """Keep that a later version of a mention concerns what an earlier one made fire."""
        self._keep(reading, story, now, mention, changed=changed)

    def fired_by(self, mention: int) -> tuple[Fired, ...]:
        """What the versions of a mention made fire, however long ago."""
        of_it = (one.fired for one in self._triggers.values() if one.mention == mention)
        return tuple(dict.fromkeys(one for fired in of_it for one in fired))

    def edits_told(self, mention: int) -> int:
        """How many changes of a mention have been found."""
        return sum(one.mention == mention and bool(one.changed) for one in self._triggers.values())

    def _keep(
        self,
        reading: int,
        story: Story,
        now: datetime,
        mention: int | None,
        *,
        fired: tuple[Fired, ...] = (),
        changed: tuple[Fired, ...] = (),
    ) -> None:
        earlier = self._triggers.get(reading)
        if earlier is not None:
            fired, changed = (*earlier.fired, *fired), (*earlier.changed, *changed)
        # What never changes in a story stands in the story itself; a kept one holds its figures only.
        figures = story.model_copy(update={"title": "", "first_mention": "-", "first_url": None})
        self._triggers[reading] = Trigger(
            reading=reading, found_at=now, fired=fired, changed=changed, story=figures, mention=mention
        )
        self._forget_old_stories()
        if len(self._triggers) > MAX_TRIGGERS:
            del self._triggers[next(iter(self._triggers))]

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
        return StoredFired(
            clauses=tuple(self._clauses.values()),
            triggers=tuple(self._triggers.values()),
            revivals=self.revivals,
        )

    @classmethod
    def from_stored(cls, stored: StoredFired, author_kinds: Iterable[AuthorKind] = ()) -> "FiredClauses":
        """``author_kinds`` of the story: what an earlier version kept says nothing of them, so they are old news."""
        kinds = tuple(sorted(weighty(author_kinds)))
        clauses = (
            one if one.kinds is not None else one.model_copy(update={"kinds": kinds})
            for one in stored.clauses
        )
        triggers = {one.reading: one for one in stored.triggers}
        return cls({one.clause: one for one in clauses}, triggers, stored.revivals)

    def _forget_old_stories(self) -> None:
        old = list(self._triggers)[-MAX_KEPT_STORIES - 1 :: -1]
        for key in old:
            if self._triggers[key].story is None:
                break
            self._triggers[key] = self._triggers[key].model_copy(update={"story": None})


def weighty(kinds: Iterable[AuthorKind]) -> set[AuthorKind]:
    """The kinds of author whose joining is news of its own."""
    return set(WEIGHTY_KINDS & set(kinds))


def _top_tier(known: StoredClause) -> int:
    return known.first_tier + known.level if known.top_tier is None else known.top_tier


def _told_of(fired: Fired, known: StoredClause | None, story: Story) -> StoredClause:
    tier = reach_tier(story.reach)
    return StoredClause(
        clause=fired.clause,
        first_tier=tier if known is None else known.first_tier,
        level=fired.level,
        top_tier=tier if known is None else max(tier, _top_tier(known)),
        kinds=tuple(sorted(weighty(story.author_kinds) | set((known and known.kinds) or ()))),
        revivals=story.revivals,
    )
