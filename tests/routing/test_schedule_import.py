"""Calendar events as overrides."""

from datetime import timedelta

import pytest

from monitor.errors import ConfigErrors
from monitor.yaml_document import load_document, validate
from routing.ical_reading import read_events
from routing.schedule import on_call
from routing.schedule_build import build_schedule
from routing.schedule_import import Imported, as_yaml, overrides_of
from routing.settings import RoutingSettings
from tests.routing.schedule_samples import utc
from tests.routing.test_ical_reading import calendar
from tests.routing.test_schedule_settings import FRAME, WEEK, loaded


def imported(settings: RoutingSettings, *lines: str, rotation: str | None = None) -> list[Imported]:
    return list(overrides_of(read_events(calendar(*lines), "c.ics"), settings, "c.ics", rotation))


@pytest.mark.parametrize("title", ["cy", "Cy", "CY (in place of Bo)", "cy "])
def test_the_title_names_the_person(title: str) -> None:
    found = imported(loaded(WEEK), f"SUMMARY:{title}", "DTSTART:20261224", "DTEND:20261225")
    assert found == [Imported("week", utc("2026-12-24 05:00"), utc("2026-12-25 05:00"), "cy")]


def test_an_event_says_its_rotation_or_it_is_said_for_it() -> None:
    two = loaded(WEEK + "- {id: night, time_zone: Europe/Paris}\n")
    event = ("SUMMARY:Cy", "DTSTART:20261224")
    assert imported(two, *event, rotation="night")[0].start == utc("2026-12-23 23:00")
    assert imported(two, *event, "X-TOCSIN-ROTATION:week", rotation="night")[0].rotation == "week"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("SUMMARY:Zoe", "DTSTART:20261224"), "c.ics:3:1: the title 'Zoe' names nobody"),
        (("DTSTART:20261224",), "names nobody"),
        (
            ("SUMMARY:Cy", "DTSTART:20261224", "X-TOCSIN-ROTATION:day"),
            "no rotation called 'day'; there are: week",
        ),
        (("SUMMARY:Cy", "DTSTART:20261224", "DTEND:20261223"), "does not end after it starts"),
    ],
)
def test_events_that_cannot_be_used(lines: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigErrors, match=r"c\.ics:3") as caught:
        imported(loaded(WEEK), *lines)
    assert message in str(caught.value)


def test_an_override_in_place_of_one_person_is_not_the_same() -> None:
    there = "  overrides: [{person: cy, start: 2026-12-24, end: 2026-12-25, replaces: bo}]\n"
    assert len(imported(loaded(WEEK + there), "SUMMARY:Cy", "DTSTART:20261224")) == 1
    assert (
        imported(loaded(WEEK + there.replace(", replaces: bo", "")), "SUMMARY:Cy", "DTSTART:20261224") == []
    )


def test_which_rotation_is_asked_for_where_there_are_several() -> None:
    with pytest.raises(ConfigErrors, match="--rotation: week, night"):
        imported(loaded(WEEK + "- {id: night}\n"), "SUMMARY:Cy", "DTSTART:20261224")


def test_what_is_printed_means_what_was_imported_and_is_not_imported_again() -> None:
    """Also where a local time comes twice, which local times alone could not tell."""
    spans = [
        Imported("week", start, start + timedelta(minutes=90), "cy")
        for start in (utc("2026-07-01 12:00"), utc("2026-11-01 04:30"), utc("2026-11-01 06:15"))
    ]
    settings = loaded(WEEK)
    lines = as_yaml(settings.rotations[0], spans)
    assert lines.startswith("- person: cy\n  start: 2026-07-01 08:00\n  end: 2026-07-01 09:30\n")
    text = FRAME + "".join(f"  {line}\n" for line in [*WEEK.splitlines(), "  overrides:"])
    text += "".join(f"      {line}\n" for line in lines.splitlines())
    again = validate(load_document("routing.yaml", text), RoutingSettings)
    schedule = build_schedule(again.rotations[0], again.holidays)
    for one in spans:
        edges = (one.start - timedelta(seconds=1), one.start, one.end - timedelta(seconds=1), one.end)
        assert [on_call(schedule, edge) == ("cy",) for edge in edges] == [False, True, True, False]
    event = ("SUMMARY:Cy", "DTSTART:20261101T061500Z", "DTEND:20261101T074500Z")
    assert len(imported(settings, *event)) == 1
    assert imported(again, *event) == []
