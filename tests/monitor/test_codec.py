from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from monitor.batches import FindingBatch, MentionBatch, ReadingBatch, Rejected
from monitor.codec import decode, encode
from monitor.errors import UndecodableRecord
from monitor.records import Finding, Mention, Reading, Story, Trace
from tests.monitor import strategies as s

Model = TypeVar("Model", bound=BaseModel)

HOSTILE = "<script>alert(1)</script>"


def assert_round_trip(record: Model) -> None:
    data = encode(record)
    again = decode(type(record), data)
    assert again == record
    assert encode(again) == data


@given(s.mentions)
def test_a_mention_survives_the_round_trip(record: Mention) -> None:
    assert_round_trip(record)


@given(s.readings)
def test_a_reading_survives_the_round_trip(record: Reading) -> None:
    assert_round_trip(record)


@given(s.stories)
def test_a_story_survives_the_round_trip(record: Story) -> None:
    assert_round_trip(record)


@given(s.traces)
def test_a_trace_survives_the_round_trip(record: Trace) -> None:
    assert_round_trip(record)


@given(s.findings)
def test_a_finding_survives_the_round_trip(record: Finding) -> None:
    assert_round_trip(record)


@given(s.rejected)
def test_a_dead_letter_survives_the_round_trip(record: Rejected) -> None:
    assert_round_trip(record)


@given(s.mention_batches, s.reading_batches, s.finding_batches)
def test_batches_survive_the_round_trip(one: MentionBatch, two: ReadingBatch, three: FindingBatch) -> None:
    assert_round_trip(one)
    assert_round_trip(two)
    assert_round_trip(three)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_give_a_mention_or_a_named_error(data: bytes) -> None:
    with pytest.raises(UndecodableRecord) as caught:
        decode(Mention, data)
    assert caught.value.reason == "invalid"


def test_errors_name_each_field_and_never_repeat_what_was_sent() -> None:
    data = (
        b'{"id":"","source":"s","kind":"%s","created_at":"%s","fetched_at":"2026-03-02T09:00:00",'
        b'"author":{"followers":"%s"}}'
    )
    with pytest.raises(UndecodableRecord) as caught:
        decode(Mention, data.replace(b"%s", HOSTILE.encode()))
    message = str(caught.value)
    assert "script" not in message
    for field in ("id", "kind", "created_at", "fetched_at", "author.followers"):
        assert f"{field}: " in message


def test_a_long_list_of_problems_is_cut() -> None:
    data = ('{"links":[' + ",".join(["1"] * 90) + "]}").encode()
    with pytest.raises(UndecodableRecord, match=r"and 7[0-9] more") as caught:
        decode(Mention, data)
    assert len(str(caught.value)) <= 2_000
