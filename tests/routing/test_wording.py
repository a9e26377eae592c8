import dataclasses
import string
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import get_args

import pytest

from monitor.condition_values import NUMBERS, WORDS
from monitor.records import AuthorKind, Department, Language, Measure, MentionKind, SentimentLabel, Severity
from monitor.topics import TOPICS
from routing.page import ReaderLanguage, Transition
from routing.wording import clock_time, count, duration, moment, number, percent, words_in, zone_of
from routing.wording_model import Plural, Words

FRENCH, ENGLISH = words_in("fr"), words_in("en")
AT = datetime(2026, 11, 25, 8, 12, tzinfo=UTC)


def texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from texts(one, f"{path}.{key}")
    elif isinstance(value, tuple):
        for place, one in enumerate(value):
            yield from texts(one, f"{path}.{place}")
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name), f"{path}.{field.name}")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_say_the_same_things_with_the_same_places() -> None:
    french, english = dict(texts(FRENCH)), dict(texts(ENGLISH))
    assert french.keys() == english.keys()
    assert {path for path in french if places(french[path]) != places(english[path])} == set()
    assert not [path for path, text in [*french.items(), *english.items()] if not text.strip()]


@pytest.mark.parametrize("words", [FRENCH, ENGLISH], ids=["fr", "en"])
def test_every_word_of_the_records_has_a_name(words: Words) -> None:
    named = (
        (words.severity, get_args(Severity)),
        (words.department, get_args(Department)),
        (words.measure, get_args(Measure)),
        (words.mention_kind, get_args(MentionKind)),
        (words.language, get_args(Language)),
        (words.sentiment, get_args(SentimentLabel)),
        (words.author_kind, get_args(AuthorKind)),
        (words.transition, get_args(Transition)),
        (words.topic, TOPICS),
        (words.trace.amount, {one.label for one in NUMBERS.values()}),
        (words.trace.subject, [*(one.label for one in WORDS.values()), "topic", "sentiment"]),
    )
    for names, wanted in named:
        assert set(names) == set(wanted)


def test_french_marks_have_a_no_break_space_before_the_colon() -> None:
    wrong = [text for _, text in texts(FRENCH) if " :" in text or " »" in text or "« " in text or "'" in text]
    assert wrong == []


@pytest.mark.parametrize(
    ("language", "n", "said"),
    [
        ("fr", 0, "0 abonné"),
        ("fr", 1, "1 abonné"),
        ("fr", 2, "2 abonnés"),
        ("fr", 48213, "48\u00a0213 abonnés"),
        ("fr", 3_000_000, "3\u00a0000\u00a0000 abonnés"),
        ("en", 0, "0 followers"),
        ("en", 1, "1 follower"),
        ("en", 48213, "48,213 followers"),
    ],
)
def test_plurals_are_those_of_the_language(language: ReaderLanguage, n: int, said: str) -> None:
    words = words_in(language)
    assert count(words, words.phrases.followers, n) == said


@pytest.mark.parametrize(
    ("words", "zone", "said"),
    [
        (FRENCH, "America/Montreal", "03\u00a0h\u00a012\u00a0HNE"),
        (
            FRENCH,
            "Europe/Paris",
            "09\u00a0h\u00a012\u00a0heure\u00a0normale\u00a0de\u00a0l’Europe\u00a0centrale",
        ),
        (ENGLISH, "America/Montreal", "3:12\u202fa.m.\u00a0EST"),
        (ENGLISH, "UTC", "8:12\u202fa.m.\u00a0UTC"),
    ],
)
def test_times_are_in_the_persons_zone_and_name_it(words: Words, zone: str, said: str) -> None:
    assert clock_time(words, AT, zone_of(zone)) == said


def test_summer_time_has_its_own_name() -> None:
    july = datetime(2026, 7, 1, 8, 12, tzinfo=UTC)
    assert clock_time(FRENCH, july, zone_of("America/Montreal")) == "04\u00a0h\u00a012\u00a0HAE"


def test_a_moment_has_its_day_in_the_persons_zone() -> None:
    late = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
    assert moment(FRENCH, late, zone_of("America/Montreal")).startswith("mar. 24 nov. 2026, 21")
    assert moment(ENGLISH, late, zone_of("America/Montreal")).startswith("Tue, Nov 24, 2026, 9:00")


def test_an_unknown_zone_falls_back_to_utc() -> None:
    assert zone_of("Mars/Olympus").key == "UTC"
    assert zone_of("../../etc/passwd").key == "UTC"


@pytest.mark.parametrize(
    ("seconds", "french", "english"),
    [
        (0, "0 s", "0 s"),
        (6.44, "6,4 s", "6.4 s"),
        (59.97, "1 min", "1 min"),
        (185, "3 min 5 s", "3 min 5 s"),
        (7_800, "2 h 10 min", "2 h 10 min"),
        (86_400, "1 j", "1 d"),
        (90_000, "1 j 1 h", "1 d 1 h"),
        (86_400 * 1_500, "1 500 j", "1,500 d"),
    ],
)
def test_lengths_of_time(seconds: float, french: str, english: str) -> None:
    assert duration(FRENCH, seconds).replace("\u00a0", " ") == french
    assert duration(ENGLISH, seconds).replace("\u00a0", " ") == english


def test_numbers_and_shares() -> None:
    assert (number(FRENCH, 4.25), number(ENGLISH, 4.25)) == ("4,2", "4.2")
    assert (percent(FRENCH, 0.856), percent(ENGLISH, 0.856)) == ("86\u00a0%", "86%")


def test_a_plural_is_made_of_two_forms() -> None:
    words = dataclasses.replace(ENGLISH, locale="en_CA")
    assert count(words, Plural("{n} goose", "{n} geese"), 2) == "2 geese"
