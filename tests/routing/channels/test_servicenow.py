from functools import partial
from typing import Any

import pytest

from monitor.clock import ManualClock
from routing.channels.closing import Closing, ticket_key
from routing.channels.conformance import CHECKS, Check, Expected, Trouble, over_http
from routing.channels.doubles.http import Reply
from routing.channels.doubles.servicenow import PASSWORD, ServiceNowDouble
from routing.channels.servicenow import (
    ServiceNowChannel,
    build,
)
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from tests.routing.channels.answers import make_answered
from tests.routing.channels.pages import NOW, make_page
from tests.routing.channels.servicenow_records import record, settings
from tests.routing.channels.targets import clock

FIRST = f"{1:032x}"
NOTHING_FOUND = Reply(200, b'{"result":[]}')


def channel(
    url: str, *, secret: str = PASSWORD, time: ManualClock | None = None, **changes: Any
) -> ServiceNowChannel:
    return build(settings(url, **changes), clock=time or clock(), environ={"SECRET": secret})


async def outcome_of(*replies: Reply, thread: str = "") -> Outcome:
    async with ServiceNowDouble() as double:
        double.script(*replies)
        now = channel(double.url)
        outcome = await now.send(make_page(), thread=thread)
        await now.aclose()
    return outcome


answered = partial(make_answered, by="TI de garde", thread=FIRST, language="fr")


# Every trouble meets the look-up that comes first, and what only reads has surely changed nothing.
LOOKED_UP_FIRST: dict[Trouble, Expected] = {
    "refused": (DeadTarget,),
    **dict.fromkeys(("broken", "cut", "cut_inside", "garbage", "flood", "silent", "drip"), (RetryLater,)),
}


@pytest.mark.parametrize("check", CHECKS)
async def test_conformance(check: Check) -> None:
    await check(
        over_http(
            ServiceNowDouble,
            lambda double: channel(double.url),
            secrets=(PASSWORD,),
            expected=LOOKED_UP_FIRST,
        )
    )


async def test_the_first_page_opens_the_incident_and_later_ones_are_work_notes() -> None:
    async with ServiceNowDouble() as double:
        now = channel(double.url)
        first = await now.send(make_page(severity="warning"))
        later = await now.send(make_page(id="another", transition="raised"), thread=FIRST)
        await now.aclose()
    assert first == later == Delivered(FIRST, FIRST)
    (kept,) = double.records
    assert kept.fields["short_description"] == "[T-42] Véloria\u00a0: Fuite de données alléguée 🟠"
    assert kept.fields["correlation_id"] == ticket_key(make_page().incident, 1)
    assert (kept.fields["impact"], kept.fields["urgency"]) == ("1", "1")
    assert "niveau de gravité est plus élevé" in kept.notes[0]


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({"severity": "info"}, "3"),
        ({"severity": "warning"}, "2"),
        ({"severity": "critical"}, "1"),
        ({"transition": "informed"}, "3"),
    ],
)
def test_impact_and_urgency_follow_the_severity(change: dict[str, Any], level: str) -> None:
    made = record(make_page(**change))
    assert (made["impact"], made["urgency"]) == (level, level)


async def test_somebody_elses_target_on_the_same_instance_writes_on_the_same_incident() -> None:
    async with ServiceNowDouble() as double:
        now, other = channel(double.url), channel(double.url, name="legal-servicenow")
        await now.send(make_page())
        assert await other.send(make_page(id="another", department="it")) == Delivered(FIRST, FIRST)
        assert isinstance(await other.send(make_page(id="again", cycle=2)), Delivered)
    assert [len(one.notes) for one in double.records] == [1, 0]


async def test_an_incident_whose_answer_was_lost_is_looked_up() -> None:
    time = clock()
    async with ServiceNowDouble(clock=time, drops=1) as double:
        now = channel(double.url, time=time)
        lost = await now.send(make_page())
        assert isinstance(lost, Ambiguous)
        time.advance(lost.after_s)
        again = await now.send(make_page(possible_duplicate=True))
        await now.aclose()
    assert again == Delivered(FIRST, FIRST)
    assert [one.notes for one in double.records] == [[]]
    assert not now.deduplicates


async def test_a_note_whose_answer_was_lost_is_not_written_twice() -> None:
    async with ServiceNowDouble() as double:
        now = channel(double.url)
        await now.send(make_page())
        double.drops = 1
        lost = await now.send(make_page(id="another"), thread=FIRST)
        again = await now.send(make_page(id="another", possible_duplicate=True), thread=FIRST)
        fresh = await now.send(make_page(id="third", possible_duplicate=True), thread=FIRST)
        await now.aclose()
    assert isinstance(lost, Ambiguous)
    assert again == fresh == Delivered(FIRST, FIRST)
    assert len(double.records[0].notes) == 2


@pytest.mark.parametrize("reply", [Reply(403), Reply(200, b"<html>"), Reply(fault="reset"), NOTHING_FOUND])
async def test_when_the_journal_cannot_be_read_a_repeat_is_better_than_silence(reply: Reply) -> None:
    async with ServiceNowDouble() as double:
        now = channel(double.url)
        await now.send(make_page())
        double.script(reply)
        await now.send(make_page(id="another", possible_duplicate=True), thread=FIRST)
        await now.aclose()
    assert len(double.records[0].notes) == 1


async def test_when_the_record_is_gone_the_plain_form_makes_another() -> None:
    async with ServiceNowDouble() as double:
        now = channel(double.url)
        refused = await now.send(make_page(), thread="f" * 32)
        plain = await now.send(make_page(), thread="f" * 32, plain=True)
        await now.aclose()
    assert isinstance(refused, RejectedPayload)
    assert plain == Delivered(FIRST, FIRST)


async def test_an_instance_that_hibernates_is_tried_again_in_a_minute() -> None:
    async with ServiceNowDouble(asleep=True) as double:
        now = channel(double.url)
        asleep = await now.send(make_page())
        double.asleep = False
        awake = await now.send(make_page())
        await now.aclose()
    assert isinstance(asleep, RetryLater)
    assert asleep.after_s == 60.0
    assert awake == Delivered(FIRST, FIRST)


async def test_a_record_that_is_not_ours_is_not_written_on() -> None:
    others = Reply(200, b'{"result":[{"sys_id":"%s","correlation_id":"other"}]}' % (b"a" * 32))
    async with ServiceNowDouble() as double:
        double.script(others)
        now = channel(double.url)
        assert await now.send(make_page()) == Delivered(FIRST, FIRST)
        await now.aclose()
    assert [one.method for one in double.received] == ["GET", "POST"]


@pytest.mark.parametrize("thread", ["", FIRST])
async def test_an_answer_that_repeats_our_text_is_no_reason_to_show_the_link(thread: str) -> None:
    echo = Reply(200, b'{"result":{"description":"%s"}}' % make_page().link.encode())
    outcome = await outcome_of(*([] if thread else [NOTHING_FOUND]), echo, thread=thread)
    assert isinstance(outcome, Ambiguous)
    assert "tocsin.example" not in outcome.reason


async def test_a_thread_cannot_lead_elsewhere() -> None:
    async with ServiceNowDouble() as double:
        now = channel(double.url)
        await now.send(make_page(), thread="../sys_user/x?y#z")
        await now.aclose()
    assert (
        double.received[0].path == "/api/now/table/incident/..%2Fsys_user%2Fx%3Fy%23z?sysparm_fields=sys_id"
    )


@pytest.mark.parametrize("ending", ["acknowledged", "resolved"])
async def test_how_it_went_on_is_one_note_however_often_it_is_told(ending: str) -> None:
    async with ServiceNowDouble() as double:
        now = channel(double.url)
        await now.send(make_page())
        for thread in (FIRST, ""):
            told = await getattr(now, ending)(answered(thread=thread))
            assert told == Delivered(FIRST, FIRST)
        await now.aclose()
    (note,) = double.records[0].notes
    assert note.startswith("Incident T-42\u00a0: ")
    assert "TI de garde" in note
    assert isinstance(now, Closing)


async def test_an_ending_without_a_record_has_nothing_to_tell() -> None:
    async with ServiceNowDouble() as double:
        now = channel(double.url)
        assert await now.resolved(answered(thread="")) == Delivered()
        double.script(Reply(401))
        assert isinstance(await now.resolved(answered(thread="")), DeadTarget)
        await now.aclose()
    assert double.records == []


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(400), DeadTarget),
        (Reply(401), DeadTarget),
        (Reply(403), DeadTarget),
        (Reply(404), DeadTarget),
        (Reply(302, headers={"location": "http://169.254.169.254/"}), RejectedPayload),
        (Reply(429), RetryLater),
        (Reply(500), RetryLater),
        (Reply(503), RetryLater),
        (Reply(200, b"x" * 10_000_000), RetryLater),
        (Reply(fault="reset"), RetryLater),
    ],
)
async def test_a_look_up_that_fails_has_changed_nothing(reply: Reply, expected: type) -> None:
    assert isinstance(await outcome_of(reply), expected)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(400), RejectedPayload),
        (Reply(401), DeadTarget),
        (Reply(403), DeadTarget),
        (Reply(404), DeadTarget),
        (Reply(429), RetryLater),
        (Reply(500), Ambiguous),
        (Reply(502), Ambiguous),
        (Reply(503), RetryLater),
        (Reply(200, b"<html>sign in</html>"), Ambiguous),
        (Reply(201, b"<html>"), Ambiguous),
        (Reply(201, b'{"result":{"sys_id":"x"}}'), Ambiguous),
        (Reply(201, b'{"result":{"sys_id":"x"}}', fault="reset_inside_body"), Ambiguous),
        (Reply(fault="reset"), Ambiguous),
    ],
)
async def test_each_answer_to_a_new_incident_has_its_outcome(reply: Reply, expected: type) -> None:
    outcome = await outcome_of(NOTHING_FOUND, reply)
    assert isinstance(outcome, expected)
    assert not isinstance(outcome, Ambiguous) or outcome.after_s == 10.0


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(400), RejectedPayload),
        (Reply(404), RejectedPayload),
        (Reply(403), DeadTarget),
        (Reply(429), RetryLater),
        (Reply(500), Ambiguous),
        (Reply(200, b"<html>"), Ambiguous),
        (Reply(fault="reset"), Ambiguous),
    ],
)
async def test_each_answer_to_a_note_has_its_outcome(reply: Reply, expected: type) -> None:
    assert isinstance(await outcome_of(reply, thread=FIRST), expected)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "9", "X-RateLimit-Reset": "1"}, 9.0),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 300)}, pytest.approx(299.6)),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 9_000)}, 900.0),
        ({"X-RateLimit-Reset": "soon"}, 1.0),
        ({"X-RateLimit-Reset": "nan"}, 1.0),
        ({}, 1.0),
    ],
)
async def test_the_hourly_limit_says_when_it_ends(headers: dict[str, str], seconds: float) -> None:
    outcome = await outcome_of(NOTHING_FOUND, Reply(429, headers=headers))
    assert isinstance(outcome, RetryLater)
    assert outcome.after_s == seconds
    assert outcome.scope == "account"


async def test_without_a_user_the_secret_is_an_oauth_token_and_is_not_shown() -> None:
    async with ServiceNowDouble() as double:
        now = channel(double.url, user="", secret="canary-token")
        outcome = await now.send(make_page())
        await now.aclose()
    assert isinstance(outcome, DeadTarget)
    assert double.received[0].headers["authorization"] == "Bearer canary-token"
    assert "canary" not in repr((outcome, now))
