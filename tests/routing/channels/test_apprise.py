import asyncio
import importlib.util
from typing import Any, ClassVar

import pytest

from routing.channel import Channel
from routing.channels.apprise import DEADLINE_S, AppriseChannel, AppriseTarget
from routing.channels.conformance import CHECKS, EXPECTED, Check, Expected, Trouble, over_http
from routing.channels.conformance.virtual_time import movable_clock
from routing.channels.doubles import AppriseDouble, Reply
from routing.channels.table import build_channel
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RetryLater
from routing.page import Page
from tests.routing.channels.pages import make_page
from tests.routing.channels.targets import clock

# It tells yes or no, and its no may have arrived: nothing else can be known.
YES_OR_NO: dict[Trouble, Expected] = {
    **dict.fromkeys(EXPECTED, (Ambiguous,)),
    "garbage": (Delivered,),
    "flood": (Delivered,),
    "cut_inside": (Delivered, Ambiguous),
}


def channel(url: str) -> Channel:
    target = AppriseTarget(kind="apprise", name="comms-digest", url="env:URL")
    return build_channel(target, clock=clock(), environ={"URL": url})


async def reached(double: AppriseDouble) -> None:
    """Waits until a request has come."""
    for _ in range(3_000):
        if double.received:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nothing came")


async def warmed(one: "Informing") -> None:
    """Waits until the process is there, however slowly a busy machine starts it."""
    for _ in range(10):
        if await one.send(make_page(id="first")) == Delivered():
            return
    raise AssertionError("apprise did not start")


class Informing:
    """The channel, given pages that inform: any other it refuses."""

    kind: ClassVar[str] = "apprise"
    deduplicates: ClassVar[bool] = False

    def __init__(self, url: str) -> None:
        self._channel = channel(url)
        self.target = self._channel.target

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        return await self._channel.send(
            page.model_copy(update={"severity": "info"}), thread=thread, plain=plain
        )

    async def aclose(self) -> None:
        await self._channel.aclose()


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check) -> None:
    await check(
        over_http(
            AppriseDouble,
            lambda double: Informing(double.apprise_url),
            secrets=("canaryapprisekey",),
            expected=YES_OR_NO,
        )
    )


@pytest.mark.parametrize("severity", ["warning", "critical"])
async def test_a_page_that_asks_somebody_to_act_is_not_for_apprise(severity: Any) -> None:
    async with AppriseDouble() as double:
        one = channel(double.apprise_url)
        asked = await one.send(make_page(severity=severity))
        informed = await one.send(make_page(severity=severity, transition="informed"))
        await one.aclose()
    assert isinstance(asked, DeadTarget)
    assert "another target" in asked.reason
    assert informed == Delivered()
    assert len(double.notes) == 1


async def test_markup_of_a_post_is_never_live() -> None:
    """apprise 2.3 sends ``<!channel>`` on as markup unless it is told that the text is text."""
    async with AppriseDouble() as double:
        one = Informing(double.apprise_url)
        await one.send(make_page())
        await one.aclose()
    assert double.notes[0]["type"] == "info"
    assert double.received[0].headers["content-type"] == "application/json"


async def test_one_hung_service_keeps_its_own_pages_waiting_and_no_other_target() -> None:
    """CHANNELS 5: eighty slow sends made an unrelated notification wait 39 s. Counted here, not timed."""
    async with AppriseDouble() as slow, AppriseDouble() as quick:
        hung, free = Informing(slow.apprise_url), Informing(quick.apprise_url)
        await warmed(hung)
        await warmed(free)
        slow.received.clear()
        quick.notes.clear()
        slow.script(*[Reply(fault="hang")] * 80)
        waiting = [asyncio.create_task(hung.send(make_page(id=f"p{n}"))) for n in range(80)]
        await reached(slow)
        assert await free.send(make_page()) == Delivered()
        assert (len(slow.received), len(quick.notes)) == (1, 1)
        with movable_clock() as ahead:
            ahead[0] = DEADLINE_S + 1
            outcomes = await asyncio.gather(*waiting)
        await hung.aclose()
        await free.aclose()
    assert [type(one) for one in outcomes].count(Ambiguous) == 1
    assert [type(one) for one in outcomes].count(RetryLater) == 79


async def test_after_a_hung_attempt_the_next_one_has_a_new_process() -> None:
    async with AppriseDouble() as double:
        one = Informing(double.apprise_url)
        await warmed(one)
        double.received.clear()
        double.script(Reply(fault="hang"))
        task = asyncio.create_task(one.send(make_page()))
        await reached(double)
        with movable_clock() as ahead:
            ahead[0] = DEADLINE_S + 1
            assert isinstance(await task, Ambiguous)
        await warmed(one)
        await one.aclose()


async def test_redirects_are_not_followed() -> None:
    async with AppriseDouble() as double, AppriseDouble() as elsewhere:
        double.script(Reply(302, headers={"location": f"{elsewhere.url}/canaryapprisekey"}))
        one = Informing(double.apprise_url)
        assert isinstance(await one.send(make_page()), Ambiguous)
        await one.aclose()
    assert elsewhere.received == []


async def test_what_apprise_cannot_read_is_a_dead_target() -> None:
    one = Informing("nosuchservice://canary-secret")
    outcome = await one.send(make_page())
    await one.aclose()
    assert outcome == DeadTarget("apprise cannot read the URL")


def test_without_the_library_the_mend_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install 'tocsin\[apprise\]'") as caught:
        channel("json://host.example/canary")
    assert "canary" not in str(caught.value)


def test_a_url_that_asks_for_redirects_is_refused() -> None:
    with pytest.raises(ValueError, match="redirect") as caught:
        channel("json://host.example/canary?redirect=yes")
    assert "canary" not in str(caught.value)


def test_it_is_one_of_the_table() -> None:
    assert isinstance(channel("json://host.example/x"), AppriseChannel)
