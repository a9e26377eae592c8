"""The kept payload and its hash, of every source."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bluesky_parse import Seen, Wanted, parse_frame
from connectors.feed_entries import parse_feed
from connectors.feed_items import item_texts
from connectors.feed_memory import FeedState, Moment, sift
from connectors.mastodon_status import Home, Status, read_status
from connectors.raw_payload import is_honest, raw_fields, to_json, without_raw
from connectors.webhook import read_delivery
from monitor.batches import MAX_ITEMS, MAX_RECORD_BYTES, MentionBatch, decode_mentions, encode_in_parts
from monitor.records import MAX_RAW, Mention

NOW = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)
ITEM = "<item><guid>1</guid><title>Véloria <![CDATA[</item>]]></title><description>fuite</description></item>"
RSS = f'<rss version="2.0"><channel><title>J</title>{ITEM}<item><title>b</title></item></channel></rss>'


@given(st.binary(max_size=200))
def test_what_is_kept_is_what_the_hash_says(payload: bytes) -> None:
    kept = raw_fields(payload)
    assert kept["raw_sha256"] == sha256(payload).hexdigest()
    assert not kept["raw"] or kept["raw"].encode() == payload


@pytest.mark.parametrize("payload", [b"\xff\xfe", b"x" * (MAX_RAW + 1), "é".encode() * (MAX_RAW + 1)])
def test_what_cannot_be_kept_leaves_its_hash(payload: bytes) -> None:
    assert raw_fields(payload) == {"raw": "", "raw_sha256": sha256(payload).hexdigest()}


def test_the_longest_payload_is_kept() -> None:
    assert len(raw_fields("é".encode() * MAX_RAW)["raw"]) == MAX_RAW


def test_broken_unicode_is_written_all_the_same() -> None:
    assert to_json({"a": "\ud800"}) == b'{"a": "\\ud800"}'


def mentions(*, keep: bool) -> list[Mention]:
    """One of each source."""
    did, rkey = "did:plc:abc", "3l"
    frame = {
        "did": did,
        "time_us": 1_773_480_000_000_000,
        "kind": "commit",
        "commit": {
            "operation": "create",
            "collection": "app.bsky.feed.post",
            "rkey": rkey,
            "record": {"text": "Véloria", "createdAt": "2026-03-14T09:00:00Z"},
        },
    }
    gone = {**frame, "commit": {"operation": "delete", "collection": "app.bsky.feed.post", "rkey": rkey}}
    wanted = Wanted(keep_raw=keep)
    seen = [parse_frame(orjson.dumps(one), NOW, wanted) for one in (frame, gone)]
    item = {
        "id": "1",
        "uri": "https://social.example/s/1",
        "visibility": "public",
        "created_at": "2026-03-14T09:00:00Z",
        "account": {"acct": "ana"},
        "content": "<p>Véloria</p>",
    }
    status = read_status(item, Home("social.example", keep_raw=keep), NOW)
    delivered, _ = read_delivery(
        orjson.dumps({"mentions": [{"text": "Véloria"}]}), "hook", NOW, keep_raw=keep
    )
    feed = parse_feed(RSS.encode(), content_type="application/rss+xml", url="https://journal.example/rss")
    sifted = sift(feed, FeedState(), Moment("k", NOW, timedelta(days=1), "0" * 64, keep))
    assert isinstance(status, Status)
    return [
        *(one.mention for one in seen if isinstance(one, Seen)),
        status.mention,
        *delivered,
        *sifted.mentions,
    ]


def test_every_source_keeps_the_payload_that_it_hashed() -> None:
    found = mentions(keep=True)
    assert len(found) == 6
    assert all(one.raw and is_honest(one) for one in found)
    assert ITEM in {one.raw for one in found}


def test_a_source_may_keep_no_payload() -> None:
    found = mentions(keep=False)
    assert [one.raw for one in found] == [""] * 6
    assert [one.raw_sha256 for one in found] == [one.raw_sha256 for one in mentions(keep=True)]


def test_a_false_hash_is_seen() -> None:
    mention = mentions(keep=True)[0]
    assert not is_honest(mention.model_copy(update={"raw": mention.raw + " "}))
    assert is_honest(without_raw(mention))


@pytest.mark.parametrize(
    "document",
    [
        "<rss><item><item></item></item></rss>",
        "<rss><item>a</item></rss>",
        "<rss><![CDATA[<item>a</item><item>b</item>]]></rss>",
        "<rss><item>a</item><item>b</item><item>c</item></rss>",
        "<rss><!-- <item>a</item>",
    ],
)
def test_items_that_cannot_be_told_apart_have_no_text_of_their_own(document: str) -> None:
    assert item_texts(document.encode(), "utf-8", 2) == ()


def test_many_long_payloads_are_sent_in_records_of_bounded_size() -> None:
    one = mentions(keep=True)[0].model_copy(update=dict(raw_fields(b'"' * MAX_RAW)))

    def batch(items: tuple[Mention, ...]) -> MentionBatch:
        return MentionBatch(source="x", mentions=items)

    records = encode_in_parts([one] * MAX_ITEMS, batch)
    assert len(records) > 1
    assert max(map(len, records)) <= MAX_RECORD_BYTES
    assert [two for record in records for two in decode_mentions(record).items] == [one] * MAX_ITEMS


def test_items_of_another_encoding() -> None:
    body = "<rss><item>é</item></rss>".encode("cp1252")
    assert item_texts(body, "windows-1252", 1) == ("<item>é</item>",)
    assert item_texts(body, "utf-8", 1) == ()
