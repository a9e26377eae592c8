from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.iso_time import iso_time


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-14T09:41:07Z",
        "2026-03-14T09:41:07",
        "2026-03-14 09:41:07.000Z",
        "2026-03-14T05:41:07-04:00",
        " 2026-03-14T09:41:07.0000000+00:00 ",
    ],
)
def test_every_spelling_of_one_instant(text: str) -> None:
    assert iso_time(text) == datetime(2026, 3, 14, 9, 41, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["", "hier", None, 17, "0001-01-01T00:00:00+14:00", "2026-02-30", "2" * 100]
)
def test_what_is_no_time(value: object) -> None:
    assert iso_time(value) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_comes_back(moment: datetime) -> None:
    assert iso_time(moment.isoformat()) == moment


@given(st.text(max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    found = iso_time(text)
    assert found is None or found.tzinfo is not None
