"""Which language a page speaks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.console.language import chosen, preferred


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("de,fr;q=0.5,en;q=0.4", "fr"),
        ("en;q=0.2, fr;q=0.7", "fr"),
        ("fr;q=0, en;q=0.1", "en"),
        ("fr;q=much", "en"),
        ("de", "en"),
        ("*", "en"),
        ("", "en"),
    ],
)
def test_the_browsers_preference(accept: str, expected: str) -> None:
    assert preferred(accept) == expected


@settings(deadline=None)
@given(st.text(max_size=600))
def test_any_header_gives_a_language(accept: str) -> None:
    assert preferred(accept) in {"fr", "en"}


@pytest.mark.parametrize(("wanted", "expected"), [("fr", "fr"), ("en", "en"), ("de", None), (None, None)])
def test_the_switch(wanted: str | None, expected: str | None) -> None:
    assert chosen(wanted) == expected
