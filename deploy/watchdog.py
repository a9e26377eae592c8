"""Two daemon threads (never tasks: a stuck loop would stop a task too) that look at the process from outside.

One asks the broker for the group's committed offsets and the topics' ends, so lag is what the broker says, not
what the client believes. The other ends the process when ``deploy.vitals.sickness`` says so, until the process is
gone; were even threads kept from running, the interpreter's own timer ends it.
"""

import faulthandler
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError

from deploy.heartbeat import Heartbeat
from deploy.vitals import Partition, Vitals, sickness, unready_because
from monitor import metrics
from monitor.clock import Clock
from monitor.stream.ending import End, end_process

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
ANSWER_MS = 5_000
NO_THREAD_RUNS_S = 120.0  # one call that never lets other threads in


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Watched:
    """What to look at: the group, the stage of each topic (a metric label), and what this process owns.

    ``beforehand`` gives a mark that changes while the process gets on with what must come before its records: a
    table that is restored, a database that is asked again and again until it is back.
    """

    bootstrap: str
    group: str
    stages: dict[str, str]
    assignment: Callable[[], Iterable[Partition]]
    beforehand: Callable[[], object] = _nothing


class Watchdog:
    """``start`` once the loop runs, ``stop`` when all is done."""

    def __init__(self, watched: Watched, heartbeat: Heartbeat, clock: Clock, end: End = end_process) -> None:
        self._watched = watched
        self._heartbeat = heartbeat
        self._clock = clock
        self._end = end
        self._done = threading.Event()
        self._admin: KafkaAdminClient | None = None
        self._beforehand: object = watched.beforehand()
        self.vitals = Vitals(started_at=clock.now(), broker_seen_at=clock.now())

    def start(self) -> None:
        """Begin to look and to judge, every second."""
        for work in (self._look_forever, self._judge_forever):
            threading.Thread(target=work, name=f"watchdog{work.__name__}", daemon=True).start()

    def stop(self) -> None:
        """Look no more. What is left of the process to close is still watched."""
        self.stopping()
        self._done.set()

    def stopping(self) -> None:
        """Shutdown began: it has 20 seconds, up to the end of the process."""
        if self.vitals.stopping_since is None:
            self.vitals.stopping_since = self._clock.now()

    def unready_because(self) -> list[str]:
        """Every reason why this process cannot do its work now."""
        return self._heartbeat.because() + unready_because(self.vitals, self._clock.now())

    def judge(self) -> None:
        """End the process if it is sick."""
        sick = sickness(self.vitals, self._heartbeat.last, self._clock.now())
        if sick is not None:
            self._end(f"watchdog: {sick}")

    def look(self) -> None:
        """Ask the broker once. Raises KafkaError when it does not answer."""
        admin = self._connected()
        owned = [TopicPartition(topic, number) for topic, number in self._watched.assignment()]
        ends: dict[Partition, int] = {}
        committed: dict[Partition, int] = {}
        if owned:
            for tp, end in admin.list_partition_offsets(dict.fromkeys(owned, OffsetSpec.LATEST)).items():
                ends[tp.topic, tp.partition] = end.offset
            group = self._watched.group
            for tp, at in admin.list_group_offsets(group).get(group, {}).items():
                if at.offset >= 0:
                    committed[tp.topic, tp.partition] = at.offset
        else:
            admin.list_topics()  # it still shows whether the broker answers
        before, self._beforehand = self._beforehand, self._watched.beforehand()
        excused = before != self._beforehand
        self._tell(ends, self.vitals.note(ends, committed, self._clock.now(), excused=excused))

    def _look_forever(self) -> None:
        while not self._done.wait(LOOK_EVERY_S):
            try:
                self.look()
            except KafkaError as error:
                log.warning("the broker does not answer: %s", type(error).__name__)
                self._close_admin()
            except Exception:
                log.exception("the watchdog could not look")
                self._close_admin()
        self._close_admin()

    def _judge_forever(self) -> None:
        while True:
            faulthandler.dump_traceback_later(NO_THREAD_RUNS_S, exit=True)
            time.sleep(LOOK_EVERY_S)
            self.judge()

    def _tell(self, ends: dict[Partition, int], moved: set[Partition]) -> None:
        metrics.LAG.clear()  # what another process owns now is that one's to report
        for stage in set(self._watched.stages.values()):
            owned = [one for one in ends if self._watched.stages.get(one[0]) == stage]
            metrics.PARTITIONS_ASSIGNED.labels(stage).set(len(owned))
            for partition in owned:
                metrics.LAG.labels(stage, str(partition[1])).set(self.vitals.partitions[partition].lag)
            if moved.intersection(owned):
                metrics.LAST_COMMIT.labels(stage).set(self._clock.now().timestamp())

    def _connected(self) -> KafkaAdminClient:
        if self._admin is None:
            self._admin = KafkaAdminClient(
                bootstrap_servers=self._watched.bootstrap.split(","),
                client_id="tocsin-watchdog",
                request_timeout_ms=ANSWER_MS,
                bootstrap_timeout_ms=ANSWER_MS,
            )
        return self._admin

    def _close_admin(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()
