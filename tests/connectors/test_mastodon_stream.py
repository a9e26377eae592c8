from datetime import UTC, datetime

import pytest

from connectors.mastodon_status import Home, Status
from connectors.mastodon_stream import MAX_EVENT_BYTES, Deleted, Event, EventReader, Skipped, read_event
from monitor.errors import InvalidPayload
from tests.connectors.tapes import tape

NOW = datetime(2026, 8, 2, 10, 0, tzinfo=UTC)
HOME = Home("social.example")


def events(lines: bytes) -> list[Event]:
    reader = EventReader()
    return [one for line in lines.split(b"\n") if (one := reader.feed(line)) is not None]


def test_a_stream_begins_with_a_smile_and_thumps() -> None:
    heard = events(tape("mastodon/stream_hashtag_sse_fr.txt"))
    assert [one.name for one in heard] == ["update", "update", "status.update", "delete", "filters_changed"]
    assert heard[3].data == b"116230000000000102"
    assert heard[4].data == b"undefined"
    assert [one.name for one in events(tape("mastodon/stream_user_sse.txt") + b"\n")] == ["update"]


def test_data_over_several_lines_and_fields_without_space() -> None:
    assert events(b"event:delete\ndata:1\ndata: 2\nid: 9\n\ndata: x\n\n") == [Event("delete", b"1\n2")]


def test_an_endless_event_is_refused() -> None:
    reader = EventReader()
    half = b"data: " + b"x" * (MAX_EVENT_BYTES // 2 - 1)
    assert reader.feed(half) is None
    assert reader.feed(half) is None
    with pytest.raises(InvalidPayload, match="larger than"):
        reader.feed(half)


def test_an_edit_and_a_deletion_on_a_stream() -> None:
    first, second, edit, delete, other = events(tape("mastodon/stream_hashtag_sse_fr.txt"))
    new, edited = (read_event(one, HOME, NOW) for one in (first, edit))
    assert isinstance(new, Status)
    assert isinstance(edited, Status)
    assert edited.mention.id == new.mention.id
    assert (new.mention.event, edited.mention.event) == ("new", "edited")
    assert edited.mention.text.startswith("Quatre semaines")
    known = read_event(second, HOME, NOW)
    assert isinstance(known, Status)
    deleted = read_event(delete, Home("social.example", {known.local_id: known.mention}), NOW)
    assert isinstance(deleted, Deleted)
    assert (deleted.mention.id, deleted.mention.event, deleted.mention.text) == (
        known.mention.id,
        "deleted",
        "",
    )
    assert read_event(delete, HOME, NOW) == Skipped("unknown_deletion")
    assert read_event(other, HOME, NOW) == Skipped("other_event")
    assert read_event(Event("brand_new", b"undefined"), HOME, NOW) == Skipped("unknown_event")


@pytest.mark.parametrize("data", [b"undefined", b"[1]", b"\xff"])
def test_an_update_without_a_status_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidPayload):
        read_event(Event("update", data), HOME, NOW)
