"""Folding and cutting into words."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import fold, is_host_of, link_host, links_in, short_handle, tokenize


def words(text: str) -> list[str]:
    return [token.word for token in tokenize(text) if token.width == 1]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("VÉLORIA", "veloria"),
        ("Ve\u0301loria", "veloria"),
        ("Ｖéｌｏｒｉａ", "veloria"),
        ("Ve\u200blo\u00adria\ufeff", "veloria"),
        ("Œuvre, bœuf, Cæsar", "oeuvre, boeuf, caesar"),
        ("Straße", "strasse"),
        ("l’été", "l'ete"),
        ("👍🏽", "👍"),
        ("İstanbul", "istanbul"),
    ],
)
def test_spellings_that_people_take_for_the_same_fold_to_the_same(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_the_folded_text_holds_every_folded_word(text: str) -> None:
    haystack = fold(text)
    for token in tokenize(text):
        assert token.word in haystack


@given(st.text(max_size=60))
def test_a_token_is_the_folded_text_at_its_place(text: str) -> None:
    for token in tokenize(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.word in fold(text[token.start : token.end])


@given(st.text(max_size=60))
def test_positions_never_go_back(text: str) -> None:
    positions = [token.position for token in tokenize(text) if token.kind in {"word", "emoji", "host"}]
    assert positions == sorted(positions)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L’usine d'Espagne", ["l", "usine", "d", "espagne"]),
        ("aujourd’hui, qu'aujourd'hui", ["aujourd'hui", "qu", "aujourd'hui"]),
        ("jusqu'à lorsqu’il puisqu'on", ["jusqu", "a", "lorsqu", "il", "puisqu", "on"]),
        ("Véloria's bikes, the bikes' end", ["veloria", "bikes", "the", "bikes", "end"]),
        ("I don't know O'Brien", ["i", "don't", "know", "o'brien"]),
        ("rendez-vous snake_case", ["rendez", "vous", "snake", "case"]),
        ("«\xa0Véloria\xa0»™", ["veloria"]),
        ("👩‍💻👍🏽🇫🇷", ["👩💻", "👍", "🇫🇷"]),
        ("特斯拉 ベロ", ["特", "斯", "拉", "ベ", "ロ"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("x@veloria.example", ["x", "veloria", "example"]),
        ("#1 et C++", ["1", "et", "c"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == [fold(word) for word in expected]


def test_a_camel_case_hashtag_is_its_words_and_itself() -> None:
    tokens = tokenize("#VeloriaRecall2024 ok")
    assert [(token.word, token.position, token.width, token.kind) for token in tokens] == [
        ("veloria", 0, 1, "word"),
        ("recall", 1, 1, "word"),
        ("2024", 2, 1, "word"),
        ("veloriarecall2024", 0, 3, "hashtag"),
        ("ok", 3, 1, "word"),
    ]


@pytest.mark.parametrize("text", ["a&#x27;b", "rue#veloria", "https://example.com/#veloria"])
def test_not_every_number_sign_opens_a_hashtag(text: str) -> None:
    assert all(token.kind != "hashtag" for token in tokenize(text))


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("@veloria", {"veloria"}),
        (".@Veloria!", {"veloria"}),
        ("@veloria.bsky.example,", {"veloria", "veloria.bsky.example"}),
        ("@veloria@social.example.", {"veloria", "veloria@social.example"}),
        ("@veloria_fans", {"veloria_fans"}),
        ("@veloria-c'est nul", {"veloria"}),
    ],
)
def test_handles(text: str, forms: set[str]) -> None:
    assert {token.word for token in tokenize(text) if token.kind == "handle"} == forms


def test_only_the_host_of_a_link_is_read_and_it_parts_phrases() -> None:
    text = "avant https://user:pw@www.veloria-velos.example.com:8080/recall?q=feu#x après"
    tokens = tokenize(text)
    assert [(token.word, token.kind) for token in tokens] == [
        ("avant", "word"),
        ("veloria", "host"),
        ("velos", "host"),
        ("example", "host"),
        ("apres", "word"),
    ]
    gaps = [after.position - before.position for before, after in pairwise(tokens)]
    assert gaps == [3, 1, 2, 2]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Veloria.example/a", "veloria.example"),
        ("https://veloria.example@evil.example/", "evil.example"),
        ("https://evil.example\\@veloria.example/", "evil.example"),
        ("https://veloria.example:443?x=@y", "veloria.example"),
        ("veloria.example", "veloria.example"),
        ("", ""),
    ],
)
def test_the_host_that_a_link_leads_to(url: str, host: str) -> None:
    assert link_host(url) == host


def test_a_domain_holds_its_subdomains_and_nothing_that_only_ends_alike() -> None:
    assert is_host_of("a.example.com", "example.com")
    assert not is_host_of("badexample.com", "example.com")
    assert not is_host_of("example.com", "")


def test_links_and_short_handles() -> None:
    assert links_in("voir https://a.example/x et www.b.example") == ("https://a.example/x", "www.b.example")
    assert short_handle("veloria@social.example") == short_handle("veloria.bsky.example") == "veloria"


@pytest.mark.parametrize(
    "piece", ["@", "#", "a'", "@a.", "#1", "https://", "www.", "\u0301", "👩\u200d", "#A", "_"]
)
def test_hostile_repetition_is_cut_in_one_pass(piece: str) -> None:
    assert len(tokenize(piece * 20_000)) <= 60_001
