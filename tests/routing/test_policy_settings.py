"""The ``departments:`` and ``rooms:`` of a configuration: what they become, and every mistake at its place."""

import pytest

from monitor.errors import ConfigErrors
from monitor.yaml_document import load_document, validate
from routing.escalate import freeze_chain
from routing.settings import RoutingSettings

FILE = """\
people:
  - {id: ana, name: Ana, targets: [{kind: terminal, name: t1}]}
  - {id: bo, name: Bo, targets: [{kind: terminal, name: t2}]}
rooms:
  - {id: crisis, name: Cellule de crise, language: fr, targets: [{kind: terminal, name: t3}]}
catch_all: [ana]
links: {secret: "env:TOCSIN_LINK_SECRET"}
departments:
  legal: {chain: [{people: [ana]}]}
  it: {chain: [{departments: [legal]}]}
"""
COMMS = """\
  comms:
    chain: [{people: [ana], wait: 5m}]
    repeat: 0
    policies:
      critical:
        chain:
          - {people: [ana, bo], rooms: [crisis], wait: 1m}
          - {departments: [it], wait: 2m, if_more_than: {count: 3, within: 10m}}
        repeat: 2
acknowledgements: {remind_after: 2h, reopen_after: 30m, severities: [critical]}
"""


def loaded(text: str) -> RoutingSettings:
    return validate(load_document("routing.yaml", FILE + text), RoutingSettings)


def test_each_severity_has_its_own_policy_and_the_chain_is_the_default() -> None:
    settings = loaded(COMMS)
    assert [step.people for step in freeze_chain(settings, "comms", "warning").steps] == [("ana",), ("ana",)]
    critical = freeze_chain(settings, "comms", "critical").steps
    assert len(critical) == 2 * 3 + 1
    assert critical[0].rooms == ("crisis",)
    assert critical[1].only_if is not None
    assert (critical[1].only_if.count, critical[1].only_if.of) == (3, "findings")
    assert critical[-1].people == ("ana",)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("  comms: {chain: [{people: [§eve]}]}", "unknown people: eve"),
        ("  comms: {chain: [{people: [§crisis]}]}", "crisis is a room; name it under rooms"),
        ("  comms: {chain: [{rooms: [§ana]}]}", "there is no room called ana"),
        ("  comms: {chain: [{rotations: [§week]}]}", "there is no rotation called week"),
        ("  comms: {chain: [§{wait: 5m}]}", "name at least one of them"),
        ("  comms: {chain: §[]}", "must not be empty"),
        ("  comms: {chain: [{departments: §[comms]}]}", "in a circle: comms -> comms"),
        ("  comms: {chain: [{people: [ana], if_more_than: §{count: 1}}]}", "the first step has no condition"),
        ("  comms: {chain: [{people: [ana]}], informed: [§eve]}", "unknown people: eve"),
        ("  comms: {chain: [{people: [ana]}], policies: {critical: {chain: [{people: [§eve]}]}}}", "eve"),
        ("  comms: {chain: [{people: [ana]}], repeat: §6}", "less than or equal to 5"),
    ],
)
def test_mistakes_are_told_at_their_place(line: str, message: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        loaded(line.replace("§", "") + "\n")
    assert len(caught.value.problems) == 1
    problem = caught.value.problems[0]
    assert (problem.line, problem.column) == (FILE.count("\n") + 1, line.index("§") + 1)
    assert message in str(problem)


def test_a_circle_over_two_departments_is_refused() -> None:
    text = FILE.replace("legal: {chain: [{people: [ana]}]}", "legal: {chain: [{departments: [it]}]}")
    with pytest.raises(ConfigErrors, match="legal -> it -> legal"):
        validate(load_document("routing.yaml", text + COMMS), RoutingSettings)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("catch_all: [ana]", "catch_all: [crisis]", "routing.yaml:6:13: catch_all[0]: crisis is a room"),
        ("catch_all: [ana]", "catch_all: [eve]", "routing.yaml:6:13: catch_all[0]: unknown people: eve"),
        ("catch_all: [ana]", "catch_all: []", "routing.yaml:6:12: catch_all: this must not be empty"),
        (
            "[{kind: terminal, name: t1}]",
            "[]",
            "routing.yaml:2:35: people[0].targets: this must not be empty",
        ),
        ("id: crisis", "id: ana", "routing.yaml:5:10: rooms[0].id: a person or room before has the same id"),
        ("name: t3", "name: t1", "another target is called t1 too"),
    ],
)
def test_the_catch_all_is_never_empty_and_no_name_is_given_twice(old: str, new: str, message: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        validate(load_document("routing.yaml", FILE.replace(old, new) + COMMS), RoutingSettings)
    assert any(message in str(problem) for problem in caught.value.problems)


def test_mistakes_of_all_departments_are_told_at_once() -> None:
    text = FILE.replace("[{people: [ana]}]}", "[{people: [eve]}]}").replace("[ana]\nlinks", "[eve]\nlinks")
    with pytest.raises(ConfigErrors) as caught:
        validate(
            load_document("routing.yaml", text + COMMS.replace("rooms: [crisis]", "rooms: [x]")),
            RoutingSettings,
        )
    assert len(caught.value.problems) == 3
