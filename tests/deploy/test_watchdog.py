"""The watchdog looks at a real broker from outside, and ends what is sick."""

import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

import pytest
from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.errors import CoordinatorNotAvailableError, KafkaError
from prometheus_client import REGISTRY

from deploy.heartbeat import Heartbeat
from deploy.kafka_topics import declare_topics
from deploy.settings import KafkaSettings
from deploy.vitals import Partition
from deploy.watchdog import Watchdog, Watched
from monitor.clock import ManualClock

from .test_vitals import NOW

if TYPE_CHECKING:
    from deploy.kafka.broker import Broker


class Ended(BaseException):
    """The process would have ended here."""


def end(why: str) -> NoReturn:
    raise Ended(why)


def watchdog(bootstrap: str, prefix: str, owned: list[Partition], clock: ManualClock) -> Watchdog:
    watched = Watched(bootstrap, f"{prefix}-agents", {f"{prefix}.mentions": "read"}, lambda: owned)
    return Watchdog(watched, Heartbeat(clock), clock, end)


def lag(partition: int) -> float | None:
    return REGISTRY.get_sample_value("tocsin_consumer_lag", {"stage": "read", "partition": str(partition)})


def look(dog: Watchdog) -> None:
    """Look, also while the broker still makes room for its first group."""
    for _ in range(60):
        try:
            return dog.look()
        except CoordinatorNotAvailableError:
            time.sleep(0.5)
    raise AssertionError("the broker never had a coordinator")


@pytest.mark.kafka
def test_lag_is_what_the_broker_says(kafka_broker: "Broker", unique_prefix: str) -> None:
    declare_topics(KafkaSettings(bootstrap=kafka_broker.bootstrap, prefix=unique_prefix, partitions=2))
    topic = f"{unique_prefix}.mentions"
    with closing(KafkaProducer(bootstrap_servers=kafka_broker.bootstrap)) as producer:
        for partition in (0, 0, 0, 1):
            producer.send(topic, b"x", partition=partition).get(timeout=30)
    group = f"{unique_prefix}-agents"
    clock = ManualClock(NOW)
    owned = [(topic, 0), (topic, 1)]
    dog = watchdog(kafka_broker.bootstrap, unique_prefix, owned, clock)
    look(dog)
    assert dog.vitals.lag == 4
    assert (lag(0), lag(1)) == (3, 1)
    with closing(KafkaConsumer(bootstrap_servers=kafka_broker.bootstrap, group_id=group)) as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        consumer.commit({TopicPartition(topic, 0): OffsetAndMetadata(2, "", -1)})
    clock.advance(1)
    dog.look()
    assert dog.vitals.lag == 2
    assert dog.vitals.commit_at == clock.now()
    owned.pop()
    dog.look()
    assert (lag(0), lag(1)) == (1, None)  # what another process owns is that one's to report
    dog.stop()


@pytest.mark.kafka
def test_a_process_that_gets_on_with_what_comes_first_is_left_alone(
    kafka_broker: "Broker", unique_prefix: str
) -> None:
    declare_topics(KafkaSettings(bootstrap=kafka_broker.bootstrap, prefix=unique_prefix, partitions=1))
    topic = f"{unique_prefix}.mentions"
    with closing(KafkaProducer(bootstrap_servers=kafka_broker.bootstrap)) as producer:
        producer.send(topic, b"x", partition=0).get(timeout=30)
    clock = ManualClock(NOW)
    retries = [0]
    watched = Watched(
        kafka_broker.bootstrap,
        f"{unique_prefix}-agents",
        {topic: "read"},
        lambda: [(topic, 0)],
        lambda: retries[0],
    )
    heartbeat = Heartbeat(clock)
    dog = Watchdog(watched, heartbeat, clock, end)

    look(dog)

    def pass_three_minutes(*, retrying: bool) -> None:
        for _ in range(20):
            retries[0] += retrying
            clock.advance(9)
            heartbeat.last = clock.now()
            dog.look()
            dog.judge()

    pass_three_minutes(retrying=True)
    with pytest.raises(Ended, match="watchdog: no_progress"):
        pass_three_minutes(retrying=False)


def test_a_broker_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(KafkaError):
        watchdog("127.0.0.1:1", "tocsin", [], ManualClock(NOW)).look()


def test_a_sick_process_is_ended_with_its_reason() -> None:
    clock = ManualClock(NOW)
    dog = watchdog("127.0.0.1:1", "tocsin", [], clock)
    dog.judge()
    clock.advance(timedelta(minutes=5).total_seconds())
    with pytest.raises(Ended, match="watchdog: loop_stuck"):
        dog.judge()


def test_a_shutdown_that_takes_too_long_is_ended() -> None:
    clock = ManualClock(NOW)
    dog = watchdog("127.0.0.1:1", "tocsin", [], clock)
    dog.stopping()
    dog.judge()
    clock.advance(21)
    with pytest.raises(Ended, match="shutdown_stuck"):
        dog.judge()


STUCK = """
import asyncio, re, threading, time
from monitor.clock import SystemClock
import deploy.watchdog
from deploy.heartbeat import Heartbeat
deploy.watchdog.LOOK_EVERY_S, deploy.watchdog.NO_THREAD_RUNS_S = 0.1, 1.0
clock = SystemClock()
dog = deploy.watchdog.Watchdog(
    deploy.watchdog.Watched("127.0.0.1:1", "g", {}, lambda: []), Heartbeat(clock), clock
)
dog.start()
"""
NO_THREAD_RUNS = (
    STUCK
    + """
re.match("(a+)+b", "a" * 200)
"""
)
WILL_NOT_END = (
    STUCK
    + """
from datetime import timedelta
import deploy.vitals
deploy.vitals.SHUTDOWN_STUCK = timedelta(seconds=0.5)
threading.Thread(target=threading.Event().wait).start()
dog.stop()
"""
)


@pytest.mark.process
@pytest.mark.parametrize(("program", "code"), [(NO_THREAD_RUNS, 1), (WILL_NOT_END, 70)])
def test_nothing_keeps_a_process_that_is_stuck(program: str, code: int) -> None:
    """One call that lets no other thread in; a thread that outlives the main one."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)
    assert done.returncode == code


def test_a_shutdown_is_counted_from_its_beginning() -> None:
    clock = ManualClock(NOW)
    dog = watchdog("127.0.0.1:1", "tocsin", [], clock)
    dog.stopping()
    clock.advance(19)
    dog.stop()
    clock.advance(2)
    with pytest.raises(Ended, match="shutdown_stuck"):
        dog.judge()
