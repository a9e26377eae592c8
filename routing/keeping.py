"""Evidence, holds and erasure, one transaction each. Calls block; use them from a thread."""

import threading
from datetime import datetime, timedelta

from monitor.clock import Clock
from monitor.records import Localized
from routing import legal_holds, legal_notes
from routing.database import Database
from routing.evidence_views import EvidenceView, read_evidence
from routing.pruning import prune
from routing.retention import erase_expired
from routing.retention_requests import Proof, erase_on_request
from routing.settings import RoutingSettings

EVERY = timedelta(minutes=10)
MOST_ROUNDS = 50  # of one sweep: what is left waits for the next one


class Keeping:
    """The part of the store that keeps and erases."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._swept: datetime | None = None
        self._one_sweep = threading.Lock()

    def sweep_seldom(self, settings: RoutingSettings) -> int:
        """Sweep when the last time is ten minutes ago; returns how much was erased and pruned."""
        now = self._clock.now()
        with self._one_sweep:
            if self._swept is not None and timedelta(0) <= now - self._swept < EVERY:
                return 0
            self._swept = now
        return self.sweep(settings)

    def sweep(self, settings: RoutingSettings) -> int:
        """Erase what has expired and prune what is old."""
        total = 0
        for _ in range(MOST_ROUNDS):
            with self._database.transaction() as connection:
                now = self._clock.now()
                done = erase_expired(connection, now) + prune(connection, settings.evidence, now)
            if not done:
                break
            total += done
        if total:
            self._database.scrub()
        return total

    def hold(self, incident: str, who: str, reason: str) -> int:
        with self._database.transaction() as connection:
            return legal_holds.place(connection, incident, who, reason, self._clock.now())

    def release(self, incident: str, who: str, reason: str) -> int:
        with self._database.transaction() as connection:
            return legal_holds.release(connection, incident, who, reason, self._clock.now())

    def erase(self, *, mention: str, author: str, who: str, reason: str) -> Proof:
        """Erase on request. Copies in the files of the database are overwritten where it can be asked for."""
        with self._database.transaction() as connection:
            proof = erase_on_request(
                connection, mention=mention, author=author, who=who, reason=reason, now=self._clock.now()
            )
        self._database.scrub()
        return proof

    def evidence(self, incident: str) -> EvidenceView:
        """What is kept of an incident, and the holds that cover it."""
        with self._database.reading() as connection:
            return read_evidence(connection, incident)

    def legal_notes(self, incident: str) -> tuple[tuple[str, Localized], ...]:
        """Notes of legal by clause. Ask only for somebody of legal."""
        with self._database.reading() as connection:
            return legal_notes.read_legal_notes(connection, incident)
