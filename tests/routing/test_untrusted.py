import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from routing.untrusted import (
    ELLIPSIS,
    Size,
    Untrusted,
    agreed,
    clean,
    defang,
    inert,
    inert_line,
    truncate,
    utf8_size,
    utf16_size,
)
from tests.routing.channels.hostile import FAMILY, PAYLOADS

ANY_TEXT = st.text(st.characters(codec=None), max_size=200)
INVISIBLE = regex.compile(r"[\p{Cc}\p{Cs}\p{Bidi_Control}]")


def test_it_cannot_be_printed_joined_or_logged_by_accident() -> None:
    text = Untrusted("<!channel>")
    with pytest.raises(TypeError, match="inert"):
        str(text)
    with pytest.raises(TypeError, match="inert"):
        f"{text}"
    assert repr(text) == "Untrusted(10 characters)"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\x1b[2Jb", "a[2Jb"),
        ("gpj\u202eexe.", "gpjexe."),
        ("in\u200bvi\u2060si\ufeffble", "invisible"),
        ("e\u0301", "é"),
        ("\ud83d seul", "\ufffd seul"),
        ("\ud83d\udca9", "💩"),
        ("Z" + "\u0301" * 50, "Ź" + "\u0301" * 4),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("a" + " " * 500 + "b", "a b"),
        ("a\u200db", "ab"),
        ("x\ufe0f", "x"),
        ("❤️ 1️⃣", "❤️ 1️⃣"),
        (FAMILY, FAMILY),
        ("👩🏽‍🚀", "👩🏽‍🚀"),
    ],
)
def test_deceptive_characters_go_and_emoji_stay(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("voir https://evil.example/a.b?c", "voir hxxps://evil[.]example/a.b?c"),
        ("HTTP://EVIL.EXAMPLE", "hxxp://EVIL[.]EXAMPLE"),
        ("https://аpple.example/", "hxxps://xn--pple-43d[.]example/"),
        ("https://a@evil.example:8080/", "hxxps://a@evil[.]example:8080/"),
        ("https://x.example/?u=https://y.example", "hxxps://x[.]example/?u=hxxps://y[.]example"),
        ("ftp://evil.example", "ftp[:]//evil[.]example"),
        ("www.evil.example", "www[.]evil[.]example"),
        ("cycliste@evil.example", "cycliste@evil[.]example"),
        ("evil．example", "evil[.]example"),
        ("3.14 et v2.0.1, puis rien. Fin", "3.14 et v2.0.1, puis rien. Fin"),
    ],
)
def test_addresses_in_a_text_are_defanged(raw: str, shown: str) -> None:
    assert inert(Untrusted(raw), 500) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://social.example/@a/1", "hxxps://social[.]example/@a/1"),
        ("javascript:alert(1)", "javascript[:]alert(1)"),
        ("data:text/html,x", "data[:]text/html,x"),
        ("https://evil.example/\u202ex\n y", "hxxps://evil[.]example/x y"),
    ],
)
def test_an_address_is_shown_as_text(url: str, shown: str) -> None:
    assert defang(Untrusted(url)) == shown


def test_what_was_agreed_keeps_its_own_addresses() -> None:
    assert agreed("Voir https://veloria.example/securite", 100) == "Voir https://veloria.example/securite"


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(ANY_TEXT)
def test_inert_text_is_valid_visible_and_has_no_live_scheme(text: str) -> None:
    shown = inert(Untrusted(text), 150)
    shown.encode()
    assert len(shown) <= 150
    assert not INVISIBLE.search(shown.replace("\n", ""))
    assert "\n" not in inert_line(Untrusted(text), 150)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_keeps_a_live_address_or_a_control(payload: str) -> None:
    shown = inert(Untrusted(payload), 2_000)
    assert not regex.search(r"(?i)\bhttps?://|\bwww\.", shown)
    assert "evil.example" not in shown.lower()
    assert not INVISIBLE.search(shown.replace("\n", ""))


@pytest.mark.parametrize("size", [len, utf16_size, utf8_size])
def test_a_family_is_never_cut_in_two(size: Size) -> None:
    text = f"ab{FAMILY}{FAMILY}c"
    for limit in range(size(text) + 2):
        cut = truncate(text, limit, size)
        assert size(cut) <= limit
        rest = cut.removesuffix(ELLIPSIS) if cut != text else cut
        assert rest.replace(FAMILY, "").strip("abc") == ""


@given(ANY_TEXT, st.integers(0, 60), st.sampled_from([len, utf16_size, utf8_size]))
def test_a_cut_text_fits_and_begins_like_the_whole(text: str, limit: int, size: Size) -> None:
    cut = truncate(text, limit, size)
    assert size(cut) <= limit
    assert cut == text or text.startswith(cut.removesuffix(ELLIPSIS))
