"""A lower state is never sent after a higher one."""

import asyncio

from routing.channels.testing import RecordingChannel
from routing.outcome import Outcome, RetryLater
from routing.page import Page
from routing.settings import RoutingSettings
from tests.routing.scenes import MakeScene, Scene, finding


async def states(one: Scene) -> list[tuple[str, str, str]]:
    view = (await one.router.incidents())[0]
    return [(message.transition, message.state, message.reason) for message in view.messages]


async def test_a_rise_cancels_the_lower_page_that_still_waits(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [RetryLater("busy", 10.0)]))
    await one.router.accept([finding(clause="a", severity="warning")])
    await one.settle()
    await one.router.accept([finding(clause="b", severity="critical")])
    await one.after(30)
    assert await states(one) == [("opened", "cancelled", "superseded"), ("raised", "sent", "")]
    assert [page.transition for page in one.channels["comms-oncall-1"].pages[1:]] == ["raised"]
    history = (await one.router.incidents())[0].history
    assert [entry.detail for entry in history if entry.what == "cancelled"] == ["comms-oncall-1 superseded"]


class Refusing(RecordingChannel):
    """Says busy to the first page, when it is let go."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.go = asyncio.Event()

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        first = not self.pages
        outcome = await super().send(page, thread=thread, plain=plain)
        if not first:
            return outcome
        await self.go.wait()
        return RetryLater("busy", 1.0)


async def test_a_lower_page_that_is_refused_during_a_rise_is_not_tried_again(scene: MakeScene) -> None:
    refusing = Refusing("comms-oncall-1")
    one = scene(refusing)
    await one.router.accept([finding(clause="a", severity="warning")])
    while not refusing.pages:
        await one.router.step()
    await one.router.accept([finding(clause="b", severity="critical")])
    refusing.go.set()
    await one.settle()
    await one.after(30)
    assert [page.transition for page in refusing.pages] == ["opened", "raised"]
    assert await states(one) == [("opened", "cancelled", "superseded"), ("raised", "sent", "")]


async def test_a_department_that_was_to_be_informed_and_now_is_paged_gets_the_page_only(
    scene: MakeScene,
) -> None:
    one = scene(RecordingChannel("legal-oncall-1", [RetryLater("busy", 10.0)]))
    await one.router.accept([finding(clause="a", inform=("legal",))])
    await one.settle()
    await one.router.accept([finding(clause="b", page=("legal",))])
    await one.after(30)
    assert [page.transition for page in one.channels["legal-oncall-1"].pages] == ["informed", "opened"]
    assert ("informed", "cancelled", "superseded") in await states(one)


async def test_who_is_informed_but_not_paged_is_still_informed(scene: MakeScene) -> None:
    one = scene(RecordingChannel("it-lead-1", [RetryLater("busy", 10.0)]))
    legal = one.settings.departments["legal"].model_copy(update={"informed": ("it-lead",)})
    plans = {**one.settings.departments, "legal": legal}
    changed = one.settings.model_copy(update={"departments": plans})
    one.settings = RoutingSettings.model_validate(changed.model_dump())
    one.router = one.another_router()
    await one.router.accept([finding(clause="a", inform=("legal",))])
    await one.settle()
    await one.router.accept([finding(clause="b", page=("legal",))])
    await one.after(30)
    assert one.paged() == {"comms-oncall-1": 1, "it-lead-1": 2, "legal-oncall-1": 1}


async def test_other_departments_keep_their_waiting_pages(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-1", [RetryLater("busy", 10.0)]))
    await one.router.accept([finding(clause="a")])
    await one.settle()
    await one.router.accept([finding(clause="b", page=("legal",), severity="critical")])
    await one.after(30)
    assert one.paged() == {"comms-oncall-1": 2, "legal-oncall-1": 1}
