import pytest

from routing.channels.doubles.http import Reply
from routing.channels.doubles.twilio import failed
from routing.channels.twilio_api import outcome_of_failure, refusal
from routing.http import Answer
from routing.outcome import Ambiguous, DeadTarget, RejectedPayload, RetryLater
from tests.routing.channels.pages import NOW


def answer(reply: Reply) -> Answer:
    return Answer(
        reply.status,
        {name.lower(): value for name, value in reply.headers.items()},
        reply.body,
        complete=True,
    )


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 21610, DeadTarget),
        (400, 21211, DeadTarget),
        (400, 21408, DeadTarget),
        (400, 21606, DeadTarget),
        (400, 21614, DeadTarget),
        (400, 21215, DeadTarget),
        (401, 20003, DeadTarget),
        (403, 20005, DeadTarget),
        (404, 20404, DeadTarget),
        (400, 21617, RejectedPayload),
        (400, 21658, RejectedPayload),
        (400, 21602, RejectedPayload),
        (400, 12100, RejectedPayload),
        (400, 99999, RejectedPayload),
        (429, 20429, RetryLater),
        (400, 14107, RetryLater),
        (400, 21611, RetryLater),
        (503, 20503, RetryLater),
        (500, 20500, Ambiguous),
        (500, 21610, Ambiguous),
        (502, 0, Ambiguous),
    ],
)
def test_each_code_has_its_outcome(status: int, code: int, expected: type) -> None:
    assert isinstance(refusal(answer(failed(status, code, "no")), "reason", NOW), expected)


def test_a_full_queue_is_left_alone_for_a_minute_and_belongs_to_the_sender() -> None:
    assert refusal(answer(failed(400, 21611, "full")), "full", NOW) == RetryLater("full", 60.0, "token")


def test_too_many_requests_name_their_time() -> None:
    busy = Reply(429, b"", {"Retry-After": "12"})
    assert refusal(answer(busy), "busy", NOW) == RetryLater("busy", 12.0, "account")


def test_a_success_is_no_refusal() -> None:
    assert refusal(answer(Reply(201)), "reason", NOW) is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (30003, DeadTarget),
        (30006, DeadTarget),
        (21610, DeadTarget),
        (30001, RetryLater),
        (30007, RejectedPayload),
        (None, RejectedPayload),
    ],
)
def test_what_failed_after_it_was_taken_has_its_outcome(code: int | None, expected: type) -> None:
    assert isinstance(outcome_of_failure({"error_code": code, "body": "x"}), expected)
