from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.simple_mention import read_mention
from monitor.errors import InvalidPayload
from monitor.records import Mention

NOW = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)


def read(item: Any) -> Mention:
    return read_mention(item, source="hook", fetched_at=NOW)


def test_text_alone_is_enough() -> None:
    mention = read({"text": "Véloria en panne"})
    assert (mention.source, mention.kind, mention.created_at, mention.fetched_at) == (
        "hook",
        "post",
        NOW,
        NOW,
    )
    assert mention.id == read({"text": "Véloria en panne"}).id
    assert mention.id.startswith("hook:")


def test_all_simple_fields() -> None:
    mention = read(
        {
            "text": "t",
            "lang": "fr",
            "author": "ana",
            "url": "https://x.example/1",
            "source": "forum",
            "id": "42",
            "created_at": "2026-03-14T10:41:07+01:00",
            "followers": 7,
            "unknown": {"kept": False},
        }
    )
    assert (mention.id, mention.language_hint, mention.url) == ("forum:42", "fr", "https://x.example/1")
    assert (mention.author.handle, mention.author.followers) == ("ana", 7)
    assert mention.created_at == datetime(2026, 3, 14, 9, 41, 7, tzinfo=UTC)


def test_an_id_that_has_its_source_keeps_it() -> None:
    assert read({"text": "t", "id": "hook:1"}).id == "hook:1"


def test_a_whole_record_passes_unchanged() -> None:
    whole = read({"text": "t", "author": {"handle": "ana", "verified": True}})
    assert read(whole.model_dump(mode="json")) == whole


def test_a_time_in_the_future_becomes_the_time_of_fetching() -> None:
    assert read({"text": "t", "created_at": "2027-01-01T00:00:00Z"}).created_at == NOW


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": 5}, "text"),
        ({"text": "t", "created_at": "yesterday"}, "created_at"),
        ({"text": "t", "created_at": 1773481267}, "created_at"),
        ({"text": "t", "created_at": "2026-03-14T09:41:07"}, "created_at"),
        ({"text": "t", "followers": -1}, "followers"),
        ({"text": "t", "source": "Not A Name"}, "source"),
        ({"schema_version": 2, "text": "t"}, "schema_version"),
        (["text"], "object"),
        ("text", "object"),
        (None, "object"),
    ],
)
def test_a_wrong_field_is_named(item: Any, field: str) -> None:
    with pytest.raises(InvalidPayload, match=field):
        read(item)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["text", "id", "author", "created_at", "lang", "url", "source"]), JSON)
)
def test_hostile_values_are_read_or_refused(item: dict[str, Any]) -> None:
    try:
        mention = read(item)
    except InvalidPayload:
        return
    assert mention.created_at <= mention.fetched_at
    assert mention.id == read(item).id
