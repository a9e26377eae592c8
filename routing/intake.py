"""Folds findings into incidents: one transaction, idempotent by finding id."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from monitor import metrics
from monitor.codec import encode
from monitor.records import SEVERITIES, Department, Finding, digest
from routing.escalate import called, effect_of_finding, freeze_chain, informed
from routing.ledger import note
from routing.page import Transition
from routing.queue_rows import Call, queue_messages, supersede
from routing.schema import findings, incidents, instant_or_none, micros, tracks
from routing.settings import RoutingSettings


class Folder:
    """Applies findings to the tables within a transaction of the caller."""

    def __init__(self, settings: RoutingSettings) -> None:
        self._settings = settings

    def fold(self, connection: Connection, found: Sequence[Finding], now: datetime) -> None:
        """Record every finding once; open or update its incident; queue what must be sent."""
        for finding in found:
            if connection.execute(select(findings.c.id).where(findings.c.id == finding.id)).first():
                metrics.NOT_PAGED.labels("repeat_finding").inc()
                continue
            if finding.reading.mention.late:
                metrics.NOT_PAGED.labels("late").inc()  # found by a backfill: never paged as if it were new
                _record(connection, finding, "", now)
                continue
            incident = self._incident(connection, finding, now)
            _record(connection, finding, incident.id, now)
            for department in finding.clause.page:
                self._page(connection, incident, finding, department, now)
            for department in finding.clause.inform:
                self._inform(connection, incident, finding, department, now)
            self._remember(connection, incident, finding, now)

    def _incident(self, connection: Connection, finding: Finding, now: datetime) -> Any:
        query = select(incidents).where(
            incidents.c.brand == finding.brand, incidents.c.story == finding.story.id
        )
        newest = query.order_by(incidents.c.cycle.desc()).limit(1).with_for_update()
        known = connection.execute(newest).first()
        if known is not None and known.state != "resolved":
            return known
        cycle = 0 if known is None else known.cycle + 1
        incident = digest("incident", finding.brand, finding.story.id, str(cycle))
        number = (connection.scalar(select(func.max(incidents.c.number))) or 0) + 1
        connection.execute(
            insert(incidents).values(
                id=incident,
                number=number,
                brand=finding.brand,
                brand_name=finding.brand_name,
                story=finding.story.id,
                cycle=cycle,
                state="open",
                severity=finding.clause.severity,
                sequence=0,
                opened_at=micros(now),
                updated_at=micros(now),
                resolved_by="",
                story_json=encode(finding.story).decode(),
                kind="real",
                chain_length=0,
                chain_hash="",
            )
        )
        again = "" if known is None else self._linked(known, now)
        note(connection, incident, now, "reopened" if again else "opened", detail=again or finding.clause.id)
        metrics.INCIDENTS.labels(finding.brand, finding.clause.severity).inc()
        return connection.execute(select(incidents).where(incidents.c.id == incident)).one()

    def _linked(self, known: Any, now: datetime) -> str:
        resolved = instant_or_none(known.resolved_at)
        recent = resolved is not None and now - resolved <= self._settings.reopen_after
        return f"continues T-{known.number}" if recent else ""

    def _page(
        self, connection: Connection, incident: Any, finding: Finding, department: Department, now: datetime
    ) -> None:
        where = (tracks.c.incident == incident.id) & (tracks.c.department == department)
        track = connection.execute(select(tracks).where(where)).first()
        effect = effect_of_finding(
            track.severity if track else None, bool(track and track.paged), finding.clause.severity
        )
        if effect in {"already_paged", "lower_severity"}:
            metrics.NOT_PAGED.labels(effect).inc()
            note(connection, incident.id, now, effect, department=department, detail=finding.clause.id)
            return
        chain = freeze_chain(self._settings, department)
        round_ = 0 if track is None else track.round + 1
        first = called(self._settings, chain.steps[0], now)
        wait = chain.steps[0].wait if first.people else timedelta(0)  # nobody on call: the next step at once
        transition: Transition = "raised" if effect == "raise" else "opened"
        values = {
            "severity": finding.clause.severity,
            "finding_json": encode(finding).decode(),
            "paged": True,
            "chain_json": encode(chain).decode(),
            "round": round_,
            "step": 0,
            "next_step_at": micros(now + wait),
            "acknowledged_at": None,
            "acknowledged_by": "",
            "acknowledged_person": "",
            "quorum": finding.clause.acknowledge,
            "remind_at": None,
            "reopen_at": None,
        }
        if track is None:
            connection.execute(insert(tracks).values(incident=incident.id, department=department, **values))
        else:
            connection.execute(update(tracks).where(where).values(**values))
        call = Call(incident.id, department, transition, finding.clause.severity, round_, 0, first.people)
        supersede(connection, call, now)
        queue_messages(connection, self._settings, call, now)
        for rotation in first.nobody_in:
            note(connection, incident.id, now, "nobody_on_call", department=department, detail=rotation)

    def _inform(
        self, connection: Connection, incident: Any, finding: Finding, department: Department, now: datetime
    ) -> None:
        where = (tracks.c.incident == incident.id) & (tracks.c.department == department)
        if (
            department in finding.clause.page
            or connection.execute(select(tracks.c.incident).where(where)).first()
        ):
            return
        people = informed(self._settings, department, now)
        connection.execute(
            insert(tracks).values(
                incident=incident.id,
                department=department,
                severity=finding.clause.severity,
                finding_json=encode(finding).decode(),
                paged=False,
                chain_json=encode(freeze_chain(self._settings, department)).decode(),
                round=0,
                step=0,
                acknowledged_by="",
                acknowledged_person="",
                quorum=finding.clause.acknowledge,
            )
        )
        call = Call(incident.id, department, "informed", finding.clause.severity, 0, 0, people)
        queue_messages(connection, self._settings, call, now)

    def _remember(self, connection: Connection, incident: Any, finding: Finding, now: datetime) -> None:
        rank = max(SEVERITIES.index(incident.severity), SEVERITIES.index(finding.clause.severity))
        open_tracks = connection.scalar(
            select(func.count()).where(
                (tracks.c.incident == incident.id) & tracks.c.paged & tracks.c.acknowledged_at.is_(None)
            )
        )
        connection.execute(
            update(incidents)
            .where(incidents.c.id == incident.id)
            .values(
                severity=SEVERITIES[rank],
                state="open" if open_tracks else incident.state,
                updated_at=micros(now),
                story_json=encode(finding.story).decode(),
            )
        )


def _record(connection: Connection, finding: Finding, incident: str, now: datetime) -> None:
    values = {
        "id": finding.id,
        "incident": incident,
        "brand": finding.brand,
        "story": finding.story.id,
        "clause": finding.clause.id,
        "severity": finding.clause.severity,
        "at": micros(now),
        "finding_json": encode(finding).decode(),
    }
    connection.execute(insert(findings).values(**values))
