import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.similarity import MAX_WORDS, NearCopies, Signature, signature_of, words_that_count
from tests.monitor.a_reading import BRAKES

PLAIN = "la batterie de mon vélo véloria a pris feu dans le garage cette nuit"


def sign(text: str) -> Signature:
    signature = signature_of(text)
    assert signature is not None
    return signature


def near(one: str, other: str) -> bool:
    return sign(one).is_near(sign(other))


@pytest.mark.parametrize(
    "copy",
    [
        "La batterie de mon vélo Véloria a pris feu dans le garage cette nuit !!!",
        "LA BATTERIE DE MON VELO VELORIA A PRIS FEU DANS LE GARAGE CETTE NUIT",
        "RT @temoin: la batterie de mon vélo véloria a pris feu dans le garage cette nuit",
        "la batterie de mon vélo #véloria a pris feu dans le garage cette nuit 😱🔥",
        "la batterie de mon vélo véloria a pris feu dans le garage cette nuit via @temoin",
        "@ami @autre@serveur.example la batterie de mon vélo véloria a pris feu dans le garage cette nuit",
        "la batterie de mon vélo véloria a pris feu dans le garage cette nuit https://a.example/x?y=1",
    ],
)
def test_what_is_changed_when_a_text_is_passed_on_does_not_count(copy: str) -> None:
    assert words_that_count(copy) == words_that_count(PLAIN)
    assert sign(copy).data == sign(PLAIN).data


@pytest.mark.parametrize(
    "copy",
    [
        "la batterie de ma Véloria a pris feu dans le garage cette nuit",
        "Attention : la batterie de mon vélo véloria a pris feu dans le garage cette nuit, faites gaffe",
    ],
)
def test_a_text_with_a_few_other_words_is_a_near_copy(copy: str) -> None:
    assert near(copy, PLAIN)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("le service de véloria est vraiment génial", "le service de véloria est vraiment nul"),
        ("I love my new Véloria bike so much", "I hate my new Véloria bike so much"),
        (PLAIN, BRAKES),
        (BRAKES, "The brakes of a Véloria are the best that I ever had on a steep hill"),
    ],
)
def test_other_texts_about_the_same_thing_are_not(one: str, other: str) -> None:
    assert not near(one, other)


@pytest.mark.parametrize(
    "text", ["", "lol", "Véloria 😂😂", "so good @veloria https://a.example/a/b/c", "#a #b #c #d"]
)
def test_a_text_of_few_words_copies_nobody(text: str) -> None:
    assert signature_of(text) is None


def test_signs_of_scripts_without_spaces_are_words() -> None:
    assert words_that_count("新しい自転車 Véloria") == ["新", "し", "い", "自", "転", "車", "veloria"]


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    assert len(words_that_count("a " * 20_000)) == MAX_WORDS


@given(st.text(max_size=200))
def test_any_text_is_like_itself(text: str) -> None:
    signature = signature_of(text)
    if signature is not None:
        assert signature.likeness(sign(text)) == 1.0
        assert Signature(signature.data, signature.short).numbers == signature.numbers


def test_a_signature_stays_what_it_was_when_the_store_was_written() -> None:
    assert sign(BRAKES).numbers[:3] == (1798614447, 2992636733, 3282118005)


def test_the_index_finds_near_copies_with_their_likeness_until_they_are_removed() -> None:
    index: NearCopies[str] = NearCopies()
    index.add(sign(PLAIN), "fire")
    index.add(sign(PLAIN + " encore une fois"), "fire")
    index.add(sign(BRAKES), "brakes")
    assert index.near(sign(PLAIN)) == {"fire": 1.0}
    assert set(index.near(sign("Breaking news: " + BRAKES))) == {"brakes"}
    index.remove(sign(PLAIN), "fire")
    assert 0.5 <= index.near(sign(PLAIN))["fire"] < 1.0
    index.remove(sign(PLAIN + " encore une fois"), "fire")
    index.remove(sign(BRAKES), "brakes")
    assert index.near(sign(PLAIN)) == {}
    assert len(index) == 0


def test_a_phrase_that_everybody_uses_does_not_fill_the_index() -> None:
    index: NearCopies[int] = NearCopies()
    for number in range(1_000):
        index.add(sign(PLAIN), number)
    assert len(index.near(sign(PLAIN))) <= 32
