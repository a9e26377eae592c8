"""Teams never confirms a critical page alone, and apprise pages nobody."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from monitor.errors import ConfigErrors
from monitor.yaml_document import load_document, validate
from routing.outcome import Delivered
from routing.results import after_attempt
from routing.router import Router
from routing.settings import RoutingSettings
from routing.target_rules import confirms_nothing
from tests.routing.scenes import START, MakeScene, finding, settings

TEAMS = {"kind": "teams", "name": "flow", "url": "env:FLOW"}
APPRISE = {"kind": "apprise", "name": "fan-out", "url": "env:FAN_OUT"}
TERMINAL = {"kind": "terminal", "name": "screen"}


def configured(person: str, *targets: dict[str, str], **changes: Any) -> RoutingSettings:
    raw = {**settings().model_dump(), **changes}
    for one in raw["people"]:
        if one["id"] == person:
            one["targets"] = targets
    return RoutingSettings.model_validate(raw)


@pytest.mark.parametrize("person", ["comms-oncall", "comms-lead", "duty"])
@pytest.mark.parametrize(
    ("targets", "told"),
    [
        ((TEAMS,), "by teams alone"),
        ((TEAMS, {**TEAMS, "name": "flow-2"}), "by teams alone"),
        ((APPRISE,), "apprise only informs"),
        ((APPRISE, TERMINAL), "apprise only informs"),
    ],
)
def test_what_cannot_page_is_refused_for_whoever_is_paged(
    person: str, targets: tuple[dict[str, str], ...], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        configured(person, *targets)


def test_no_apprise_at_all_where_the_chain_ends() -> None:
    configured("comms-lead", TERMINAL, APPRISE)
    with pytest.raises(ValueError, match="is in catch_all: take this target out"):
        configured("duty", TERMINAL, APPRISE)


def test_whoever_is_only_informed_may_have_either_alone() -> None:
    raw = settings().model_dump()
    reader = {"id": "reader", "name": "Reader", "targets": [APPRISE]}
    raw["departments"]["comms"]["informed"] = ("reader",)
    RoutingSettings.model_validate({**raw, "people": [*raw["people"], reader]})


def test_a_preference_by_severity_counts() -> None:
    raw = settings().model_dump()
    raw["people"][0]["targets"] = [TERMINAL, APPRISE]
    raw["people"][0]["by_severity"] = {"warning": ["fan-out"]}
    with pytest.raises(ValueError, match="apprise only informs"):
        RoutingSettings.model_validate(raw)


def test_the_place_of_the_mistake_is_told(tmp_path: Path) -> None:
    """``tocsin check`` shows file, line and column."""
    file = tmp_path / "routing.yaml"
    chain = "{chain: [{people: [one]}]}"
    file.write_text(
        "people:\n"
        "  - id: one\n"
        "    name: One\n"
        "    targets:\n"
        '      - {kind: teams, name: flow, url: "env:FLOW"}\n'
        f"departments: {{comms: {chain}, legal: {chain}, it: {chain}}}\n"
        "catch_all: [one]\n"
        'links: {secret: "env:SECRET"}\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigErrors) as caught:
        validate(load_document(file), RoutingSettings)
    (problem,) = caught.value.problems
    assert (problem.line, "add a target of another kind" in str(problem)) == (5, True)


def row(**changes: Any) -> SimpleNamespace:
    values = {"channel": "teams", "severity": "critical", "transition": "opened"}
    return SimpleNamespace(
        **{**values, "person": "comms-oncall", "target_number": 0, "attempts": 1, **changes}
    )


@pytest.mark.parametrize(
    ("changes", "nothing"),
    [
        ({}, True),
        ({"transition": "escalated"}, True),
        ({"severity": "warning"}, False),
        ({"transition": "informed"}, False),
        ({"channel": "slack"}, False),
    ],
)
def test_whose_yes_confirms_nothing(changes: dict[str, str], nothing: bool) -> None:
    assert confirms_nothing(row(**changes)) == nothing
    told = after_attempt(settings(), row(**changes), Delivered(), START, deduplicates=False)
    assert (told["state"], told.get("target")) == (
        ("pending", "comms-oncall-2") if nothing else ("sent", None)
    )


def test_the_last_target_is_sent_all_the_same() -> None:
    told = after_attempt(settings(), row(target_number=1), Delivered(), START, deduplicates=False)
    assert told["state"] == "sent"


async def test_a_critical_page_that_teams_queued_also_goes_to_the_next_target(scene: MakeScene) -> None:
    """Row 13: MicrosoftDocs/msteams-docs#11274 and #1810, a yes and no card."""
    one = scene()
    with_teams = configured(
        "comms-oncall", {**TEAMS, "name": "comms-oncall-1"}, {**TERMINAL, "name": "comms-oncall-2"}
    )
    router = Router(one.store, with_teams, one.channels, one.clock, one.signer)
    await router.accept([finding(severity="critical")])
    await one.settle(router)
    assert one.paged() == {"comms-oncall-1": 1, "comms-oncall-2": 1}
    (view,) = await router.incidents()
    assert view.messages[0].state == "sent"
    sent = [entry.detail for entry in view.history if entry.what == "sent"]
    assert [detail.split()[0] for detail in sent] == ["comms-oncall-1", "comms-oncall-2"]
    await router.accept([finding(first="bluesky:2", severity="warning")])
    await one.settle(router)
    assert one.paged() == {"comms-oncall-1": 2, "comms-oncall-2": 1}
