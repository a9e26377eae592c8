from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from monitor.records import (
    Author,
    Localized,
    Mention,
    Story,
    digest,
    finding_id,
    reading_id,
    story_id,
    without_broken_unicode,
)
from tests.monitor import strategies as s

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def a_mention(**fields: object) -> Mention:
    base: dict[str, object] = {
        "id": "replay:1",
        "source": "replay",
        "kind": "post",
        "created_at": NOW,
        "fetched_at": NOW,
    }
    return Mention.model_validate(base | fields)


any_text = st.text(st.characters(), max_size=10)  # lone surrogates and NUL included


@given(st.lists(any_text, max_size=4), st.lists(any_text, max_size=4))
def test_a_digest_tells_apart_any_two_lists_of_parts(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)


def test_a_digest_does_not_confuse_where_a_part_ends() -> None:
    assert (
        len({digest("ab", "c"), digest("a", "bc"), digest("abc"), digest("1:a", "bc"), digest("a", "", "bc")})
        == 5
    )


def test_ids_stay_what_they_were_when_the_store_was_written() -> None:
    assert story_id("veloria", "replay:1") == "a88f5d5e3a740b80633b36f3b99388a6"
    assert finding_id("s", "safety", 0) == "79e6e706ad4674bf0a85e77f85e45754"


@given(s.mentions, st.sampled_from(["veloria", "other"]))
def test_the_same_version_of_a_mention_has_the_same_reading_id(mention: Mention, brand: str) -> None:
    again = mention.model_copy(
        update={"fetched_at": mention.fetched_at + timedelta(minutes=1), "late": not mention.late}
    )
    assert reading_id(again, brand) == reading_id(mention, brand)


@given(s.mentions, s.texts)
def test_an_edit_has_another_reading_id(mention: Mention, text: str) -> None:
    assume(text != mention.text)
    assert reading_id(mention.model_copy(update={"text": text}), "veloria") != reading_id(mention, "veloria")


def test_ids_of_different_things_differ() -> None:
    mention = a_mention()
    assert reading_id(mention, "veloria") != reading_id(mention, "other")
    assert story_id("veloria", "a") != story_id("veloria", "b") != story_id("v", "eloriab")
    assert (
        len(
            {
                finding_id("s", "c", 0),
                finding_id("s", "c", 1),
                finding_id("s", "d", 0),
                finding_id("t", "c", 0),
            }
        )
        == 4
    )


@given(any_text)
def test_mended_text_can_always_be_encoded_and_keeps_what_was_whole(text: str) -> None:
    mended = without_broken_unicode(text)
    assert isinstance(mended, str)
    mended.encode()
    assert "\x00" not in mended
    if "\x00" not in text and text.isascii():
        assert mended == text


def test_lone_surrogates_and_nul_are_mended_and_pairs_are_joined() -> None:
    assert a_mention(text="a\ud800b\x00c\ud83d\ude00é\udc00").text == "a\ufffdb\ufffdc😀é\ufffd"


def test_mending_makes_no_text_too_long() -> None:
    assert a_mention(text="\ud800" * 40_000).text == "\ufffd" * 40_000


def test_times_become_utc() -> None:
    montreal = timezone(timedelta(hours=-5))
    mention = a_mention(created_at=datetime(2026, 3, 2, 4, 0, tzinfo=montreal))
    assert mention.created_at == NOW
    assert mention.created_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("created_at", datetime(2026, 3, 2, 9, 0)),  # noqa: DTZ001 - a naive time is the case
        ("created_at", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))),
        ("id", ""),
        ("kind", "rumour"),
        ("text", "x" * 40_001),
        ("links", ["https://a.example"] * 101),
        ("raw_sha256", "abc"),
        ("schema_version", 2),
        ("author", {"followers": -1}),
        ("author", {"followers": 2**63}),
    ],
)
def test_a_wrong_field_is_refused_and_named(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        a_mention(**{field: value})
    assert caught.value.errors()[0]["loc"][0] == field


def test_records_are_frozen_and_tolerate_keys_of_a_newer_writer() -> None:
    author = Author.model_validate({"handle": "a", "mood": "new"})
    with pytest.raises(ValidationError):
        author.handle = "b"  # type: ignore[misc]


def test_full_text_holds_the_title_when_there_is_one() -> None:
    assert a_mention(title="Rappel", text="Freins").full_text == "Rappel\n\nFreins"
    assert a_mention(text="Freins").full_text == "Freins"


@given(s.stories)
def test_mentions_per_minute_is_over_five_minutes(story: Story) -> None:
    assert story.mentions_per_minute * 5 == pytest.approx(story.mentions_last_5_min)


def test_localized_gives_the_language_asked_for() -> None:
    both = Localized(fr="Bonjour", en="Hello")
    assert (both.of("fr"), both.of("en")) == ("Bonjour", "Hello")
