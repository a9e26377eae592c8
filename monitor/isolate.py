"""One reading that the watch step cannot digest must not take its neighbours with it."""

from collections.abc import Sequence
from datetime import datetime

from monitor.batches import BadItem
from monitor.codec import encode
from monitor.records import Finding, Reading
from monitor.watch import BrandState, Judge, WatchOutcome, watch_readings


def watch_each(
    state: BrandState, readings: Sequence[Reading], judge: Judge, now: datetime
) -> tuple[WatchOutcome, tuple[BadItem, ...]]:
    """Watch a batch at once or, when that fails, one by one; what fails alone is returned with its bytes.

    Safe because watching the same reading twice counts it once.
    """
    try:
        return watch_readings(state, readings, judge, now), ()
    except Exception:  # noqa: BLE001 - found again below, alone, and reported there
        return _one_by_one(state, readings, judge, now)


def _one_by_one(
    state: BrandState, readings: Sequence[Reading], judge: Judge, now: datetime
) -> tuple[WatchOutcome, tuple[BadItem, ...]]:
    findings: list[Finding] = []
    changed: dict[str, bytes | None] = {}
    opened = late = 0
    bad: list[BadItem] = []
    for reading in readings:
        try:
            one = watch_readings(state, [reading], judge, now)
        except Exception as error:  # noqa: BLE001 - any failure on one reading is that reading's dead letter
            bad.append(BadItem("watch_failed", f"{type(error).__name__}: {error}", encode(reading)))
            continue
        findings.extend(one.findings)
        changed.update(one.changed)
        opened += one.opened
        late += one.late
    return WatchOutcome(findings=tuple(findings), changed=changed, opened=opened, late=late), tuple(bad)
