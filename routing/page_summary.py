"""What one message tells of other incidents, when a person would otherwise get too many messages."""

from typing import Literal

from monitor.records import Count, Department, Localized, Record, Severity, ShortText, UtcTime

MAX_BUNDLED = 60  # named; the rest is counted
MAX_SILENCES = 10


class BundledIncident(Record):
    """Another incident that the reader is told of by the same message."""

    label: ShortText
    severity: Severity
    department: Department
    title: Localized
    brand_name: ShortText
    informs: bool = False  # only for information


class ShownSilence(Record):
    """A silence that holds now: who asked for it, why, and its end."""

    label: ShortText
    author: ShortText
    reason: ShortText
    until: UtcTime


class Summary(Record):
    """``more`` counts the incidents beyond those in ``bundled``, ``critical`` the critical ones of all of them."""

    kind: Literal["storm", "digest"]
    bundled: tuple[BundledIncident, ...] = ()
    more: Count = 0
    critical: Count = 0
    silences: tuple[ShownSilence, ...] = ()
