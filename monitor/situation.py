"""What a playbook clause may look at: one reading, the story it belongs to, and the time."""

from dataclasses import dataclass
from datetime import datetime

from monitor.records import AgreedClause, Reading, Story, Trace


@dataclass(frozen=True, slots=True)
class Situation:
    """A reading that has just joined ``story``. ``now`` is when it is judged, aware UTC."""

    reading: Reading
    story: Story
    now: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a clause says of a situation: ``trace.held`` tells whether it fires."""

    clause: AgreedClause
    trace: Trace
