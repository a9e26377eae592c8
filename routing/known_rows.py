"""What the tables know of a batch of findings, read with one query for each table, and kept up to date in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, func, select

from monitor.codec import decode
from monitor.records import Department, Finding, Severity, digest
from monitor.stories import MAX_AGE
from routing.material import with_severity, worst
from routing.schema import findings, incident_stories, incidents, instant, micros, tracks


@dataclass
class HeldTrack:
    """One department's part. ``finding_json``: what it was last told of, ``severity`` as it stands now."""

    severity: Severity
    finding_json: str
    paged: bool
    round: int

    @cached_property
    def finding(self) -> Finding:
        """The finding as it was found. Raises UndecodableRecord."""
        return decode(Finding, self.finding_json.encode())

    @property
    def told(self) -> Finding:
        """The finding with the severity that people know of."""
        return with_severity(self.finding, self.severity)


@dataclass
class HeldIncident:
    """An incident during one fold."""

    id: str
    number: int
    cycle: int
    kind: str
    story: str  # the one that it shows
    state: str
    severity: Severity
    resolved_at: int | None
    merged_into: str | None
    tracks: dict[Department, HeldTrack] = field(default_factory=dict)
    story_json: str | None = None  # to be written; None: as it was
    touched: bool = False

    def standing_severity(self) -> Severity:
        """The highest severity of its departments."""
        return worst([track.severity for track in self.tracks.values()] or [self.severity])


class KnownRows:
    """Known finding ids, and the incident that each story belongs to now."""

    def __init__(self, connection: Connection, found: Sequence[Finding]) -> None:
        self._connection = connection
        self._by_id: dict[str, HeldIncident] = {}
        self._last_numbers: dict[bool, int] = {}  # of canaries, and of all others
        ids = select(findings.c.id, findings.c.at).where(findings.c.id.in_({one.id for one in found}))
        self._taken_at: dict[str, int] = {row.id: row.at for row in connection.execute(ids)}
        query = select(incident_stories).where(incident_stories.c.story.in_({one.story.id for one in found}))
        self._stories = {(row.brand, row.story): row.incident for row in connection.execute(query)}
        self._load(self._stories.values())

    def new_finding(self, finding: Finding, now: datetime) -> Finding | None:
        """The finding when it is not a repeat, and from now on known; None when it is one.

        Whoever watches forgets a story that was quiet for ``MAX_AGE``; when it moves again, it is found under the
        id that it had. By another post and that much later it is no repeat: the story has revived.
        """
        taken = self._taken_at.get(finding.id)
        if taken is None:
            self._taken_at[finding.id] = micros(now)
            return finding
        if now - instant(taken) < MAX_AGE or finding.about != "clause":
            return None
        known = self._connection.scalar(select(findings.c.finding_json).where(findings.c.id == finding.id))
        before = decode(Finding, known.encode()) if known else None
        if before is None or before.reading.id == finding.reading.id:
            return None
        identity = digest("finding", "revived", finding.id, finding.reading.id)
        if self._connection.scalar(select(findings.c.id).where(findings.c.id == identity)) is not None:
            return None
        self._taken_at[finding.id] = micros(now)
        revivals = max(finding.story.revivals, before.story.revivals + 1)
        story = finding.story.model_copy(update={"revivals": revivals})
        return finding.model_copy(update={"id": identity, "story": story})

    def incident_of(self, finding: Finding) -> HeldIncident | None:
        """The newest incident of the finding's story, wherever it was merged into."""
        held = self._by_id.get(self._stories.get((finding.brand, finding.story.id), ""))
        while held is not None and held.merged_into is not None:
            held = self._by_id.get(held.merged_into)
        return held

    def has_row(self, finding: Finding) -> bool:
        """Whether the story has belonged to an incident before."""
        return (finding.brand, finding.story.id) in self._stories

    def put(self, finding: Finding, incident: HeldIncident) -> None:
        """From now on the story belongs to this incident."""
        self._stories[finding.brand, finding.story.id] = incident.id
        self._by_id[incident.id] = incident

    def touched(self) -> list[HeldIncident]:
        """The incidents that this batch changed."""
        return [one for one in self._by_id.values() if one.touched]

    def next_number(self, *, canary: bool) -> int:
        """The number of the next incident. Canaries count downwards from -1, out of the way of people's numbers."""
        if canary not in self._last_numbers:
            most = func.min(incidents.c.number) if canary else func.max(incidents.c.number)
            found = self._connection.scalar(select(most)) or 0
            self._last_numbers[canary] = min(found, 0) if canary else max(found, 0)
        self._last_numbers[canary] += -1 if canary else 1
        return self._last_numbers[canary]

    def _load(self, ids: Iterable[str]) -> None:
        wanted = set(ids)
        while wanted:
            # Locked in one order everywhere, so that no two processes wait for each other.
            query = select(incidents).where(incidents.c.id.in_(wanted)).order_by(incidents.c.id)
            for row in self._connection.execute(query.with_for_update()).all():
                self._by_id[row.id] = held_incident(row)
            self._load_tracks(wanted)
            wanted = {
                one.merged_into for one in self._by_id.values() if one.merged_into is not None
            } - self._by_id.keys()

    def _load_tracks(self, ids: set[str]) -> None:
        for row in self._connection.execute(select(tracks).where(tracks.c.incident.in_(ids))).all():
            self._by_id[row.incident].tracks[row.department] = held_track(row)


def held_incident(row: Any) -> HeldIncident:
    """A row of incidents, without its tracks."""
    return HeldIncident(
        row.id,
        row.number,
        row.cycle,
        row.kind,
        row.story,
        row.state,
        row.severity,
        row.resolved_at,
        row.merged_into,
    )


def held_track(row: Any) -> HeldTrack:
    """A row of tracks."""
    return HeldTrack(row.severity, row.finding_json, row.paged, row.round)
