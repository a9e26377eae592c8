from datetime import UTC, datetime

import pytest

from routing.http import Answer
from routing.http_outcome import describe, outcome_of_status, retry_after_s, url_secrets
from routing.outcome import Ambiguous, DeadTarget, RejectedPayload, RetryLater

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def answer(status: int, body: bytes = b"", **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, True)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, RejectedPayload),
        (302, RejectedPayload),
        (307, RejectedPayload),
        (400, RejectedPayload),
        (413, RejectedPayload),
        (422, RejectedPayload),
        (401, DeadTarget),
        (403, DeadTarget),
        (404, DeadTarget),
        (410, DeadTarget),
        (429, RetryLater),
        (503, RetryLater),
        (500, Ambiguous),
        (502, Ambiguous),
        (504, Ambiguous),
    ],
)
def test_each_status_has_its_outcome(status: int, expected: type) -> None:
    assert isinstance(outcome_of_status(answer(status), NOW, "why"), expected)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_success_is_left_to_the_channel(status: int) -> None:
    assert outcome_of_status(answer(status), NOW, "why") is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0),
        ("2.5", 2.5),
        ("0", 1.0),
        ("-5", 1.0),
        ("86400", 900.0),
        ("Wed, 25 Nov 2026 08:02:00 GMT", 120.0),
        ("Wed, 25 Nov 2026 07:00:00 GMT", 1.0),
        ("soon", 1.0),
        ("", 1.0),
        ("nan", 1.0),
        ("inf", 1.0),
        ("9" * 400, 1.0),
    ],
)
def test_retry_after_in_every_form(value: str, seconds: float) -> None:
    assert retry_after_s(value, NOW) == seconds


def test_the_wait_of_a_429_is_the_one_asked_for() -> None:
    outcome = outcome_of_status(answer(429, retry_after="17"), NOW, "busy")
    assert outcome == RetryLater("busy", 17.0)


def test_a_description_is_short_harmless_and_without_secrets() -> None:
    body = b"no such token \x1b[31m xoxb-secret " + b"x" * 5_000
    text = describe(answer(403, body), ["xoxb-secret", ""])
    assert text.startswith("HTTP 403 no such token [31m [secret] xxx")
    assert len(text) <= 320


def test_every_telling_part_of_a_url_is_a_secret() -> None:
    secrets = url_secrets("https://hooks.example/api/T0/abcdefgh1?sig=ijklmnop2&v=1")
    text = describe(answer(403, b"no /api/T0/abcdefgh1?sig=ijklmnop2&v=1, abcdefgh1, ijklmnop2 api"), secrets)
    assert text == "HTTP 403 no /[secret], [secret], [secret] api"
