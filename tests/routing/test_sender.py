"""What is counted, and what happens to a page that cannot be made."""

import pytest
from prometheus_client import REGISTRY

from routing import sender
from routing.channels.testing import RecordingChannel
from routing.outcome import Ambiguous, DeadTarget, Outcome, RejectedPayload, RetryLater
from tests.routing.scenes import MakeScene, finding

LEGAL = {"department": "legal", "channel": "recording"}


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, {**LEGAL, **labels}) or 0.0


async def test_a_page_is_counted_once_however_many_attempts_it_takes(scene: MakeScene) -> None:
    outcomes: list[Outcome] = [RetryLater("busy", 1.0), RejectedPayload("too long"), Ambiguous("no answer")]
    one = scene(RecordingChannel("legal-oncall-1", outcomes))
    pages = counted("tocsin_pages_total")
    attempts = {
        name: counted("tocsin_page_attempts_total", outcome=name)
        for name in ("RetryLater", "RejectedPayload", "Ambiguous", "Delivered")
    }
    seconds = REGISTRY.get_sample_value("tocsin_post_to_page_seconds_count", {"department": "legal"}) or 0.0
    await one.router.accept([finding(page=("legal",))])
    for _ in range(5):
        await one.after(5)
    assert one.paged() == {"legal-oncall-1": 4}
    assert counted("tocsin_pages_total") == pages + 1
    for name, before in attempts.items():
        assert counted("tocsin_page_attempts_total", outcome=name) == before + 1
    after = REGISTRY.get_sample_value("tocsin_post_to_page_seconds_count", {"department": "legal"})
    assert after == seconds + 1


async def test_a_message_that_reaches_nobody_is_no_page(scene: MakeScene) -> None:
    one = scene(*(RecordingChannel(f"legal-oncall-{n}", [DeadTarget("gone")]) for n in (1, 2)))
    pages = counted("tocsin_pages_total")
    await one.router.accept([finding(page=("legal",))])
    await one.settle()
    assert counted("tocsin_pages_total") == pages + 1  # to the next step, whose turn came at once
    assert one.paged()["legal-lead-1"] == 1


async def test_a_page_that_cannot_be_composed_does_not_hang(
    scene: MakeScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a stored value that no page allows")

    monkeypatch.setattr(sender, "compose", broken)
    one = scene()
    await one.router.accept([finding()])
    for _ in range(4):
        await one.after(3600)
    view = (await one.router.incidents())[0]
    assert {message.state for message in view.messages} == {"failed"}
