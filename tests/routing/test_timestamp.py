"""Stamps of an authority made with openssl are understood; what is no stamp of this data is not taken for one."""

from pathlib import Path

import pytest

from monitor.errors import RefuseToStart
from routing.timestamp import BadStamp, Stamped, check_stamp, read_authority, request_stamp
from routing.timestamp_client import Authority
from routing.timestamp_settings import TimestampSettings
from tests.routing.authority import LocalAuthority, make_authority, served

DATA = '{"what":"sealed é"}'.encode()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return make_authority(tmp_path_factory.mktemp("authority") / "one")


def test_a_stamp_of_openssl_is_good(authority: LocalAuthority) -> None:
    request = request_stamp(DATA)
    answer = authority.answer(request.as_bytes())
    trusted = read_authority(authority.root)
    assert isinstance(check_stamp(answer, DATA, trusted, request), Stamped)
    assert isinstance(check_stamp(answer, DATA, trusted), Stamped)  # years later, without the request


def test_what_is_no_stamp_of_the_data_is_refused(authority: LocalAuthority, tmp_path: Path) -> None:
    request = request_stamp(DATA)
    answer = authority.answer(request.as_bytes())
    trusted = read_authority(authority.root)
    other = read_authority(make_authority(tmp_path / "other").root)
    assert isinstance(check_stamp(answer, DATA + b"!", trusted), BadStamp)
    assert isinstance(check_stamp(answer, DATA, other), BadStamp)
    assert isinstance(check_stamp(answer, DATA, trusted, request_stamp(DATA)), BadStamp)  # another nonce
    for broken in (b"", b"<html>", answer[:-40], answer[: len(answer) // 2], b"\x30\x03\x02\x01\x02"):
        assert isinstance(check_stamp(broken, DATA, trusted), BadStamp)
    flipped = bytearray(answer)
    flipped[-5] ^= 1
    assert isinstance(check_stamp(bytes(flipped), DATA, trusted), BadStamp)


async def test_an_authority_is_asked_over_http(authority: LocalAuthority) -> None:
    with served(lambda query: (200, authority.answer(query))) as url:
        settings = TimestampSettings(url=url, certificate=authority.root, allow_private_addresses=True)
        asked = Authority(settings, Path())
        stamp = await asked.stamp(DATA)
        await asked.aclose()
    assert isinstance(stamp, bytes)
    assert isinstance(check_stamp(stamp, DATA, asked.certificates), Stamped)


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (200, b"<html>maintenance</html>"), (200, b"x" * 70_000), (302, b"")]
)
async def test_another_answer_is_no_stamp(authority: LocalAuthority, status: int, body: bytes) -> None:
    with served(lambda _: (status, body)) as url:
        settings = TimestampSettings(url=url, certificate=authority.root, allow_private_addresses=True)
        asked = Authority(settings, Path())
        assert isinstance(await asked.stamp(DATA), BadStamp)
        await asked.aclose()
    gone = Authority(settings, Path())
    assert isinstance(await gone.stamp(DATA), BadStamp)
    await gone.aclose()


def test_what_cannot_be_used_is_refused_at_the_start(authority: LocalAuthority, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no certificate", "ascii")
    with pytest.raises(RefuseToStart, match="PEM"):
        read_authority(tmp_path / "no.pem")
    with pytest.raises(RefuseToStart, match="cannot be read"):
        read_authority(tmp_path / "missing.pem")
    open_http = TimestampSettings(url="http://stamps.example/", certificate=authority.root)
    with pytest.raises(RefuseToStart, match="https"):
        Authority(open_http, Path())
