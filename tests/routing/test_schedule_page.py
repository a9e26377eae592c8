"""The worked examples of docs/oncall.md do what the page says."""

import re
from pathlib import Path

import pytest

from monitor.yaml_document import load_document, validate
from routing.schedule import Schedule, on_call
from routing.schedule_build import build_schedule
from routing.schedule_shifts import gaps
from routing.settings import RoutingSettings
from tests.routing.schedule_samples import END, utc

PAGE = (Path(__file__).parents[2] / "docs" / "oncall.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\nrouting:\n(.*?)```", PAGE, re.DOTALL)
PEOPLE = ("comms-on-call", "comms-lead", "it-on-call", "paris-on-call", "paris-lead", "duty-manager")
FRAME = """\
  people:
{people}
  catch_all: [duty-manager]
  links: {{secret: "env:TOCSIN_LINK_SECRET"}}
"""
OTHERS = "    {}: {{chain: [{{people: [duty-manager]}}]}}\n"


def example(number: int) -> Schedule:
    """The example as the only rotation of a configuration in which the other departments page the duty manager."""
    text = EXAMPLES[number]
    people = "\n".join(
        f"    - {{id: {one}, name: {one}, targets: [{{kind: terminal, name: {one}-t}}]}}" for one in PEOPLE
    )
    others = "".join(OTHERS.format(name) for name in ("comms", "legal", "it") if f"    {name}:\n" not in text)
    whole = FRAME.format(people=people) + text + others
    settings = validate(load_document("tocsin.yaml", whole), RoutingSettings)
    return build_schedule(settings.rotations[0], settings.holidays)


@pytest.mark.parametrize(
    ("when", "person"),
    [
        ("2026-11-18 15:00", "comms-lead"),
        ("2026-11-25 15:00", "comms-lead"),  # swapped with the week after
        ("2026-12-02 15:00", "comms-on-call"),
        ("2026-12-09 15:00", "comms-on-call"),
        ("2026-11-25 23:00", None),  # 18:00 in Montreal
        ("2026-11-28 15:00", None),
        ("2026-12-25 15:00", None),
        ("2026-12-30 03:00", "duty-manager"),  # an override also holds at night
        ("2027-01-05 16:00", "duty-manager"),
        ("2027-01-05 03:00", None),
    ],
)
def test_the_team_in_montreal(when: str, person: str | None) -> None:
    assert on_call(example(0), utc(when)) == (() if person is None else (person,))


def test_montreal_and_paris_leave_no_gap() -> None:
    assert gaps(example(1), utc("2026-01-05 17:00"), END) == ()


@pytest.mark.parametrize(
    ("when", "person"),
    [
        ("2026-02-04 06:59", "it-on-call"),
        ("2026-02-04 07:00", "paris-on-call"),
        ("2026-02-05 07:00", "paris-lead"),
        ("2026-02-04 17:00", "it-on-call"),
        ("2026-03-18 07:00", "paris-on-call"),  # Montreal has changed its clocks, Paris has not yet
        ("2026-03-18 17:00", "it-on-call"),
        ("2026-04-01 05:59", "it-on-call"),
        ("2026-04-01 06:00", "paris-on-call"),
    ],
)
def test_montreal_and_paris(when: str, person: str) -> None:
    assert on_call(example(1), utc(when)) == (person,)
