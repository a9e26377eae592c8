"""Text from outside for one reader, and addresses that may be opened."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.console.reader import iso, post_link, reader_of
from routing.console.words import console_words
from tests.routing.scenes import START


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://social.example/@x/1", "social.example"),
        ("http://news.example:8080/a?b=c#d", "news.example:8080"),
        ("https://XN--BCHER-KVA.example/", "xn--bcher-kva.example"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
    ],
)
def test_an_ordinary_address_may_be_opened(url: str, host: str) -> None:
    link = post_link(url)
    assert link is not None
    assert (link.url, link.host) == (url, host)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)//https://a.example",
        "data:text/html,<script>",
        "//social.example/x",
        "ftp://social.example/x",
        "https://bank.example@evil.example/",
        "https://localhost/",
        "https://social.example/\u202egpj",
        "https://social.example/\nx",
        "https://social.example/a b",
        'https://social.example/"onclick="x',
        "https://social.example:99999/",
        "https://[::1",
        "https:\\\\evil.example",
        "https://\u2024evil.example\u3002com/<",
    ],
)
def test_anything_else_is_only_text(url: str | None) -> None:
    assert post_link(url) is None


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_address_breaks_the_page(url: str) -> None:
    link = post_link(url)
    assert link is None or link.url.startswith(("http://", "https://")) or link.url.lower().startswith("http")


def test_small_stretches_show_milliseconds() -> None:
    french, english = reader_of("fr"), reader_of("en")
    assert french.short(0.0349) == "0,035\u00a0s"
    assert english.short(0.0) == "0\u00a0s"
    assert english.short(0.9999) == "1\u00a0s"
    assert french.short(75) == "1\u00a0min 15\u00a0s"


def test_an_unknown_zone_is_utc() -> None:
    assert reader_of("fr", "Nowhere/Else").zone.key == "UTC"
    assert reader_of("fr", "America/Montreal").seconds(START) == "23:00:00"
    assert iso(START) == "2026-03-14T03:00:00.000Z"


def test_a_time_of_another_day_says_which() -> None:
    assert reader_of("en", "UTC", START + timedelta(hours=17)).clock(START).startswith("3:00")
    assert reader_of("en", "UTC", START + timedelta(hours=19)).clock(START).startswith("Sat")


def test_both_languages_say_everything() -> None:
    french, english = console_words("fr"), console_words("en")
    assert french.notices.keys() == english.notices.keys()
    assert french.happened.keys() == english.happened.keys()
    assert french.stages.keys() == english.stages.keys()
    assert french.groups.keys() == english.groups.keys()
    assert french.message_state.keys() == english.message_state.keys()
    for words in (french, english):
        assert all(notice.title and notice.what and notice.do for notice in words.notices.values())
    for name in ("noted", "already_noted", "now_closed", "closed_before", "other_is_on_it", "step_of"):
        fields = [
            sorted(part.split("}")[0] for part in getattr(one, name).split("{")[1:])
            for one in (french, english)
        ]
        assert fields[0] == fields[1], name
