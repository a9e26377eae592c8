"""Links: what was signed comes back, everything else is refused, and weak secrets never start."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock import ManualClock
from monitor.errors import ConfigErrors
from routing.links import BadLink, LinkClaims, LinkSigner
from routing.settings import LinkSettings

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ENVIRON = {"NEW": "n" * 32, "OLD": "o" * 32, "SHORT": "s" * 15}
SETTINGS = LinkSettings(secret="env:NEW", base_url="https://tocsin.example/")


def signer(
    settings: LinkSettings = SETTINGS,
    clock: ManualClock | None = None,
    environ: Mapping[str, str] = ENVIRON,
) -> LinkSigner:
    return LinkSigner(settings, clock or ManualClock(START), environ)


def claims(expires: datetime = START + timedelta(hours=1)) -> LinkClaims:
    return LinkClaims("0123abc", 2, "legal", "legal-on-call", 1, expires)


def token_of(url: str) -> str:
    return url.removeprefix("https://tocsin.example/p/")


def test_what_was_signed_comes_back() -> None:
    url = signer().sign(claims())
    assert url.startswith("https://tocsin.example/p/")
    assert signer().verify(token_of(url)) == claims()


def test_a_link_expires() -> None:
    clock = ManualClock(START)
    token = token_of(signer(clock=clock).sign(claims()))
    clock.advance(3_599)
    assert signer(clock=clock).verify(token) == claims()
    clock.advance(1)
    assert signer(clock=clock).verify(token) == BadLink("expired")


def test_no_link_lives_longer_than_a_day() -> None:
    read = signer().verify(token_of(signer().sign(claims(START + timedelta(days=9)))))
    assert isinstance(read, LinkClaims)
    assert read.expires == START + timedelta(hours=24)


def test_both_secrets_verify_while_one_is_rotated() -> None:
    before = token_of(signer(LinkSettings(secret="env:OLD", base_url=SETTINGS.base_url)).sign(claims()))
    rotating = signer(LinkSettings(secret="env:NEW", previous_secret="env:OLD"))
    assert rotating.verify(before) == claims()
    assert signer().verify(before) == BadLink("forged")
    assert signer().verify(token_of(signer().sign(claims()))) == claims()


@given(st.integers(min_value=0, max_value=10_000), st.integers(min_value=1, max_value=127))
def test_no_changed_character_passes(position: int, shift: int) -> None:
    token = token_of(signer().sign(claims()))
    at = position % len(token)
    changed = token[:at] + chr((ord(token[at]) + shift) % 128) + token[at + 1 :]
    assert isinstance(signer().verify(changed), BadLink)


@given(st.text(max_size=300))
def test_any_text_is_refused_without_an_error(text: str) -> None:
    assert isinstance(signer().verify(text), BadLink)


def test_an_overlong_token_is_malformed() -> None:
    assert signer().verify("a" * 100_000) == BadLink("malformed")


def test_a_payload_under_another_signature_is_forged() -> None:
    first, second = (
        token_of(signer().sign(claims())),
        token_of(signer().sign(claims(START + timedelta(hours=2)))),
    )
    assert signer().verify(first.split(".")[0] + "." + second.split(".")[1]) == BadLink("forged")


def test_all_faults_of_the_configuration_come_at_once() -> None:
    settings = LinkSettings(secret="env:SHORT", previous_secret="env:MISSING", base_url="ftp://x")
    with pytest.raises(ConfigErrors) as caught:
        signer(settings)
    text = str(caught.value)
    assert "shorter than 16 bytes" in text
    assert "MISSING is not set" in text
    assert "base_url" in text
    assert "s" * 15 not in text


def test_a_signer_never_shows_its_secret() -> None:
    assert "n" * 32 not in repr(signer()._keys)
