import pytest

from routing.channels.standard_webhooks import decode_secret, is_genuine, sign, signed_headers
from tests.routing.channels.targets import KEY, OLD_KEY, whsec

BODY = b'{"test": 2432232314}'


def test_the_published_example_of_the_scheme() -> None:
    key = decode_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("key", [KEY, OLD_KEY])
def test_while_rotating_either_key_opens_the_message(key: bytes) -> None:
    headers = signed_headers([KEY, OLD_KEY], "m1", 1_000, BODY)
    assert is_genuine(key, headers, BODY, 1_000)


@pytest.mark.parametrize(
    ("change", "body", "now"),
    [
        ({"webhook-id": "m2"}, BODY, 1_000),
        ({"webhook-timestamp": "1001"}, BODY, 1_000),
        ({"webhook-timestamp": "soon"}, BODY, 1_000),
        ({"webhook-signature": "v1,AAAA é"}, BODY, 1_000),
        ({"webhook-signature": ""}, BODY, 1_000),
        ({}, BODY + b" ", 1_000),
        ({}, BODY, 1_301),
        ({}, BODY, 699),
    ],
)
def test_whatever_is_changed_or_old_is_refused(change: dict[str, str], body: bytes, now: int) -> None:
    headers = {**signed_headers([KEY], "m1", 1_000, BODY), **change}
    assert not is_genuine(KEY, headers, body, now)


def test_another_key_is_refused() -> None:
    assert not is_genuine(OLD_KEY, signed_headers([KEY], "m1", 1_000, BODY), BODY, 1_000)


@pytest.mark.parametrize("secret", ["whsec_canary!", "canary", whsec(b"canary"), whsec(b"c" * 65), ""])
def test_a_bad_secret_is_named_but_not_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="signing secret") as caught:
        decode_secret(secret)
    assert "canary" not in str(caught.value)
