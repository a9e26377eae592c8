import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.batches import (
    MAX_ITEMS,
    MAX_RECORD_BYTES,
    Decoded,
    FindingBatch,
    MentionBatch,
    ReadingBatch,
    decode_findings,
    decode_mentions,
    decode_readings,
    encode_batch,
    encode_in_parts,
    rejected_id,
)
from monitor.errors import UndecodableRecord
from monitor.records import MAX_TEXT, Media, Mention
from tests.monitor import strategies as s

GOOD = {
    "id": "replay:1",
    "source": "replay",
    "kind": "post",
    "text": "Véloria",
    "created_at": "2026-03-02T09:00:00Z",
    "fetched_at": "2026-03-02T09:00:01Z",
}
DECODERS: list[Callable[[bytes], Decoded[Any]]] = [decode_mentions, decode_readings, decode_findings]
HOSTILE = "<script>alert(1)</script>"


def envelope(*items: object, **fields: object) -> bytes:
    return json.dumps({"schema_version": 1, "source": "replay", "mentions": items} | fields).encode()


def around(poison: bytes) -> bytes:
    good = json.dumps(GOOD).encode()
    return b'{"schema_version":1,"source":"replay","mentions":[' + b",".join([good, poison, good]) + b"]}"


@given(s.mention_batches, s.reading_batches, s.finding_batches)
def test_what_was_encoded_is_decoded(one: MentionBatch, two: ReadingBatch, three: FindingBatch) -> None:
    assert decode_mentions(encode_batch(one)) == Decoded(one.mentions)
    assert decode_readings(encode_batch(two)) == Decoded(two.readings)
    assert decode_findings(encode_batch(three)) == Decoded(three.findings)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_any_poison_item_is_set_aside_alone_with_its_own_json(poison: object) -> None:
    decoded = decode_mentions(envelope(GOOD, poison, GOOD))
    assert [mention.id for mention in decoded.items] == ["replay:1", "replay:1"]
    (bad,) = decoded.bad
    assert bad.reason == "invalid"
    assert json.dumps(json.loads(bad.original)) == json.dumps(poison)


@given(st.sampled_from(sorted(GOOD)), json_values)
def test_a_poisoned_field_never_hurts_a_neighbour(field: str, value: object) -> None:
    decoded = decode_mentions(envelope(GOOD, GOOD | {field: value}, GOOD))
    assert len(decoded.items) + len(decoded.bad) == 3
    assert len(decoded.items) >= 2


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"created_at": HOSTILE}, "created_at: "),
        ({"created_at": "2026-13-45T00:00:00Z"}, "created_at: "),
        ({"created_at": "0001-01-01T00:00:00+10:00"}, "created_at: "),
        ({"fetched_at": "2026-03-02T09:00:00"}, "fetched_at: "),
        ({"created_at": 1e300}, "created_at: "),
        ({"kind": HOSTILE}, "kind: "),
        ({"text": "x" * 40_001}, "text: "),
        ({"author": {"followers": float("nan")}}, "author.followers: "),
        ({"author": {"followers": 10**30}}, "author.followers: "),
        ({"text": [[[[HOSTILE]]]]}, "text: "),
        ({"source": "\ud800"}, "source: "),
        ({"schema_version": 2}, "schema_version: "),
    ],
)
def test_what_is_wrong_is_named_and_never_repeated(fields: dict[str, object], named: str) -> None:
    decoded = decode_mentions(envelope(GOOD, GOOD | fields))
    assert len(decoded.items) == 1
    (bad,) = decoded.bad
    assert named in bad.detail
    assert "script" not in bad.detail


def test_missing_fields_are_all_named() -> None:
    (bad,) = decode_mentions(envelope({"text": "x"})).bad
    for field in ("id", "source", "kind", "created_at", "fetched_at"):
        assert f"{field}: Field required" in bad.detail


def test_lone_surrogates_are_mended_not_rejected() -> None:
    decoded = decode_mentions(envelope(GOOD | {"text": "a\ud800b", "author": {"name": "\udc00"}}))
    assert decoded.bad == ()
    assert decoded.items[0].text == "a\ufffdb"
    assert decoded.items[0].author.name == "\ufffd"


@pytest.mark.parametrize(
    "poison", [b'{"text":' + b"[" * 500 + b"]" * 500 + b"}", b"9" * 5_000, b"NaN", b'{"id":"\xff"}']
)
def test_what_parsers_choke_on_hurts_no_neighbour(poison: bytes) -> None:
    decoded = decode_mentions(around(poison))
    assert len(decoded.items) == 2
    assert len(decoded.bad) == 1


def test_broken_utf8_is_mended() -> None:
    broken = json.dumps(GOOD, ensure_ascii=False).encode().replace("é".encode(), b"\xe9")
    assert [one.text for one in decode_mentions(around(broken)).items] == [
        "Véloria",
        "V\ufffdloria",
        "Véloria",
    ]


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xfe\x00", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "not_a_batch"),
        (b"3", "not_a_batch"),
        (b"{}", "not_a_batch"),
        (b'{"schema_version":1,"mentions":{},"readings":{},"findings":{}}', "not_a_batch"),
        (b'{"schema_version":2}', "unknown_version"),
        (b'{"schema_version":2,"mentions":[],"readings":[],"findings":[]}', "unknown_version"),
        (b'{"schema_version":"<script>","mentions":[],"readings":[],"findings":[]}', "unknown_version"),
        (b" " * (MAX_RECORD_BYTES + 1), "too_large"),
    ],
)
def test_a_broken_envelope_is_named(
    decoder: Callable[[bytes], Decoded[Any]], data: bytes, reason: str
) -> None:
    with pytest.raises(UndecodableRecord) as caught:
        decoder(data)
    assert caught.value.reason == reason
    assert "script" not in str(caught.value)


@given(st.binary(max_size=100))
def test_any_bytes_give_a_named_error(data: bytes) -> None:
    with pytest.raises(UndecodableRecord) as caught:
        decode_mentions(data)
    assert caught.value.reason in {"not_json", "not_a_batch", "unknown_version"}


def test_the_same_bytes_rejected_at_the_same_stage_have_the_same_id() -> None:
    assert rejected_id("read", b"x") == rejected_id("read", b"x")
    assert len({rejected_id("read", b"x"), rejected_id("watch", b"x"), rejected_id("read", b"y")}) == 3


def batch_of(mentions: tuple[Mention, ...]) -> MentionBatch:
    return MentionBatch(source="replay", mentions=mentions)


def mention(number: int, text: str = "Véloria") -> Mention:
    return Mention.model_validate({**GOOD, "id": f"replay:{number}", "text": text})


@pytest.mark.parametrize(("count", "records"), [(0, 1), (1, 1), (MAX_ITEMS, 1), (MAX_ITEMS + 1, 2)])
def test_items_travel_in_as_few_records_as_their_number_allows(count: int, records: int) -> None:
    items = [mention(number) for number in range(count)]
    parts = encode_in_parts(items, batch_of)
    assert len(parts) == records
    assert [one for part in parts for one in decode_mentions(part).items] == items


def test_large_items_travel_in_more_records_none_of_them_too_large() -> None:
    items = [mention(number, "é" * MAX_TEXT) for number in range(MAX_ITEMS)]
    media = tuple(Media(url=f"https://example.com/{'x' * 1_900}") for _ in range(20))
    items = [one.model_copy(update={"media": media}) for one in items]
    parts = encode_in_parts(items, batch_of)
    assert len(parts) > 1
    assert all(len(part) <= MAX_RECORD_BYTES for part in parts)
    assert [one for part in parts for one in decode_mentions(part).items] == items
