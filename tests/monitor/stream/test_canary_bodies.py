"""The bodies of the agents pass canaries on and count them for no brand."""

from datetime import UTC, datetime, timedelta

from prometheus_client import REGISTRY

from monitor.batches import MentionBatch, decode_findings, encode_batch
from monitor.canary import CANARY, CanaryJudge, brands_with_canary, canary_mention, with_canary
from monitor.clock import ManualClock
from monitor.playbook import Playbook
from monitor.read import build_stages
from monitor.records import PlaybookRef
from monitor.stream.bodies import Judgement, ReadBody, WatchBody
from monitor.topic_table import Stage

NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)
JUDGEMENT = Judgement(
    with_canary(build_stages(())),
    brands_with_canary({}),
    CanaryJudge(Playbook(PlaybookRef(version="1", sha256="0" * 64), None, ())),
)


class Sent:
    """What was sent, by stage."""

    def __init__(self) -> None:
        self.values: dict[Stage, list[bytes]] = {}

    async def send(self, stage: Stage, key: str, value: bytes) -> None:
        self.values.setdefault(stage, []).append(value)


async def test_a_canary_becomes_a_finding_and_no_figure() -> None:
    sent, clock = Sent(), ManualClock(NOW)
    read = REGISTRY.get_sample_value("tocsin_mentions_read_total")
    mention = canary_mention(NOW, timedelta(minutes=1))
    batch = encode_batch(MentionBatch(source=CANARY, mentions=(mention,)))
    assert await ReadBody(JUDGEMENT, sent.send, clock)(batch) == []
    (readings,) = sent.values["readings"]
    assert await WatchBody(JUDGEMENT, sent.send, {}, clock)(readings) == []
    (findings,) = sent.values["findings"]
    assert [one.kind for one in decode_findings(findings).items] == ["canary"]
    assert REGISTRY.get_sample_value("tocsin_mentions_read_total") == read
    assert REGISTRY.get_sample_value("tocsin_stories_opened_total", {"brand": CANARY}) is None
    assert REGISTRY.get_sample_value("tocsin_stories_tracked", {"brand": CANARY}) is None
