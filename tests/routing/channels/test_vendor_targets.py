"""The alert systems, tickets and telephones as they stand in a configuration."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from routing.channel import Channel
from routing.channels.closing import Closing
from routing.channels.table import TargetSettings, build_channel
from tests.routing.channels.targets import clock

READ: TypeAdapter[TargetSettings] = TypeAdapter(TargetSettings)

TWILIO = {"account": "AC" + "1" * 32, "token": "env:SECRET", "to": "+15145550100"}
TARGETS: tuple[dict[str, Any], ...] = (
    {"kind": "pagerduty", "routing_key": "env:KEY"},
    {"kind": "jira_service_management", "key": "env:SECRET"},
    {
        "kind": "jira_issue",
        "api_url": "https://a.example",
        "project": "CRISIS",
        "email": "a@b.example",
        "token": "env:SECRET",
    },
    {"kind": "servicenow", "api_url": "https://a.example", "user": "tocsin", "secret": "env:SECRET"},
    {"kind": "twilio_sms", "sender": "+15145550199", **TWILIO},
    {"kind": "twilio_voice", "sender": "+15145550199", **TWILIO},
)
ENVIRON = {"SECRET": "canary-secret", "KEY": "canary" + "0" * 26}
DEDUPLICATES = {"pagerduty", "jira_service_management"}
CLOSES = {"pagerduty", "jira_service_management", "jira_issue", "servicenow"}


def built(settings: dict[str, Any], environ: dict[str, str] | None = None) -> Channel:
    target = READ.validate_python({"name": "a-target", **settings})
    return build_channel(target, clock=clock(), environ=ENVIRON if environ is None else environ)


@pytest.mark.parametrize("settings", TARGETS, ids=lambda one: str(one["kind"]))
async def test_each_kind_builds_its_channel_and_keeps_its_secrets(settings: dict[str, Any]) -> None:
    channel = built(settings)
    assert (channel.kind, channel.target) == (settings["kind"], "a-target")
    assert channel.deduplicates == (channel.kind in DEDUPLICATES)
    assert isinstance(channel, Closing) == (channel.kind in CLOSES)
    assert "canary" not in repr(channel)
    await channel.aclose()


@pytest.mark.parametrize("settings", TARGETS, ids=lambda one: str(one["kind"]))
@pytest.mark.parametrize(
    ("change", "environ", "said"),
    [
        ({}, {}, "is not set"),
        ({}, {"SECRET": "canary secret", "KEY": "canary key"}, "a space"),
        ({}, {"SECRET": "canary\n", "KEY": "canary\n"}, "a line break"),
        ({"api_url": "http://api.example"}, ENVIRON, "https://"),
        ({"api_url": "https://canary:pw@api.example"}, ENVIRON, "user name or password"),
        ({"api_url": "https://api.example:22"}, ENVIRON, "port"),
    ],
)
def test_a_fault_names_the_target_and_no_secret(
    settings: dict[str, Any], change: dict[str, Any], environ: dict[str, str], said: str
) -> None:
    with pytest.raises(ValueError, match=rf"target a-target \({settings['kind']}\)") as caught:
        built({**settings, **change}, environ)
    assert said in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("settings", TARGETS, ids=lambda one: str(one["kind"]))
@pytest.mark.parametrize("secret", ["token", "secret", "key", "routing_key"])
def test_a_secret_never_stands_in_the_configuration(settings: dict[str, Any], secret: str) -> None:
    if secret not in settings:
        settings = {**settings, "unknown_field": "x"}
    with pytest.raises(ValueError, match=r"env:|unknown_field"):
        built({**settings, **({secret: "canary"} if secret in settings else {})})
