"""Folds findings into incidents: one transaction, idempotent by finding id, few queries however many they are."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from monitor import metrics
from monitor.codec import decode, encode
from monitor.records import Department, Finding
from routing.canary import fold_canary
from routing.chain_start import Start, start_chain
from routing.escalate import freeze_chain, informed
from routing.evidence import kept_finding, seal
from routing.incident_labels import label_of
from routing.known_rows import HeldIncident, HeldTrack, KnownRows
from routing.ledger import Entry, note_all
from routing.material import TRANSITIONS, agreed_less, material_change, worse
from routing.openings import Opening, open_incident
from routing.queue_rows import Call, queue_messages
from routing.schema import findings, incidents, instant_or_none, micros, tracks
from routing.settings import RoutingSettings

AT_ONCE = 200  # findings that are read up together


class Folder:
    """Applies findings to the tables within a transaction of the caller."""

    def __init__(self, settings: RoutingSettings) -> None:
        self._settings = settings

    def fold(self, connection: Connection, found: Sequence[Finding], now: datetime) -> None:
        """Record every finding once; open or update its incident; queue what must be sent."""
        for start in range(0, len(found), AT_ONCE):
            _Fold(connection, self._settings, found[start : start + AT_ONCE], now).run()


class _Fold:
    """One batch. Rows that nothing reads meanwhile are written at its end."""

    def __init__(
        self, connection: Connection, settings: RoutingSettings, found: Sequence[Finding], now: datetime
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._found = found
        self._now = now
        self._known = KnownRows(connection, found)
        self._rows: list[dict[str, object]] = []
        self._entries: list[Entry] = []
        self._starts: list[Start] = []

    def run(self) -> None:
        found_in: list[tuple[Finding, str]] = []
        for original in self._found:
            # What the source sent stands with the evidence alone.
            finding = self._known.new_finding(kept_finding(original), self._now)
            if finding is None:
                metrics.NOT_PAGED.labels("repeat_finding").inc()
                continue
            incident = self._fold(finding)
            self._rows.append(_row(finding, incident, self._now))
            found_in.append((original, incident))
        self._write_what_is_decided()
        seal(self._connection, self._settings, found_in, self._now)
        self._write_incidents()

    def _fold(self, finding: Finding) -> str:
        """The id of the incident that the finding belongs to; empty when it opened nothing."""
        if finding.about != "clause":
            return self._what_became_of_the_post(finding)
        if finding.reading.mention.late:
            metrics.NOT_PAGED.labels("late").inc()  # found by a backfill: never paged as if it were new
            return ""
        if finding.kind == "canary":
            return self._canary(finding)
        incident, is_new = self._incident(finding)
        if incident.state == "resolved":  # what only informs wakes no closed incident
            metrics.NOT_PAGED.labels("after_resolution").inc()
            self._note(incident, "after_resolution", finding)
            return incident.id
        for department in finding.clause.page:
            self._page(incident, finding, department, is_new=is_new)
        for department in finding.clause.inform:
            if department not in finding.clause.page:
                self._inform(incident, finding, department)
        incident.touched = True
        if incident.story == finding.story.id:
            incident.story_json = encode(finding.story).decode()
        return incident.id

    def _canary(self, finding: Finding) -> str:
        number = self._known.next_number(canary=True)
        known = self._known.has_row(finding)
        return fold_canary(self._connection, finding, number, self._now, known=known)

    def _what_became_of_the_post(self, finding: Finding) -> str:
        incident = self._known.incident_of(finding)
        what = "post_edited" if finding.about == "edit" else "post_deleted"
        metrics.NOT_PAGED.labels(what).inc()
        if incident is None:
            return ""
        self._note(incident, what, finding, detail=finding.reading.mention.id)
        return incident.id

    def _incident(self, finding: Finding) -> tuple[HeldIncident, bool]:
        """The incident of the finding's story, opened when there is none that it can move."""
        known = self._known.incident_of(finding)
        if known is not None and known.kind != finding.kind:
            known = None  # an exercise never takes a real story in, nor the other way round
        if known is not None and (known.state != "resolved" or not finding.clause.page):
            return known, False
        opening = Opening(
            finding,
            self._known.next_number(canary=finding.kind == "canary"),
            0 if known is None else known.cycle + 1,
            known,
            self._known.has_row(finding),
        )
        incident = open_incident(self._connection, opening, self._now)
        self._known.put(finding, incident)
        what, detail = self._how_it_opened(known, finding)
        self._note(incident, what, finding, detail=detail)
        return incident, True

    def _how_it_opened(self, known: HeldIncident | None, finding: Finding) -> tuple[str, str]:
        if known is None:
            return "opened", finding.clause.id
        resolved = instant_or_none(known.resolved_at)
        recent = resolved is not None and self._now - resolved <= self._settings.reopen_after
        return "reopened" if recent else "opened", f"continues {label_of(known.number)}"

    def _page(
        self, incident: HeldIncident, finding: Finding, department: Department, *, is_new: bool
    ) -> None:
        track = incident.tracks.get(department)
        before = track.told if track is not None and track.paged else None
        change = material_change(before, finding, same_story=self._same_story(incident, before, finding))
        if track is not None and change is None:
            self._not_again(incident, track, finding, department)
            return
        if change is None:
            return
        if not is_new or before is not None:
            what = "department_added" if before is None else "paged_again"
            self._note(incident, what, finding, department, change if before else finding.clause.id)
        start = Start(incident.id, department, TRANSITIONS[change], finding.clause.severity, finding, track)
        self._starts.append(start)
        round_ = 0 if track is None else track.round + 1
        finding_json = encode(finding).decode()
        incident.tracks[department] = HeldTrack(finding.clause.severity, finding_json, True, round_)
        incident.state = "open"

    def _same_story(self, incident: HeldIncident, before: Finding | None, finding: Finding) -> Finding | None:
        """The last finding of the same story, when the department was last told of another one."""
        if before is None or before.story.id == finding.story.id or not finding.story.revivals:
            return None
        same = (findings.c.incident == incident.id) & (findings.c.story == finding.story.id)
        query = select(findings.c.finding_json).where(same, findings.c.finding_json != "")
        newest = self._connection.scalar(query.order_by(findings.c.at.desc()).limit(1))
        return decode(Finding, newest.encode()) if newest else None

    def _not_again(
        self, incident: HeldIncident, track: HeldTrack, finding: Finding, department: Department
    ) -> None:
        if agreed_less(track.finding, finding) and track.severity == track.finding.clause.severity:
            self._lower(incident, track, finding, department)
            return
        effect = "already_paged" if finding.clause.severity == track.severity else "lower_severity"
        metrics.NOT_PAGED.labels(effect).inc()
        self._note(incident, effect, finding, department)

    def _lower(
        self, incident: HeldIncident, track: HeldTrack, finding: Finding, department: Department
    ) -> None:
        """Severity falls silently, to that of the most severe clause that the department was paged for."""
        self._write_what_is_decided()
        standing = max(
            (finding, *self._other_clauses(incident, finding, department)),
            key=lambda one: (_rank(one), one is finding),
        )
        lowered = HeldTrack(standing.clause.severity, encode(standing).decode(), True, track.round)
        metrics.NOT_PAGED.labels("lower_severity").inc()
        if worse(track.severity, lowered.severity):
            detail = f"{track.severity} > {lowered.severity}"
            self._note(incident, "severity_lowered", finding, department, detail)
        else:
            self._note(incident, "lower_severity", finding, department)
        self._set_track(incident, department, lowered)

    def _other_clauses(
        self, incident: HeldIncident, finding: Finding, department: Department
    ) -> list[Finding]:
        """The newest finding of each other clause that paged the department for this incident."""
        others = (findings.c.incident == incident.id) & (findings.c.clause != finding.clause.id)
        query = select(findings.c.finding_json).where(others, findings.c.finding_json != "")
        newest: dict[str, Finding] = {}
        for text in self._connection.execute(query.order_by(findings.c.at)).scalars():
            one = decode(Finding, text.encode())
            if one.about == "clause" and department in one.clause.page:
                newest[one.clause.id] = one
        return list(newest.values())

    def _set_track(self, incident: HeldIncident, department: Department, track: HeldTrack) -> None:
        where = (tracks.c.incident == incident.id) & (tracks.c.department == department)
        values = {"severity": track.severity, "finding_json": track.finding_json}
        self._connection.execute(update(tracks).where(where).values(**values))
        incident.tracks[department] = track

    def _inform(self, incident: HeldIncident, finding: Finding, department: Department) -> None:
        track = incident.tracks.get(department)
        if track is not None:
            if not track.paged and worse(finding.clause.severity, track.severity):
                risen = HeldTrack(finding.clause.severity, encode(finding).decode(), False, track.round)
                self._set_track(incident, department, risen)
            return
        finding_json = encode(finding).decode()
        self._connection.execute(
            insert(tracks).values(
                incident=incident.id,
                department=department,
                severity=finding.clause.severity,
                finding_json=finding_json,
                paged=False,
                chain_json=encode(freeze_chain(self._settings, department, finding.clause.severity)).decode(),
                round=0,
                step=0,
                acknowledged_by="",
                acknowledged_person="",
                quorum=finding.clause.acknowledge,
            )
        )
        incident.tracks[department] = HeldTrack(finding.clause.severity, finding_json, False, 0)
        self._write_entries()
        people = informed(self._settings, department, self._now)
        call = Call(incident.id, department, "informed", finding.clause.severity, 0, 0, people)
        queue_messages(self._connection, self._settings, call, self._now)

    def _note(
        self,
        incident: HeldIncident,
        what: str,
        finding: Finding,
        department: Department | None = None,
        detail: str = "",
    ) -> None:
        cited = {"clause": finding.clause.id, "playbook": finding.playbook.sha256}
        said = detail or finding.clause.id
        self._entries.append(Entry(incident.id, self._now, what, department, detail=said, **cited))

    def _write_what_is_decided(self) -> None:
        """The history first, then the chains that start, each with what it notes itself."""
        self._write_entries()
        for start in self._starts:
            start_chain(self._connection, self._settings, start, self._now)
        self._starts = []
        if self._rows:
            self._connection.execute(insert(findings), self._rows)
        self._rows = []

    def _write_entries(self) -> None:
        """Before anything else notes something, so that the history stays in order."""
        note_all(self._connection, self._entries)
        self._entries = []

    def _write_incidents(self) -> None:
        touched = self._known.touched()
        if not touched:
            return
        query = update(incidents).where(incidents.c.id == bindparam("which"))
        at = micros(self._now)
        rows = [
            {"which": one.id, "new_severity": one.standing_severity(), "new_state": one.state, "at": at}
            for one in touched
        ]
        values: dict[str, object] = {"severity": bindparam("new_severity"), "state": bindparam("new_state")}
        self._connection.execute(query.values(**values, updated_at=bindparam("at")), rows)
        told = [{"which": one.id, "new_story": one.story_json} for one in touched if one.story_json]
        if told:
            self._connection.execute(query.values(story_json=bindparam("new_story")), told)


def _rank(finding: Finding) -> int:
    return ("info", "warning", "critical").index(finding.clause.severity)


def _row(finding: Finding, incident: str, now: datetime) -> dict[str, object]:
    return {
        "id": finding.id,
        "incident": incident,
        "brand": finding.brand,
        "story": finding.story.id,
        "clause": finding.clause.id,
        "severity": finding.clause.severity,
        "at": micros(now),
        "finding_json": encode(finding).decode(),
    }
