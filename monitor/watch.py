"""Watch: readings of one brand grow into stories; a story that meets a clause of the playbook is a finding.

Feeding a reading again counts nothing. A finding whose trigger is that very reading is given again with the same
id, so that a crash between saving the state and sending the findings loses nothing: the receiver drops repeats.
When a post that made a clause fire is edited or deleted, that is a finding too (``about`` "edit" or "deletion").
Mentions found late (by a backfill after an outage) count in their story and never give a finding themselves.

What must be kept between runs is given out as *entries*: short keys, unique within the brand, and bytes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from pydantic import ValidationError

from monitor.canary import CANARY
from monitor.fired import MAX_EDITS, Fired
from monitor.followed import is_followed
from monitor.rate import Rate, event_time
from monitor.records import Finding, Mention, PlaybookRef, Reading, Record, digest, finding_id
from monitor.settings import BrandSettings
from monitor.short_keys import short_key
from monitor.situation import Situation, Verdict
from monitor.stories import StoryBook, mention_key
from monitor.story_links import host_of
from monitor.watch_state import (
    MAX_SOURCES,
    MAX_UNJUDGED,
    MAX_VERSIONS,
    StoryState,
    decode_story,
)

SERIES_KEY = "series"
STORY_PREFIX = "story:"


class Judge(Protocol):
    """The agreement in force. ``judge`` is pure and gives a verdict of every clause, firing or not."""

    @property
    def ref(self) -> PlaybookRef: ...

    def judge(self, situation: Situation) -> tuple[Verdict, ...]: ...


@dataclass(frozen=True, slots=True)
class WatchOutcome:
    """What a batch of readings led to.

    ``changed`` holds the entries to keep (None: delete), ``opened`` counts new stories and ``late`` the mentions
    that were counted without being judged.
    """

    findings: tuple[Finding, ...] = ()
    changed: dict[str, bytes | None] = field(default_factory=dict)
    opened: int = 0
    late: int = 0


class StoredSeries(Record):
    """The mentions of a brand by minute, as they are kept."""

    schema_version: Literal[1] = 1
    rate: dict[int, int]


class BrandState:
    """What is remembered of one brand. Belongs to one caller at a time."""

    def __init__(
        self, brand: BrandSettings, stories: Iterable[StoryState] = (), rate: Rate | None = None
    ) -> None:
        self.brand = brand
        self.book = StoryBook(brand.id, stories)
        self.rate = rate or Rate()
        self.unreadable = 0  # entries that could not be restored
        self._dirty: set[str] = set()  # keys changed since the entries were last given out

    @classmethod
    def restore(cls, brand: BrandSettings, entries: Iterable[tuple[str, bytes]]) -> "BrandState":
        """The state that the entries describe. Damaged ones are left out and counted in ``unreadable``:

        forgetting one story is a smaller harm than watching a brand no more.
        """
        stories: dict[str, StoryState] = {}
        rate: Rate | None = None
        unreadable = 0
        for key, data in entries:
            if key == SERIES_KEY:
                rate = _decode_series(data)
                unreadable += rate is None
                continue
            story = decode_story(data)
            if story is None or key != _story_key(story.id) or story.brand != brand.id:
                unreadable += 1
            else:
                stories[story.id] = story
        state = cls(brand, stories.values(), rate)
        state.unreadable = unreadable
        return state

    @property
    def stories(self) -> int:
        """Live stories."""
        return len(self.book)

    @property
    def largest_reach(self) -> int:
        """The reach of the live story that went farthest."""
        return max((story.reach.reach for story in self.book), default=0)

    def mentions_per_minute(self, now: datetime) -> float:
        """New mentions of the brand per minute over the last five minutes."""
        return self.rate.last_5_minutes(now) / 5

    def mark(self, *keys: str) -> None:
        """These entries changed."""
        self._dirty.update(keys)

    def mark_story(self, story: StoryState) -> None:
        """The entry of this story changed, or the story is gone."""
        self._dirty.add(_story_key(story.id))

    def take_changes(self) -> dict[str, bytes | None]:
        """The changed entries since this was last asked. Changes of a batch that failed come with the next one."""
        changed: dict[str, bytes | None] = {}
        for key in sorted(self._dirty):
            if key == SERIES_KEY:
                changed[key] = StoredSeries(rate=self.rate.counts()).model_dump_json().encode()
            else:
                story = self.book.get(key.removeprefix(STORY_PREFIX))
                changed[key] = None if story is None else story.encoded()
        self._dirty.clear()
        return changed


def watch_readings(
    state: BrandState, readings: Sequence[Reading], playbook: Judge, now: datetime
) -> WatchOutcome:
    """Take readings of the state's brand in, in order. ``now`` is aware UTC.

    What the playbook raises is let out; the same readings can then be given again, together or one by one.
    """
    findings: list[Finding] = []
    opened = late = 0
    _evict(state, now)
    for reading in readings:
        watched = _Watched(state, reading, playbook, now)
        findings.extend(watched.findings())
        opened += watched.opened
        late += watched.late
    return WatchOutcome(tuple(findings), state.take_changes(), opened, late)


def _evict(state: BrandState, now: datetime) -> None:
    for story in state.book.evict(now):
        state.mark_story(story)


class _Watched:
    """One reading on its way through the state."""

    def __init__(self, state: BrandState, reading: Reading, playbook: Judge, now: datetime) -> None:
        self._state = state
        self._reading = reading
        self._playbook = playbook
        self._now = now
        self._mention = mention_key(reading.mention.id)
        self._version = short_key("reading", reading.id)
        self.opened = False
        self.late = False

    def findings(self) -> Sequence[Finding]:
        """Count the reading and judge it, unless both were done before."""
        event = self._reading.mention.event
        story = self._state.book.counted_in(self._mention)
        if is_followed(self._reading):
            return () if story is None else self._post_changed(story) or self._again(story)
        if story is None:
            return self._first_time()
        if event == "edited" and self._version not in story.versions:
            return self._edited(story)
        return self._again(story)

    def _first_time(self) -> Sequence[Finding]:
        story, self.opened = self._state.book.join(self._reading, self._now)
        self._count(story)
        self._state.mark_story(story)
        self._state.mark(SERIES_KEY)
        _evict(self._state, self._now)
        if self._reading.mention.late:
            self.late = True
            return ()
        return self._judge(story)

    def _count(self, story: StoryState) -> None:
        mention = self._reading.mention
        at = event_time(mention.created_at, mention.fetched_at, self._now)
        if story.mentions:
            story.fired.moves(story.last_seen, at)
        story.mentions += 1
        story.first_seen = min(story.first_seen, at)
        story.last_seen = max(story.last_seen, at)
        story.rate.add(at)
        self._state.rate.add(at)
        negative = self._reading.sentiment.label == "negative"
        story.negative += negative
        self._state.book.remember(story, self._mention, negative=negative)
        if mention.event == "edited":
            _keep(story.versions, self._version, MAX_VERSIONS)
        self._note(story)

    def _edited(self, story: StoryState) -> Sequence[Finding]:
        _keep(story.versions, self._version, MAX_VERSIONS)
        negative = self._reading.sentiment.label == "negative"
        story.negative += negative - story.seen[self._mention]
        story.seen[self._mention] = negative
        self._note(story)
        self._state.book.touch(story, self._now)
        self._state.mark_story(story)
        changed = self._post_changed(story)
        return changed if self._reading.mention.late else [*changed, *self._judge(story)]

    def _post_changed(self, story: StoryState) -> list[Finding]:
        """The post is not what made clauses fire any more. Empty when it made none fire, or this was found before."""
        changed = story.fired.fired_by(self._mention)
        known = story.fired.trigger_of(self._version)
        if not changed or (known is not None and (known.changed or known.fired)):
            return []
        deleted = self._reading.mention.event == "deleted"
        if not deleted and story.fired.edits_told(self._mention) >= MAX_EDITS:
            return []
        situation = Situation(self._reading, story.snapshot(self._now), self._now)
        story.fired.remember_change(self._version, changed, situation.story, self._now, self._mention)
        self._state.mark_story(story)
        return self._found_of(changed, situation, changed=True)

    def _found_of(
        self, fired: Sequence[Fired], situation: Situation, *, changed: bool = False
    ) -> list[Finding]:
        verdicts = {verdict.clause.id: verdict for verdict in self._playbook.judge(situation)}
        found = [
            self._finding(verdicts[one.clause], situation, one.level)
            for one in fired
            if one.clause in verdicts  # a clause that nobody agrees to any more is not cited
        ]
        return [self._about_the_post(one) for one in found] if changed else found

    def _about_the_post(self, finding: Finding) -> Finding:
        mention = self._reading.mention
        about: Literal["edit", "deletion"] = "deletion" if mention.event == "deleted" else "edit"
        identity = digest("finding", about, finding.id, mention.version_id)
        return finding.model_copy(update={"id": identity, "about": about})

    def _note(self, story: StoryState) -> None:
        reading = self._reading
        story.reach.add(author_key(reading.mention), reading.mention.author.followers)
        story.languages[reading.language] = None
        story.author_kinds[reading.author_kind] = None
        if len(story.sources) < MAX_SOURCES:
            story.sources[reading.mention.source] = None

    def _judge(self, story: StoryState) -> Sequence[Finding]:
        # Until the verdict is there the reading stays marked: were the playbook to fail, it is judged again.
        _keep(story.unjudged, self._version, MAX_UNJUDGED)
        situation = Situation(self._reading, story.snapshot(self._now), self._now)
        verdicts = self._playbook.judge(situation)
        del story.unjudged[self._version]
        found: list[Finding] = []
        for verdict in verdicts:
            level = story.fired.new_level(verdict.clause.id, situation.story)
            if verdict.trace.held and level is not None:
                found.append(self._finding(verdict, situation, level))
        if found:
            fired = tuple(Fired(clause=one.clause.id, level=one.level) for one in found)
            story.fired.remember(self._version, fired, situation.story, self._now, self._mention)
        return found

    def _again(self, story: StoryState) -> Sequence[Finding]:
        """A repeat: what this very reading made fire is found again, as it was judged then."""
        found: list[Finding] = []
        trigger = story.fired.trigger_of(self._version)
        if trigger is not None:
            then = story.fired.story_then(trigger, story.snapshot(self._now))
            situation = Situation(self._reading, then, trigger.found_at)
            found = [
                *(self._found_of(trigger.changed, situation, changed=True) if trigger.changed else ()),
                *(self._found_of(trigger.fired, situation) if trigger.fired else ()),
            ]
        if self._version in story.unjudged:
            self._state.mark_story(story)
            found.extend(self._judge(story))
        return found

    def _finding(self, verdict: Verdict, situation: Situation, level: int) -> Finding:
        brand = self._state.brand
        return Finding(
            id=finding_id(situation.story.id, verdict.clause.id, level),
            brand=brand.id,
            brand_name=brand.name,
            clause=verdict.clause,
            playbook=self._playbook.ref,
            story=situation.story,
            reading=self._reading,
            trace=verdict.trace,
            level=level,
            found_at=situation.now,
            kind="canary" if brand.id == CANARY else "real",
        )


def author_key(mention: Mention) -> int:
    """Who wrote it, as a short key. An article without author is its outlet's; else nobody else's."""
    author = mention.author
    if author.id or author.handle:
        return short_key("author", f"{mention.source}|{author.id or author.handle.casefold()}")
    host = host_of(mention.url or "") if mention.kind == "article" else ""
    return short_key("outlet", host) if host else short_key("anonymous", mention.id)


def _keep(memory: dict[int, None], key: int, most: int) -> None:
    memory[key] = None
    if len(memory) > most:
        del memory[next(iter(memory))]


def _story_key(identity: str) -> str:
    return f"{STORY_PREFIX}{identity}"


def _decode_series(data: bytes) -> Rate | None:
    try:
        return Rate(StoredSeries.model_validate_json(data).rate)
    except ValidationError:
        return None
