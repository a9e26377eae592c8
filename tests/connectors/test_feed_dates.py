import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.feed_dates import parse_feed_date

MOMENT = datetime(2026, 3, 14, 9, 41, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Sat, 14 Mar 2026 10:41:07 +0100",
        "Sat, 14 Mar 2026 09:41:07 GMT",
        "Sat, 14 Mar 2026 09:41:07",
        "14 March 26 09:41:07 Z",
        "sam., 14 mars 2026 10:41:07 CET",
        "samedi 14 mars 2026, 05:41:07 HAE",
        "sam. 14 mars 2026 04:41:07 HNE",
        "Sat, 14-Mar-2026 01:41:07 -08:00",
        "2026-03-14T09:41:07Z",
        "2026-03-14T09:41:07.000+00:00",
        "2026-03-14 09:41:07",
        " 2026-03-14T10:41:07+01:00 ",
    ],
)
def test_dates_of_the_wild(text: str) -> None:
    assert parse_feed_date(text) == MOMENT


@pytest.mark.parametrize(
    "text", ["", "hier", "2026", "31 Feb 2026 10:00 GMT", "Sat, 14 Mar 2026 09:41:07 ABC", "14/03/2026"]
)
def test_what_is_no_date(text: str) -> None:
    assert parse_feed_date(text) is None


def test_another_parsers_reading_is_the_last_resort() -> None:
    assert parse_feed_date("Σαβ, 14 Μαρ 2026", time.gmtime(MOMENT.timestamp())) == MOMENT


def test_french_months_with_accents() -> None:
    assert parse_feed_date("1er août 2026 08h30 CEST") == datetime(2026, 8, 1, 6, 30, tzinfo=UTC)
    assert parse_feed_date("3 févr. 2026 08:30 +0000") == datetime(2026, 2, 3, 8, 30, tzinfo=UTC)


@given(st.text(max_size=120))
def test_no_text_breaks_the_reader(text: str) -> None:
    moment = parse_feed_date(text)
    assert moment is None or moment.tzinfo is UTC
