"""Who is on call now, who is next, and what is told beforehand."""

import textwrap

import pytest

from monitor.yaml_document import Document, load_document, validate
from routing.schedule import Schedule
from routing.schedule_now import NowAndNext, gaps_ahead, nobody_ever, now_and_next
from routing.settings import RoutingSettings
from tests.routing.schedule_samples import layer, utc
from tests.routing.test_schedule_settings import FRAME

NOW = utc("2026-02-06 12:00")
SPRING = utc("2026-04-03 11:00")
FEAST = "{person: bo, start: 2026-06-24, end: 2026-06-25}"


def test_until_when_and_who_is_next() -> None:
    found = now_and_next(Schedule("r", (layer("ana", "bo", zone="UTC", since="2026-02-02"),)), NOW)
    assert (found.people, found.until) == (("ana",), utc("2026-02-09 09:00"))
    assert found.next is not None
    assert (found.next.people, found.next.start) == (("bo",), utc("2026-02-09 09:00"))
    assert found.relief == found.next


def test_with_a_gap_the_next_one_comes_later() -> None:
    office = layer(
        "ana", "bo", zone="UTC", since="2026-01-26", every="2 weeks", only=("weekdays 08:00-18:00",)
    )
    found = now_and_next(Schedule("r", (office,)), utc("2026-02-02 12:00"))
    assert (found.people, found.until) == (("ana",), utc("2026-02-02 18:00"))
    assert found.next is not None
    assert (found.next.people, found.next.start) == (("ana",), utc("2026-02-03 08:00"))
    assert found.relief is not None
    assert (found.relief.people, found.relief.start) == (("bo",), utc("2026-02-09 09:00"))


@pytest.mark.parametrize("people", [("ana",), ()])
def test_nothing_changes_for_ever(people: tuple[str, ...]) -> None:
    found = now_and_next(Schedule("r", (layer(*people, zone="UTC", since="2026-02-02"),)), NOW)
    assert found == NowAndNext(people, None, None, None)


def rotation(text: str) -> tuple[Document, RoutingSettings]:
    """A rotation that fits the frame, in a whole configuration: it starts on the line after FRAME."""
    whole = "routing:\n" + textwrap.indent(FRAME + f"  - {text}\n", "  ")
    document = load_document("tocsin.yaml", whole)
    return document, validate(load_document("routing.yaml", FRAME + f"  - {text}\n"), RoutingSettings)


@pytest.mark.parametrize(
    ("text", "never", "gap"),
    [
        ("{id: week, layers: [{people: [ana]}]}", "", ""),
        ("{id: week}", "nobody is on call in the next 90 days", ""),
        ("{id: week, layers: [{people: []}]}", "nobody is on call in the next 90 days", ""),
        ("{id: week, gaps_are_meant: true}", "nobody is on call in the next 90 days", ""),
        ("{id: week, layers: [{people: [ana], since: 2027-01-01}]}", "look at since and holidays", ""),
        (
            "{id: week, time_zone: America/Montreal, layers: [{people: [ana], only: ['weekdays 08:00-18:00']}]}",
            "",
            "from 2026-04-03 07:00 to 2026-04-03 08:00 (America/Montreal), and 64 times more",
        ),
        ("{id: week, gaps_are_meant: true, layers: [{people: [ana], only: ['09:00-10:00']}]}", "", ""),
        (
            "{id: week, layers: [{people: [ana], off_on: [quebec]}]}",
            "",
            "from 2026-06-24 00:00 to 2026-06-25 00:00 (UTC)",
        ),
        ("{id: week, layers: [{people: [ana], off_on: [quebec]}], overrides: [" + FEAST + "]}", "", ""),
    ],
)
def test_what_is_told_beforehand(text: str, never: str, gap: str) -> None:
    document, settings = rotation(text)
    for expected, found in (
        (never, nobody_ever(document, settings, SPRING)),
        (gap, gaps_ahead(document, settings, SPRING)),
    ):
        assert len(found) == (1 if expected else 0)
        for problem in found:
            assert expected in str(problem)
            assert (problem.line, problem.column) == (FRAME.count("\n") + 2, len("    - ") + 1)
