"""docs/webhook.md tells the truth: it names every field of the body, and each answer means what it says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest

from routing.channels.webhook import MAX_BODY, body_of
from routing.http import Answer
from routing.http_outcome import outcome_of_status
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, DeadTarget, RejectedPayload, RetryLater
from routing.page import Transition
from tests.routing.channels.pages import NOW, make_page

PAGE = (Path(__file__).parents[3] / "docs" / "webhook.md").read_text(encoding="utf-8")
SECTIONS = {"data.post", "data.story", "data.receipt"}  # their fields stand in one row each


def fields(value: Any, path: str = "") -> Iterator[str]:
    for name, inner in value.items():
        here = f"{path}.{name}".lstrip(".")
        nested = isinstance(inner, dict) and here not in SECTIONS
        yield from fields(inner, here) if nested else [here]


def test_every_field_of_the_body_is_on_the_page_and_nothing_else() -> None:
    page = make_page()
    body = orjson.loads(body_of(page, compose_message(page, NOW), plain=False))
    table = PAGE.partition("## The body")[2]
    for name in fields(body):
        assert f"`{name}`" in table
    for section in SECTIONS:
        (row,) = [line for line in table.splitlines() if line.startswith(f"| `{section}`")]
        told = set(row.split("|", 2)[2].split("`")[1::2])
        assert told == set(body["data"][section.removeprefix("data.")])


def test_the_sizes_and_the_types_of_events() -> None:
    assert f"{MAX_BODY:,} bytes" in PAGE
    assert all(f"`page.{transition}`" in PAGE for transition in get_args(Transition))


@pytest.mark.parametrize(
    ("row", "statuses", "meaning"),
    [
        ("| 2xx | delivered |", (200, 204), type(None)),
        ("| 429, 503 | tries again after `Retry-After`", (429, 503), RetryLater),
        (
            "| 500, 502, 504, no answer within 8 s | tries again with the same id |",
            (500, 502, 504),
            Ambiguous,
        ),
        ("| 400, 413, 422, any redirect | sends the short form once", (400, 413, 422, 302), RejectedPayload),
        ("| 401, 403, 404, 410 | takes the target for dead", (401, 403, 404, 410), DeadTarget),
    ],
)
def test_what_an_answer_means(row: str, statuses: tuple[int, ...], meaning: type) -> None:
    assert row in PAGE
    for status in statuses:
        answer = Answer(status, {}, b"", True)
        assert isinstance(outcome_of_status(answer, NOW, "reason"), meaning)
