"""The ``rotations:`` of a configuration: what they become, and every mistake at its place."""

import textwrap
from datetime import datetime

import pytest

from monitor.errors import ConfigErrors
from monitor.yaml_document import load_document, validate
from routing.schedule import on_call
from routing.schedule_build import build_schedule
from routing.settings import RoutingSettings
from tests.routing.schedule_samples import utc

FRAME = """\
people:
  - {id: ana, name: Ana, targets: [{kind: terminal, name: t1}]}
  - {id: bo, name: Bo, targets: [{kind: terminal, name: t2}]}
  - {id: cy, name: Cy, targets: [{kind: terminal, name: t3}]}
departments:
  comms: {chain: [{rotations: [week]}, {people: [cy], wait: 5m}]}
  legal: {chain: [{people: [cy]}]}
  it: {chain: [{people: [cy]}]}
catch_all: [cy]
links: {secret: "env:TOCSIN_LINK_SECRET"}
holidays:
  quebec: [2026-06-24, 2026-12-25]
rotations:
"""
WEEK = """\
- id: week
  time_zone: America/Montreal
  layers:
    - people: [ana, bo]
      since: 2026-01-05
      handover: monday 09:00
      off_on: [quebec]
"""


def loaded(rotations: str) -> RoutingSettings:
    text = FRAME + textwrap.indent(rotations, "  ")
    return validate(load_document("routing.yaml", text), RoutingSettings)


def people_at(rotations: str, when: datetime) -> tuple[str, ...]:
    settings = loaded(rotations)
    return on_call(build_schedule(settings.rotations[0], settings.holidays), when)


def test_a_rotation_is_read() -> None:
    assert people_at(WEEK, utc("2026-01-05 14:00")) == ("ana",)
    assert people_at(WEEK, utc("2026-01-12 14:00")) == ("bo",)
    assert people_at(WEEK, utc("2026-06-24 14:00")) == ()


def test_an_override_is_local_unless_it_tells_its_distance_to_utc() -> None:
    local = WEEK + "  overrides: [{person: cy, start: 2026-11-01 01:30, end: 2026-11-01 01:45}]\n"
    held = [minute for minute in range(240) if people_at(local, _november(minute)) == ("cy",)]
    assert held == list(range(90, 165))  # from the first 01:30 to the last 01:45
    told = WEEK + "  overrides: [{person: cy, start: '2026-11-01T01:30-05:00', end: '2026-11-01T06:45Z'}]\n"
    held = [minute for minute in range(240) if people_at(told, _november(minute)) == ("cy",)]
    assert held == list(range(150, 165))


def _november(minute: int) -> datetime:
    return utc(f"2026-11-01 {4 + minute // 60:02}:{minute % 60:02}")


def test_two_turns_are_swapped() -> None:
    swapped = WEEK + "  swaps: [{turns: [2026-01-06 12:00, 2026-01-18 23:00]}]\n"
    weeks = [utc(f"2026-01-{day:02} 15:00") for day in (5, 12, 19, 26)]
    assert [people_at(swapped, week) for week in weeks] == [("bo",), ("ana",), ("ana",), ("bo",)]


def test_swaps_apply_in_order() -> None:
    twice = WEEK + "  swaps: [{turns: [2026-01-06, 2026-01-13]}, {turns: [2026-01-13, 2026-01-27]}]\n"
    weeks = [utc(f"2026-01-{day:02} 15:00") for day in (5, 12, 19, 26)]
    assert [people_at(twice, week) for week in weeks] == [("bo",), ("bo",), ("ana",), ("ana",)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("  overrides: [{person: §zoe, start: 2026-01-01, end: 2026-01-02}]", "nobody has the id zoe"),
        ("  overrides: [{person: cy, start: 2026-01-02, end: §2026-01-02}]", "not after start"),
        ("  overrides: [{person: cy, start: 2026-01-02, end: §2126-01-02}]", "the year 2126"),
        ("  swaps: [{turns: [2026-01-06, §2026-01-07]}]", "the same turn"),
        ("  swaps: [{turns: [§2026-01-01, 2026-01-07]}]", "first turn starts only on 2026-01-05 09:00"),
        ("  swaps: [{turns: [2026-01-06, 2026-01-13], layer: §night}]", "no layer called night"),
        ("  §time_zon: UTC", "did you mean 'time_zone'?"),
        ("- {id: §week}", "another rotation has the same id"),
        ("- {id: two, layers: [§{people: [ana, bo]}]}", "since is missing"),
        ("- {id: two, layers: [{people: [§eve]}]}", "nobody has the id eve"),
        ("- {id: two, layers: [{}, §{}]}", "layer 1 has the same name"),
        ("- {id: two, layers: [{off_on: [§ontario]}]}", "no list of holidays called ontario"),
        ("- {id: two, layers: [{every: day, handover: §friday 09:00}]}", "write the time alone"),
        ("- {id: two, layers: [{every: §fortnight}]}", "2 weeks"),
        ("- {id: two, layers: [{only: [§8-18]}]}", "write it as 09:00"),
        ("- {id: two, layers: [{time_zone: §Montreal}]}", "IANA"),
    ],
)
def test_mistakes_are_told_at_their_place(line: str, message: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        loaded(WEEK + line.replace("§", "") + "\n")
    assert len(caught.value.problems) == 1
    problem = caught.value.problems[0]
    assert problem.line == (FRAME + WEEK).count("\n") + 1
    assert problem.column == len("  ") + line.index("§") + 1
    assert message in str(problem)


def test_a_chain_that_names_an_unknown_rotation_is_refused_at_its_place() -> None:
    with pytest.raises(ConfigErrors) as caught:
        loaded(WEEK.replace("id: week", "id: weak"))
    assert str(caught.value).startswith("routing.yaml:6:32: departments.comms.chain[0].rotations[0]:")


def test_a_step_without_anybody_is_refused() -> None:
    with pytest.raises(ConfigErrors, match="people or rotations"):
        validate(
            load_document("routing.yaml", FRAME.replace("[{rotations: [week]},", "[{},") + WEEK),
            RoutingSettings,
        )
