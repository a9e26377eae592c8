"""Evidence, holds and erasure, one transaction each. Calls block; use them from a thread."""

import threading

from monitor.clock import Clock
from monitor.records import Localized
from routing import legal_holds, legal_notes
from routing.database import Database
from routing.evidence_views import EvidenceView, read_evidence
from routing.pruning import prune
from routing.retention import erase_expired
from routing.retention_requests import Proof, erase_on_request
from routing.settings import RoutingSettings

EVERY_S = 600.0
SOON_S = 1.0  # while there is more to erase: a portion at a time, so that no page waits for it


class Keeping:
    """The part of the store that keeps and erases."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._next = float("-inf")  # monotonic seconds
        self._unscrubbed = False
        self._one_sweep = threading.Lock()

    def sweep_seldom(self, settings: RoutingSettings) -> int:
        """A portion of what has expired or is old, when it is time; returns how much was erased and pruned."""
        with self._one_sweep:
            if self._clock.monotonic() < self._next:
                return 0
            self._next = self._clock.monotonic() + EVERY_S
            done = self._sweep_portion(settings)
            if done or self._unscrubbed:
                self._next = self._clock.monotonic() + SOON_S
            return done

    def sweep(self, settings: RoutingSettings) -> int:
        """Erase everything that has expired and prune everything that is old."""
        total = 0
        with self._one_sweep:
            while done := self._sweep_portion(settings):
                total += done
        return total

    def _sweep_portion(self, settings: RoutingSettings) -> int:
        with self._database.transaction() as connection:
            now = self._clock.now()
            done = erase_expired(connection, now) + prune(connection, settings.evidence, now)
        if done or self._unscrubbed:
            self._unscrubbed = not self._database.scrub()
        return done

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
        self._unscrubbed = not self._database.scrub()
        return proof

    def evidence(self, incident: str) -> EvidenceView:
        """What is kept of an incident, and the holds that cover it."""
        with self._database.reading() as connection:
            return read_evidence(connection, incident)

    def legal_notes(self, incident: str) -> tuple[tuple[str, Localized], ...]:
        """Notes of legal by clause. Ask only for somebody of legal."""
        with self._database.reading() as connection:
            return legal_notes.read_legal_notes(connection, incident)
