from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from routing.channel import Channel
from routing.channels.table import KINDS, TargetSettings, build_channel
from routing.settings import PersonSettings
from tests.routing.channels.targets import KEY, clock, whsec

READ: TypeAdapter[TargetSettings] = TypeAdapter(TargetSettings)

SLACK = {"kind": "slack", "name": "a-slack", "channel": "#alerts", "token": "env:TOKEN"}
HOOK = {"kind": "slack_webhook", "name": "a-hook", "url": "env:URL"}
MAIL = {
    "kind": "email",
    "name": "a-mail",
    "to": "a@b.example",
    "sender": "c@d.example",
    "host": "mail.example",
}
SIGNED = {"kind": "webhook", "name": "a-webhook", "url": "env:URL", "secret": "env:SECRET"}
SCREEN = {"kind": "terminal", "name": "a-terminal"}
ENVIRON = {
    "TOKEN": "xoxb-canary",
    "URL": "https://hooks.example/services/canary",
    "SECRET": whsec(KEY),
    "PASSWORD": "canary",
}


def built(settings: dict[str, Any], environ: dict[str, str] | None = None) -> Channel:
    target = READ.validate_python(settings)
    return build_channel(target, clock=clock(), environ=ENVIRON if environ is None else environ)


@pytest.mark.parametrize("settings", [SLACK, HOOK, MAIL, SIGNED, SCREEN], ids=lambda s: str(s["kind"]))
async def test_each_kind_builds_its_channel(settings: dict[str, Any]) -> None:
    channel = built(settings)
    assert (channel.kind, channel.target) == (settings["kind"], settings["name"])
    assert channel.deduplicates == (settings["kind"] == "webhook")
    assert "canary" not in repr(channel)
    await channel.aclose()


@pytest.mark.parametrize(
    ("settings", "environ", "said"),
    [
        (SLACK, {}, "TOKEN is not set"),
        (SLACK, {"TOKEN": "xoxb canary"}, "a space"),
        (SLACK, {"TOKEN": "xoxb-canary\n"}, "a line break"),
        ({**SLACK, "api_url": "http://slack.example/api"}, ENVIRON, "https://"),
        (HOOK, {}, "URL is not set"),
        (HOOK, {"URL": "http://hooks.example/canary"}, "https://"),
        (HOOK, {"URL": "canary"}, "the URL"),
        (HOOK, {"URL": "https://canary:pw@hooks.example/"}, "user name or password"),
        (SIGNED, {"URL": "https://a.example/canary", "SECRET": "whsec_canary"}, "signing secret"),
        ({**SIGNED, "previous_secret": "env:OLD"}, ENVIRON, "OLD is not set"),
        ({**MAIL, "to": "nobody"}, ENVIRON, "to: 'nobody' is no mail address"),
        ({**MAIL, "sender": "x"}, ENVIRON, "sender: 'x' is no mail address"),
        ({**MAIL, "password": "env:PASSWORD", "security": "none"}, ENVIRON, "in clear"),
        ({**MAIL, "password": "file:/nowhere/secret"}, ENVIRON, "cannot be read"),
    ],
)
def test_a_fault_names_the_target_and_no_secret(
    settings: dict[str, Any], environ: dict[str, str], said: str
) -> None:
    with pytest.raises(ValueError, match="target a-") as caught:
        built(settings, environ)
    assert said in str(caught.value)
    assert str(settings["name"]) in str(caught.value)
    assert "canary" not in str(caught.value)


async def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("xoxb-canary\n", encoding="utf-8")
    channel = built({**SLACK, "token": f"file:{path}"})
    await channel.aclose()


def test_no_two_lines_of_the_table_claim_the_same_kind() -> None:
    kinds = [get_args(kind.settings.model_fields["kind"].annotation) for kind in KINDS]
    assert all(len(names) == 1 for names in kinds)
    assert len(set(kinds)) == len(KINDS)


def test_an_unknown_kind_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(ValidationError, match="'slack_webhook'"):
        READ.validate_python({**SLACK, "kind": "pigeon"})


def test_the_configuration_knows_every_kind_of_the_table() -> None:
    for settings in (SLACK, HOOK, MAIL, SIGNED, SCREEN):
        person = PersonSettings.model_validate({"id": "a", "name": "A", "targets": [settings]})
        assert person.targets[0].kind == settings["kind"]
