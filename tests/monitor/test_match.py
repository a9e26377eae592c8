"""Many brands at once: the pre-filter must never hide a match."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.match import compile_brands, query_matches
from monitor.protocols import BrandMatch
from monitor.query import QueryError, parse_query
from monitor.settings import BrandSettings
from tests.monitor.posts import post

QUERIES = (
    "veloria",
    "velo*",
    '"velo ria"',
    "feu NOT veloria",
    "source:example",
    "NOT (NOT feu)",
    "@veloria OR #recall",
    "recall NEAR/1 velo",
    "oeuvre",
    "lang:fr feu",
)
PIECES = (
    "Véloria",
    "vélo",
    "Ria",
    "FEU",
    "#VeloRia",
    "@veloria",
    "#Recall",
    "recall",
    "œuvre",
    "le",
    "est",
    "x\u0301",
)


def brand(number: int, *queries: str, exclude: tuple[str, ...] = ()) -> BrandSettings:
    return BrandSettings(id=f"b{number}", name=f"B{number}", queries=queries, exclude=exclude)


@given(st.lists(st.sampled_from(PIECES), max_size=6), st.sampled_from((" ", "-", "\n", "")))
def test_it_finds_what_each_query_finds_alone(pieces: list[str], separator: str) -> None:
    mention = post(separator.join(pieces))
    matcher = compile_brands([brand(number, query) for number, query in enumerate(QUERIES)])
    alone = [(number, query_matches(parse_query(query), mention)) for number, query in enumerate(QUERIES)]
    assert matcher.match(mention) == tuple(
        BrandMatch(f"b{number}", words) for number, words in alone if words is not None
    )


def test_several_queries_of_a_brand_give_one_match_with_all_words() -> None:
    matcher = compile_brands([brand(1, "veloria", "vélo")])
    assert matcher.match(post("Un vélo Veloria")) == (BrandMatch("b1", ("vélo", "Veloria")),)


def test_an_exclusion_takes_the_brand_away_and_no_other() -> None:
    matcher = compile_brands([brand(1, "veloria", exclude=("tarte",)), brand(2, "veloria")])
    assert [match.brand for match in matcher.match(post("Tarte Veloria"))] == ["b2"]


def test_links_and_title_are_looked_at() -> None:
    matcher = compile_brands([brand(1, "veloria")])
    assert matcher.match(post("voir", links=("https://veloria.example.com/a",)))
    assert matcher.match(post("voir", title="VELORIA"))
    assert not matcher.match(post("voir", links=("https://example.com/veloria",)))


def test_no_brands_match_nothing() -> None:
    assert compile_brands([]).match(post("Veloria")) == ()


def test_a_wrong_query_names_the_brand() -> None:
    with pytest.raises(QueryError, match=r"^brands\.b1\.exclude\[0\]:1:1: "):
        compile_brands([brand(1, "veloria", exclude=("(tarte",))])


def test_a_thousand_brands_find_their_own() -> None:
    matcher = compile_brands([brand(number, f"marque{number}x OR chose{number}x") for number in range(1_000)])
    assert [match.brand for match in matcher.match(post("marque7x et chose993x"))] == ["b7", "b993"]
