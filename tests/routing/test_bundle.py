"""Caps, and what goes together: bounded, and nothing is ever dropped."""

from datetime import timedelta
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from monitor.records import SEVERITIES
from routing.bundle import Due, allot
from routing.caps import BY_KIND, CRITICAL_WAIT, Caps, CapSettings, caps_of, free_at, free_slots
from tests.routing.scenes import START

SMS = BY_KIND["twilio_sms"]


def test_a_person_gets_five_text_messages_in_a_quarter_of_an_hour() -> None:
    """goalert's limits for people."""
    sent = [START - timedelta(minutes=n) for n in range(5)]
    assert free_slots(SMS, sent[:4], START) == 1
    assert free_slots(SMS, sent, START) == 0
    assert free_at(SMS, sent, START) == START + timedelta(minutes=11)


def test_eleven_within_an_hour_are_enough() -> None:
    sent = [START - timedelta(minutes=20 + n) for n in range(11)]
    assert free_slots(SMS, sent, START) == 0
    assert free_at(SMS, sent, START) == START + timedelta(minutes=30)


def test_a_targets_own_cap_goes_before_that_of_its_kind() -> None:
    own: Caps = (CapSettings(most=1, per=timedelta(minutes=1)),)
    assert caps_of({"phone": own, "twilio_sms": SMS}, "phone", "twilio_sms") == own
    assert caps_of({}, "other", "twilio_sms") == SMS
    assert caps_of({"webhook": ()}, "other", "webhook") == ()


dues = st.builds(
    Due,
    id=st.uuids().map(str),
    incident=st.sampled_from("abcdefgh"),
    severity=st.sampled_from(SEVERITIES),
    transition=st.sampled_from(("opened", "informed")),
    queued_at=st.integers(0, 300).map(lambda s: START - timedelta(seconds=s)),
    due_at=st.integers(0, 300).map(lambda s: START - timedelta(seconds=s)),
    hold=st.sampled_from(("", "digest", "noise_cap", "quiet_hours")),
)


@given(
    waiting=st.lists(dues, max_size=30, unique_by=lambda one: one.id),
    room=st.integers(1, 4),
    most=st.integers(1, 6),
    ago=st.lists(st.integers(0, 1_000), max_size=8),
)
def test_nothing_is_dropped_or_told_twice_and_the_cap_holds(
    waiting: list[Due], room: int, most: int, ago: list[int]
) -> None:
    caps = (CapSettings(most=most, per=timedelta(minutes=10)),)
    sent = [START - timedelta(seconds=s) for s in ago]
    waiting.sort(key=lambda one: -SEVERITIES.index(one.severity))
    allotment = allot(waiting, room, caps, sent, START)
    went = [one.id for group in allotment.go for one in group]
    held = [one.id for one, _ in allotment.held]
    assert len(went + held) == len(set(went + held))
    assert set(went + held) <= {one.id for one in waiting}
    assert len(allotment.go) <= room
    free = free_slots(caps, sent, START) or 0
    overdue = any(one.is_urgent and one.queued_at + CRITICAL_WAIT <= START for one in waiting)
    assert len(allotment.go) <= max(free, int(overdue))
    if waiting:
        assert went or held
    for one, hold in allotment.held:
        assert hold.until > START
        assert not one.is_urgent or hold.until <= one.queued_at + CRITICAL_WAIT
    for lead, *carried in allotment.go:
        assert lead.transition != "informed" or all(one.transition == "informed" for one in carried)


def due(name: str, severity: Literal["warning", "critical"] = "warning") -> Due:
    return Due(name, name, severity, "opened", START, START)


def test_the_last_free_message_carries_all_the_rest() -> None:
    caps = (CapSettings(most=3, per=timedelta(minutes=10)),)
    go = allot([due(name) for name in "abcdef"], 4, caps, [], START).go
    assert ["".join(one.id for one in group) for group in go] == ["a", "b", "cdef"]
