import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from connectors.standard_webhooks import Refusal, Verified, decode_secret, sign, verify

NOW = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)
KEY, OTHER = b"k" * 32, b"o" * 32
STAMP = str(int(NOW.timestamp()))
BODY = '{"mentions": ["é"]}'.encode()


def headers(signature: str | None = None, stamp: str = STAMP, delivery_id: str = "msg_1") -> dict[str, str]:
    signed = sign(KEY, delivery_id, stamp, BODY) if signature is None else signature
    return {"webhook-id": delivery_id, "webhook-timestamp": stamp, "webhook-signature": signed}


def test_a_published_example_of_the_scheme() -> None:
    key = decode_secret(SecretStr("whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()))
    assert key == b"0123456789abcdef01234567"
    assert sign(key, "msg_1", "1614265330", b'{"test": 2432232314}').startswith("v1,")


def test_a_signed_delivery_passes() -> None:
    assert verify(headers(), BODY, [KEY], NOW) == Verified("msg_1")


def test_either_of_two_secrets_passes_and_either_of_two_signatures() -> None:
    assert verify(headers(), BODY, [OTHER, KEY], NOW) == Verified("msg_1")
    both = sign(OTHER, "msg_1", STAMP, BODY) + " " + sign(KEY, "msg_1", STAMP, BODY)
    assert verify(headers(both), BODY, [KEY], NOW) == Verified("msg_1")


@pytest.mark.parametrize(
    ("given_headers", "body", "refusal"),
    [
        (headers(sign(OTHER, "msg_1", STAMP, BODY)), BODY, "wrong_signature"),
        (headers(), BODY.replace(b" ", b""), "wrong_signature"),
        (headers(), BODY + b" ", "wrong_signature"),
        (headers(sign(KEY, "msg_2", STAMP, BODY)), BODY, "wrong_signature"),
        (headers(sign(KEY, "msg_1", STAMP, BODY).replace("v1,", "v1a,")), BODY, "wrong_signature"),
        (headers(stamp=str(int(STAMP) - 301)), BODY, "bad_timestamp"),
        (headers(stamp=str(int(STAMP) + 301)), BODY, "bad_timestamp"),
        (headers(stamp="now"), BODY, "bad_timestamp"),
        (headers(stamp=""), BODY, "missing_header"),
        (headers(""), BODY, "missing_header"),
        (headers(delivery_id=""), BODY, "missing_header"),
        (headers(delivery_id="a.b"), BODY, "missing_header"),
        ({}, BODY, "missing_header"),
    ],
)
def test_what_is_refused(given_headers: dict[str, str], body: bytes, refusal: Refusal) -> None:
    assert verify(given_headers, body, [KEY], NOW) == refusal


@pytest.mark.parametrize("skew", [-300, 300])
def test_the_tolerance_is_five_minutes(skew: int) -> None:
    assert isinstance(verify(headers(stamp=str(int(STAMP) + skew)), BODY, [KEY], NOW), Verified)


@pytest.mark.parametrize(
    "secret", ["", "c2VjcmV0", "whsec_!!!", "whsec_c2hvcnQ=", "whsec_" + base64.b64encode(b"x" * 65).decode()]
)
def test_secrets_that_are_refused_without_showing_them(secret: str) -> None:
    with pytest.raises(ValueError, match="webhook secret") as caught:
        decode_secret(SecretStr(secret))
    assert not secret or secret not in str(caught.value)


@given(
    st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()),
    st.binary(),
)
def test_nothing_unsigned_passes(given_headers: dict[str, str], body: bytes) -> None:
    assert not isinstance(verify(given_headers, body, [KEY], NOW), Verified)
