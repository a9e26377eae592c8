"""Clicks: who clicked, what they are told, and one effect for each."""

from typing import Any

import orjson
import pytest

from monitor.errors import Unavailable
from routing.channels.doubles.callers import slack_call, slack_click
from routing.channels.slack_blocks import ACKNOWLEDGE, RESOLVE
from routing.inbound.slack import is_slacks, read_click
from tests.routing.inbound.front import Front
from tests.routing.scenes import MakeScene, Scene, finding

SLACK = "https://hooks.slack.com/actions/T0/1/x"


class Told(Front):
    """Keeps what is told instead of telling it."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.told: list[tuple[str, Any]] = []
        assert self.hooks._slack is not None
        self.hooks._slack._tell = self._keep

    async def _keep(self, url: str, body: bytes) -> None:
        self.told.append((url, orjson.loads(body)))

    async def click(self, action: str = ACKNOWLEDGE, user: str = "U0COMMS", **changes: Any) -> int:
        token = changes.pop("token", None) or self.newest().answer.slack
        payload = slack_click(action, token, user, **{"response_url": SLACK, **changes})
        status, _ = await self.send("/hooks/slack", slack_call("slack-secret", payload, self.now()))
        assert self.hooks._slack is not None
        await self.hooks._slack.aclose()
        return status


async def test_a_click_acknowledges_as_the_person_and_tells_that_person_alone(scene: MakeScene) -> None:
    async with Told(scene()) as front:
        assert await front.click() == 200
        assert await front.acknowledged_by() == "Comms Oncall"
        assert await front.happened("acknowledged") == [("Comms Oncall", "slack")]
        assert await front.happened("answered_from") == [("Comms Oncall", "slack U0COMMS")]
        ((url, body),) = front.told
        assert url == SLACK
        assert body["response_type"] == "ephemeral"
        assert body["replace_original"] is False
        assert body["text"].startswith("C’est noté")


async def test_resolve_closes_the_incident(scene: MakeScene) -> None:
    async with Told(scene()) as front:
        assert await front.click(RESOLVE) == 200
        view = await front.view()
        assert (view.state, view.resolved_by) == ("resolved", "Comms Oncall")


async def test_somebody_outside_the_directory_is_refused_privately_and_written_down(scene: MakeScene) -> None:
    async with Told(scene()) as front:
        assert await front.click(user="U0STRANGER") == 200
        assert await front.acknowledged_by() == ""
        assert await front.happened("refused") == [("U0STRANGER", "slack")]
        assert "annuaire" in front.told[0][1]["text"]
        assert "directory" in front.told[0][1]["text"]


async def test_one_press_that_arrives_twice_under_two_signatures_is_one_answer(scene: MakeScene) -> None:
    async with Told(scene()) as front:
        await front.click()
        front.scene.clock.advance(1)
        await front.click()  # the same press, signed a second later
        assert len(await front.happened("acknowledged")) == 1
        assert await front.happened("acknowledged_again") == []
        assert len(front.told) == 1


async def test_a_second_press_says_who_was_first(scene: MakeScene) -> None:
    async with Told(scene()) as front:
        await front.click()
        front.scene.clock.advance(1)
        await front.click(action_ts="1700000009.000100")
        assert "Comms Oncall" in front.told[1][1]["text"]
        assert len(await front.happened("acknowledged_again")) == 1


async def test_a_click_that_could_not_be_written_down_is_not_answered_well_and_can_be_repeated(
    scene: MakeScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Told(scene()) as front:
        real = front.scene.store.transact

        def lost(work: Any) -> Any:
            def cut(connection: Any, now: Any) -> None:
                work(connection, now)
                raise Unavailable("the process died before it could commit")

            return real(cut)

        monkeypatch.setattr(front.scene.store, "transact", lost)
        assert await front.click() == 503
        assert await front.acknowledged_by() == ""
        monkeypatch.setattr(front.scene.store, "transact", real)
        assert await front.click() == 200  # nothing of the first try stands in its way
        assert await front.acknowledged_by() == "Comms Oncall"


async def test_a_click_that_was_written_down_survives_a_crash_before_its_answer(scene: MakeScene) -> None:
    async with Told(scene()) as front:
        payload = slack_click(ACKNOWLEDGE, front.newest().answer.slack, "U0COMMS")
        call = slack_call("slack-secret", payload, front.now())
        assert (await front.send("/hooks/slack", call))[0] == 200
        # Whoever restarts finds the effect and the delivery together: a copy is answered and changes nothing.
        again = Front(front.scene)
        await again.client.start_server()
        assert (await again.send("/hooks/slack", call))[0] == 200
        await again.client.close()
        assert len(await front.happened("acknowledged")) == 1


@pytest.mark.parametrize("token", ["x", "a.b", "", "é.é", "e30.e30"])
async def test_a_button_with_a_value_of_somebody_else_changes_nothing(scene: MakeScene, token: str) -> None:
    async with Told(scene()) as front:
        assert await front.click(token=token or "-") == 200
        assert await front.acknowledged_by() == ""


async def test_a_token_for_a_call_is_none_for_a_button(scene: MakeScene) -> None:
    async with Told(scene()) as front:
        token = front.newest().answer.voice_url.rpartition("/")[2]
        assert await front.click(token=token) == 200
        assert await front.acknowledged_by() == ""


async def test_a_button_is_no_longer_valid_after_a_day(scene: MakeScene) -> None:
    async with Told(scene()) as front:
        token = front.newest().answer.slack
        front.scene.clock.advance(24 * 3_600)
        assert await front.click(token=token) == 200
        assert await front.acknowledged_by() == ""


async def test_an_answer_is_told_to_slack_and_nowhere_else(scene: MakeScene) -> None:
    async with Told(scene()) as front:
        await front.click(response_url="https://evil.example/actions")
        assert front.told == []
        assert await front.acknowledged_by() == "Comms Oncall"


@pytest.mark.parametrize(
    ("url", "good"),
    [
        (SLACK, True),
        ("http://hooks.slack.com/x", False),
        ("https://hooks.slack.com.evil.example/x", False),
        ("https://user@hooks.slack.com/x", False),
        ("https://hooks.slack.com:8443/x", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_an_address_is_slacks_by_its_whole_host(url: str, good: bool) -> None:
    assert is_slacks(url) is good


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload=",
        b"payload=[]",
        b"payload=%7B%22actions%22%3A%5B%5D%7D",
        b"payload=%7B%22actions%22%3A5%7D",
        b"\xff",
        b"payload=null",
    ],
)
def test_what_is_no_click_of_ours_is_none(body: bytes) -> None:
    assert read_click(body) is None


async def test_who_is_only_informed_has_no_buttons(scene: MakeScene) -> None:
    async with Told(scene()) as front:
        await front.page(finding(first="bluesky:2", clause="praise", page=(), inform=("legal",)))
        answer = front.scene.channels["legal-oncall-1"].pages[-1].answer
        assert (answer.slack, answer.sms_code, answer.voice_url, answer.email) == ("", "", "", "")


async def test_a_click_on_a_page_of_an_incident_that_was_merged_answers_the_one_it_went_into(
    scene: MakeScene,
) -> None:
    async with Told(scene()) as front:
        old = front.newest().answer.slack
        first = (await front.view()).id
        await front.page(finding(first="bluesky:2", clause="graver"))
        second = await front.view()
        done = await front.router.merge(first, second.id, "comms-lead")
        assert done.outcome == "done"
        assert await front.click(token=old) == 200
        assert (await front.view()).label == second.label
        assert await front.acknowledged_by() == "Comms Oncall"
        assert await front.happened("answered_from") == [("Comms Oncall", "slack U0COMMS")]
