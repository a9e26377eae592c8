"""Topics are declared so that nothing acknowledged is lost and a restart is quick; what cannot be says why."""

from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from deploy.kafka_topics import declare_topics, wanted_topics
from deploy.settings import KafkaSettings
from monitor.errors import RefuseToStart

if TYPE_CHECKING:
    from deploy.kafka.broker import Broker


@pytest.mark.parametrize(("replicas", "in_sync"), [(1, None), (2, None), (3, "2"), (5, "2")])
def test_with_three_replicas_an_acknowledged_record_is_on_two(replicas: int, in_sync: str | None) -> None:
    topics = wanted_topics(KafkaSettings(replication_factor=replicas))
    assert {topic.topic_configs.get("min.insync.replicas") for topic in topics} == {in_sync}


def test_what_a_worker_reads_when_it_starts_stays_small() -> None:
    (changelog,) = [one for one in wanted_topics(KafkaSettings()) if one.name.endswith("-changelog")]
    assert changelog.topic_configs["cleanup.policy"] == "compact"
    assert int(changelog.topic_configs["segment.bytes"]) <= 64 * 1024 * 1024
    assert int(changelog.topic_configs["segment.ms"]) <= 24 * 60 * 60 * 1_000
    assert float(changelog.topic_configs["min.cleanable.dirty.ratio"]) <= 0.2


@pytest.mark.kafka
def test_more_replicas_than_brokers_is_a_mistake_of_the_configuration(
    kafka_broker: "Broker", unique_prefix: str
) -> None:
    settings = KafkaSettings(bootstrap=kafka_broker.bootstrap, prefix=unique_prefix, replication_factor=3)
    with pytest.raises(
        RefuseToStart, match=r"^kafka\.replication_factor is 3, but the cluster has fewer brokers"
    ):
        declare_topics(settings)


@pytest.mark.parametrize(
    "wrong", ["kafka://a.example:9092", "a.example", "a.example:kafka", "a.example:9092,", ""]
)
def test_a_server_that_is_not_host_and_port_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError, match="bootstrap"):
        KafkaSettings(bootstrap=wrong)


@pytest.mark.parametrize("good", ["a.example:9092", "a.example:9092, b-1.example:9093", "[::1]:9092"])
def test_servers_are_host_and_port_with_commas_between(good: str) -> None:
    assert KafkaSettings(bootstrap=good).bootstrap == good.replace(" ", "")
