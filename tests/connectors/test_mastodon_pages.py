from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mastodon_pages import (
    Page,
    age_order,
    load_place,
    merge,
    newest,
    next_min_id,
    read_page,
    rewound,
)
from connectors.mastodon_rest import streaming_address
from connectors.mastodon_status import Home
from monitor.errors import Unavailable
from tests.connectors.mastodon_double import FIRST_ID, status
from tests.connectors.tapes import tape

NOW = datetime(2026, 8, 2, 10, 0, tzinfo=UTC)
HOME = Home("social.example")


def recorded(name: str) -> Any:
    return orjson.loads(tape(f"mastodon/{name}"))


def test_a_page_is_oldest_first_and_a_bad_status_is_alone() -> None:
    items = [status(3), status(2, content=5), "junk", status(1)]
    page = read_page(orjson.dumps(items), HOME, NOW)
    assert [one.local_id for one in page.statuses] == [str(FIRST_ID + 1), str(FIRST_ID + 3)]
    assert [item.original for item in page.rejected] == [orjson.dumps(items[1]), b'"junk"']
    assert page.size == 4
    assert page.newest == str(FIRST_ID + 3)


def test_a_lone_surrogate_hides_no_neighbour() -> None:
    body = orjson.dumps([status(2, content="Véloria X"), status(1)]).replace(b"X", b"\\ud83d")
    page = read_page(body, HOME, NOW)
    assert len(page.statuses) == 2
    assert not page.rejected


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"error":"x"}', b"null"])
def test_an_answer_that_is_no_list_is_no_quiet_page(body: bytes) -> None:
    with pytest.raises(Unavailable, match="no list of statuses"):
        read_page(body, HOME, NOW)


def test_search_results_stand_under_their_name() -> None:
    page = read_page(tape("mastodon/search_v2_statuses_fr.json"), HOME, NOW, under="statuses")
    assert len(page.statuses) == 2
    assert not read_page(tape("mastodon/search_v2_accounts.json"), HOME, NOW, under="statuses").statuses


def test_the_next_page_is_read_from_the_link_header_by_its_id_only() -> None:
    page = read_page(tape("mastodon/timeline_tag.json"), HOME, NOW)
    link = recorded("timeline_tag.headers.json")["link"]
    assert next_min_id(page, link, None) == "117020593741189701"
    assert next_min_id(page, link, "117020593741189701") is None
    assert next_min_id(page, "", "5") == "117020593741189701"
    assert next_min_id(page, '<https://a.example/?min_id=..%2F..>; rel="prev"', "5") == "117020593741189701"
    assert next_min_id(Page(), link, None) is None


def test_an_unreadable_cursor_is_none() -> None:
    assert load_place(None) is None
    assert load_place("junk") is None
    assert load_place('{"tags": {"a": "../x"}}') is None
    place = load_place('{"tags": {"véloria": "5"}, "more": 1}')
    assert place is not None
    assert place.tags == {"véloria": "5"}


def test_ids_of_other_programs_are_not_rewound() -> None:
    assert rewound("116230000000000101", 1) == str(116230000000000101 - (1_000 << 16))
    assert rewound("9umDrYheeY451cQnEe", 600) == "9umDrYheeY451cQnEe"
    assert rewound("42", 600) == "42"


@given(st.integers(0, 10**19), st.integers(0, 10**19))
def test_ids_are_ordered_as_numbers_of_any_length(first: int, second: int) -> None:
    assert newest(str(first), str(second)) == str(max(first, second))
    assert (age_order(str(first)) < age_order(str(second))) == (first < second)


def test_merged_pages_hold_each_status_once() -> None:
    one = read_page(orjson.dumps([status(2), status(1)]), HOME, NOW)
    two = read_page(orjson.dumps([status(3), status(2)]), HOME, NOW)
    merged = merge([one, two])
    assert [status.local_id for status in merged.statuses] == [str(FIRST_ID + n) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("wss://streaming.social.example", "https://streaming.social.example"),
        ("wss://social.example:4000/base/", "https://social.example:4000/base"),
        ("ws://streaming.social.example", "https://social.example"),
        ("wss://user@evil.example", "https://social.example"),
        ("wss://[", "https://social.example"),
        ("wss://a.example:99999999", "https://social.example"),
        ("", "https://social.example"),
        (5, "https://social.example"),
    ],
)
def test_the_streaming_server_that_the_server_names(told: Any, address: str) -> None:
    instance = orjson.dumps({"configuration": {"urls": {"streaming": told}}})
    assert streaming_address(instance, "https://social.example", allow_plain=False) == address


def test_a_server_that_does_not_describe_itself() -> None:
    assert (
        streaming_address(b"<html>", "https://social.example", allow_plain=False) == "https://social.example"
    )
