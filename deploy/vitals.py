"""The vital signs of a stream process, and the pure rules that tell healthy from sick.

Kept apart from Faust's own health page, which says OK while the broker is dead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

STALL = timedelta(seconds=60)  # records wait in a partition and none of it is committed
BROKER_GONE = timedelta(seconds=120)
BROKER_LATE = timedelta(seconds=10)
LOOP_STUCK = timedelta(seconds=60)
SHUTDOWN_STUCK = timedelta(seconds=20)
READY_COMMIT_AGE = timedelta(seconds=30)

Partition = tuple[str, int]  # topic, number


@dataclass(frozen=True, slots=True)
class Progress:
    """One partition: records behind its end, its committed offset, and since when that offset stands still
    although records wait."""

    lag: int
    committed: int | None
    since: datetime


@dataclass
class Vitals:
    """What is known of one process. Written by the watchdog's thread; whole values are replaced, so any thread
    may read."""

    started_at: datetime
    broker_seen_at: datetime
    partitions: Mapping[Partition, Progress] = field(default_factory=dict)
    commit_at: datetime | None = None  # when a committed offset was last seen to move
    stopping_since: datetime | None = None

    @property
    def lag(self) -> int:
        """Records behind, over all partitions of this process."""
        return sum(one.lag for one in self.partitions.values())

    def waited_longest(self, now: datetime) -> timedelta:
        """For how long the slowest partition has had records and committed none."""
        return max((now - one.since for one in self.partitions.values() if one.lag), default=timedelta(0))

    def note(
        self,
        ends: Mapping[Partition, int],
        committed: Mapping[Partition, int],
        now: datetime,
        *,
        excused: bool = False,
    ) -> set[Partition]:
        """Take in what the broker says of the partitions of this process; returns those whose offset moved.

        Time without the broker is nobody's stall: after it every partition starts waiting anew. So it does when
        ``excused``: the process got on with something that must come before its records.
        """
        blind = excused or now - self.broker_seen_at > BROKER_LATE
        moved = set()
        noted: dict[Partition, Progress] = {}
        for partition, end in ends.items():
            before = self.partitions.get(partition)
            offset = committed.get(partition)
            lag = max(0, end - (offset or 0))
            if before is not None and offset != before.committed:
                moved.add(partition)
            stands = before is not None and before.lag > 0 and offset == before.committed and not blind
            # A clock that was put back must not hide a partition that stands still.
            since = min(before.since, now) if before is not None and stands else now
            noted[partition] = Progress(lag, offset, since)
        self.partitions = noted
        self.broker_seen_at = now
        if moved:
            self.commit_at = now
        return moved


def sickness(vitals: Vitals, loop_tick_at: datetime, now: datetime) -> str | None:
    """Why this process must end now, or None. A closed set of words."""
    if vitals.stopping_since is not None:
        return "shutdown_stuck" if now - vitals.stopping_since > SHUTDOWN_STUCK else None
    if now - loop_tick_at > LOOP_STUCK:
        return "loop_stuck"
    if now - vitals.broker_seen_at > BROKER_GONE:
        return "broker_gone"
    if vitals.waited_longest(now) > STALL:
        return "no_progress"
    return None


def unready_because(vitals: Vitals, now: datetime) -> list[str]:
    """``/readyz``: every reason why this process cannot do its work now; empty when it can."""
    reasons = []
    if now - vitals.broker_seen_at > BROKER_LATE:
        reasons.append("the broker does not answer")
    if not vitals.partitions:
        reasons.append("no partition is assigned")
    waited = vitals.waited_longest(now)
    if waited > READY_COMMIT_AGE:
        reasons.append(
            f"{vitals.lag} records wait and nothing was committed for {int(waited.total_seconds())} s"
        )
    if vitals.stopping_since is not None:
        reasons.append("stopping")
    return reasons
