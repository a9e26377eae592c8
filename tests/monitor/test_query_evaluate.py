"""Fields, the post's own words, and explanations."""

import pytest

from monitor.match import explain_query, query_matches
from monitor.query import parse_query
from monitor.records import Author
from tests.monitor.posts import post

MENTION = post(
    "Ma Véloria est dans le garage https://shop.example.com/x",
    title="Un titre",
    source="mastodon-fr",
    url="https://news.example.org/1",
    author=Author(handle="@Rider@social.example"),
    links=("https://www.other.example/veloria-page",),
)


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("author:rider", True),
        ("author:@rider@social.example", True),
        ("author:rid*", True),
        ("author:ride", False),
        ("author:rider@evil.example", False),
        ("source:mastodon-fr", True),
        ("source:mastodon*", True),
        ("source:mastodon", False),
        ("site:example.org", True),
        ("site:example.com", False),
        ("links:example.com", True),
        ("links:other.example", True),
        ("links:example.org", False),
        ("lang:fr", True),
        ("lang:en", False),
        ("titre", True),
        ("page", False),
        ("other", True),
        ('"titre ma"', False),
        ("titre NEAR/100 veloria", False),
    ],
)
def test_fields_and_the_parts_of_a_mention(query: str, holds: bool) -> None:
    assert (query_matches(parse_query(query), MENTION) is not None) == holds


def test_a_mixed_text_is_in_both_languages() -> None:
    mixed = post("Very nice le vélo, j'aime ça but it is too expensive for me and my wife")
    assert query_matches(parse_query("lang:fr"), mixed) is not None
    assert query_matches(parse_query("lang:en"), mixed) is not None
    assert query_matches(parse_query("lang:mixed"), mixed) is not None


def test_the_words_are_the_posts_own_in_its_order_and_each_once() -> None:
    found = query_matches(parse_query("recall (velo* OR 😡)"), post("😡 VÉLORIA's Recall, véloria 😡"))
    assert found == ("😡", "VÉLORIA", "Recall", "véloria")


def test_a_hashtag_is_told_once() -> None:
    assert query_matches(parse_query("veloria"), post("#Veloria")) == ("#Veloria",)
    assert query_matches(parse_query("veloria"), post("#VeloriaRecall")) == ("Veloria",)


def test_what_is_not_there_shows_no_words() -> None:
    assert query_matches(parse_query("source:example NOT veloria"), post("rien")) == ()


def test_a_flood_of_words_is_cut() -> None:
    text = " ".join(f"velo{number}" for number in range(3_000))
    assert len(query_matches(parse_query("velo*"), post(text)) or ()) == 20


def test_an_explanation_tells_each_part() -> None:
    trace = explain_query(parse_query("véloria (feu OR fire) NOT lang:en"), MENTION)
    assert not trace.held
    brand, either, negated = trace.parts
    assert (brand.condition, brand.saw, brand.held) == ("veloria", "Véloria", True)
    assert (either.condition, either.held) == ("any of", False)
    assert [part.condition for part in either.parts] == ["feu", "fire"]
    assert negated.held
    assert (negated.parts[0].condition, negated.parts[0].saw) == ("lang:en", "fr")


def test_hostile_repetition_is_bounded() -> None:
    text = "veloria " * 5_000
    phrase = '"' + "veloria " * 50 + '"'
    assert query_matches(parse_query(phrase), post(text)) is not None
    assert query_matches(parse_query("veloria NEAR/100 (veloria OR velo*)"), post(text)) is not None
