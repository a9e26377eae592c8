"""Codes sent back, keys pressed, and what became of messages."""

import re

import pytest

from routing.channels.doubles.callers import twilio_call
from routing.channels.sms_text import is_gsm
from tests.routing.inbound.front import PHONE, PUBLIC, Front
from tests.routing.scenes import MakeScene

SMS = "/hooks/twilio/sms"


async def write(front: Front, text: str, *, sid: str = "SM1", phone: str = PHONE, **more: str) -> str:
    form = {"From": phone, "Body": text, "MessageSid": sid, **more}
    status, answer = await front.send(SMS, twilio_call("twilio-token", PUBLIC + SMS, form))
    assert status == 200
    return "".join(re.findall("<Message>(.*)</Message>", answer, re.DOTALL))


async def press(front: Front, url: str, digits: str, *, call: str = "CA1", **more: str) -> str:
    form = {"CallSid": call, "Digits": digits, "To": PHONE, **more}
    status, answer = await front.send(url.removeprefix(PUBLIC), twilio_call("twilio-token", url, form))
    assert status == 200
    return answer


async def report(front: Front, url: str, status: str, *, sid: str = "SM9", **more: str) -> None:
    form = {"MessageSid": sid, "MessageStatus": status, **more}
    call = twilio_call("twilio-token", url, form)
    assert (await front.send(url.removeprefix(PUBLIC), call))[0] == 200


async def test_the_code_acknowledges_and_the_answer_is_in_the_persons_language(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        said = await write(front, f" {front.newest().answer.sms_code}. ")
        assert said.startswith("C'est noté")
        assert is_gsm(said)
        assert await front.happened("answered_from") == [("Comms Oncall", f"sms {PHONE}")]
        again = await write(front, front.newest().answer.sms_code, sid="SM2")
        assert "Comms Oncall" in again


async def test_a_code_from_a_phone_of_nobody_is_refused_and_written_down(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        said = await write(front, front.newest().answer.sms_code, phone="+15145550177")
        assert "annuaire" in said
        assert "directory" in said
        assert await front.acknowledged_by() == ""
        assert await front.happened("refused") == [("+15145550177", "sms")]


@pytest.mark.parametrize("text", ["", "ok", "00000", "12", "1234 5678", "x" * 3_000])
async def test_what_is_no_code_acknowledges_nothing(scene: MakeScene, text: str) -> None:
    async with Front(scene()) as front:
        assert (await write(front, text)).startswith("Code inconnu")
        assert await front.acknowledged_by() == ""


async def test_after_five_wrong_codes_a_phone_is_not_heard_for_a_quarter_of_an_hour(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        right = front.newest().answer.sms_code
        wrong = f"{(int(right) + 1) % 10_000:04d}"
        for number in range(5):
            assert (await write(front, wrong, sid=f"SM{number}")).startswith("Code inconnu")
        assert await write(front, right, sid="SM10") == ""
        assert await front.acknowledged_by() == ""
        front.scene.clock.advance(15 * 60)
        assert await write(front, right, sid="SM11") != ""
        assert await front.acknowledged_by() == "Comms Oncall"


@pytest.mark.parametrize("word", ["STOP", " stop ", "Arrêt", "HELP", "start"])
async def test_words_that_are_twilios_are_left_to_twilio(scene: MakeScene, word: str) -> None:
    async with Front(scene()) as front:
        assert await write(front, word) == ""
        assert await write(front, "anything", sid="SM2", OptOutType="STOP") == ""


async def test_one_acknowledges_and_another_key_is_asked_for_again(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        url = front.newest().answer.voice_url
        assert "<Gather" in await press(front, url, "2")
        assert await front.acknowledged_by() == ""
        said = await press(front, url, "1")
        assert '<Say language="fr-CA">C’est noté' in said
        assert await front.acknowledged_by() == "Comms Oncall"


async def test_voicemail_acknowledges_nothing(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        url = front.newest().answer.voice_url
        await press(front, url, "1", AnsweredBy="machine_start")
        await press(front, url, "", call="CA2")
        assert await front.acknowledged_by() == ""


async def test_a_call_to_another_phone_than_the_persons_is_refused(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        await press(front, front.newest().answer.voice_url, "1", To="+15145550177")
        assert await front.acknowledged_by() == ""
        assert await front.happened("refused") == [("+15145550177", "voice")]


async def test_a_message_that_was_not_delivered_goes_to_the_next_target_once(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        url = front.newest().answer.status_url
        await report(front, url, "sent")
        await report(front, url, "undelivered", ErrorCode="30003")
        await report(front, url, "undelivered", ErrorCode="30003")
        await report(front, url, "failed", sid="SM10")  # of a target that it has left since
        await front.scene.settle(front.router)
        assert front.scene.paged() == {"comms-oncall-1": 1, "comms-oncall-2": 1}
        assert await front.happened("undelivered") == [
            ("comms-oncall", "comms-oncall-1: undelivered (30003)")
        ]


async def test_a_straggler_after_delivery_changes_nothing(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        url = front.newest().answer.status_url
        for status in ("delivered", "sent", "undelivered"):
            await report(front, url, status)
        await front.scene.settle(front.router)
        assert front.scene.paged() == {"comms-oncall-1": 1}


async def test_with_no_target_left_the_next_step_goes_at_once(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        await report(front, front.newest().answer.status_url, "undelivered")
        await front.scene.settle(front.router)
        second = front.scene.channels["comms-oncall-2"].pages[-1].answer.status_url
        await report(front, second, "undelivered", sid="SM10")
        await front.scene.settle(front.router)
        assert front.scene.paged()["comms-lead-1"] == 1


async def test_nobody_is_paged_again_for_a_message_lost_after_an_answer(scene: MakeScene) -> None:
    async with Front(scene()) as front:
        await write(front, front.newest().answer.sms_code)
        await report(front, front.newest().answer.status_url, "undelivered")
        await front.scene.settle(front.router)
        assert front.scene.paged() == {"comms-oncall-1": 1}
