"""docs/channels.md tells the truth: each kind has its section, each example works, each limit is the code's."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from monitor.yaml_document import load_document
from routing.channels import (
    apprise,
    discord_embed,
    jira_issue,
    jira_service_management,
    mattermost,
    ntfy,
    pagerduty,
    servicenow,
    slack_blocks,
    teams_card,
    webhook,
)
from routing.channels.closing import Closing
from routing.channels.table import KINDS, TargetSettings, build_channel
from routing.settings import PersonSettings
from tests.routing.channels.targets import KEY, clock, whsec

PAGE = (Path(__file__).parents[3] / "docs" / "channels.md").read_text(encoding="utf-8")
READ: TypeAdapter[TargetSettings] = TypeAdapter(TargetSettings)
NAMES = sorted(get_args(kind.settings.model_fields["kind"].annotation)[0] for kind in KINDS)
ENVIRON = {
    "COMMS_APPRISE_URL": "json://chat.example/x",
    "COMMS_SLACK_WEBHOOK": "https://hooks.example/services/T/B/x",
    "COMMS_TEAMS_WORKFLOW": "https://flows.example/workflows/x?sig=x",
    "IT_DISCORD_WEBHOOK": "https://discord.example/api/webhooks/1/x",
    "IT_JSM_KEY": "key",
    "IT_MATTERMOST_WEBHOOK": "https://chat.example/hooks/x",
    "IT_NTFY_TOKEN": "tk_x",
    "IT_NTFY_TOPIC": "topic",
    "IT_PAGERDUTY_KEY": "0" * 32,
    "JIRA_TOKEN": "token",
    "LEGAL_WEBHOOK_SECRET": whsec(KEY),
    "LEGAL_WEBHOOK_URL": "https://hooks.example/x",
    "SERVICENOW_SECRET": "secret",
    "SLACK_BOT_TOKEN": "xoxb-x",
    "TWILIO_TOKEN": "token",
}


def section(kind: str) -> str:
    return PAGE.partition(f"\n## {kind}\n")[2].partition("\n## ")[0]


def example(kind: str) -> Any:
    (block,) = re.findall(r"```yaml\n(.*?)```", section(kind), re.DOTALL)
    return load_document("docs/channels.md", block).data


@pytest.mark.parametrize("kind", NAMES)
async def test_the_example_of_each_kind_builds_a_channel_that_keeps_what_the_table_says(
    kind: str, tmp_path: Path
) -> None:
    settings = example(kind)
    assert settings["kind"] == kind
    if "password" in settings:
        (tmp_path / "password").write_text("secret", encoding="utf-8")
        settings["password"] = f"file:{tmp_path / 'password'}"
    channel = build_channel(READ.validate_python(settings), clock=clock(), environ=ENVIRON)
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| [`{kind}`]")]
    drops, _threads, told = [cell.strip() for cell in row.split("|")[2:5]]
    assert (drops == "yes") == channel.deduplicates
    assert (told == "yes") == isinstance(channel, Closing)
    await channel.aclose()


def test_the_table_has_every_kind_and_no_other() -> None:
    assert sorted(re.findall(r"^\| \[`(\w+)`\]", PAGE, re.MULTILINE)) == NAMES


def test_the_first_example_is_a_person() -> None:
    block = load_document("docs/channels.md", PAGE.partition("```yaml\n")[2].partition("```")[0]).data
    assert len(PersonSettings.model_validate(block["people"][0]).targets) == 2


@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        ("apprise", apprise.MAX_BODY),
        ("slack", slack_blocks.BLOCKS_BUDGET),
        ("slack", slack_blocks.MAX_SECTION),
        ("teams", teams_card.MAX_BODY),
        ("discord", discord_embed.MAX_EMBEDS),
        ("discord", discord_embed.MAX_CONTENT),
        ("mattermost", mattermost.MAX_TEXT),
        ("ntfy", ntfy.MAX_MESSAGE),
        ("pagerduty", pagerduty.MAX_SUMMARY),
        ("pagerduty", pagerduty.MAX_EVENT),
        ("jira_service_management", jira_service_management.MAX_MESSAGE),
        ("jira_service_management", jira_service_management.MAX_DESCRIPTION),
        ("jira_issue", jira_issue.MAX_SUMMARY),
        ("servicenow", servicenow.MAX_SHORT_DESCRIPTION),
        ("webhook", webhook.MAX_BODY),
    ],
)
def test_a_limit_on_the_page_is_the_one_in_the_code(kind: str, limit: int) -> None:
    assert f"{limit:,}" in section(kind)


def test_the_priorities_of_ntfy() -> None:
    critical, warning, info = (ntfy.PRIORITY[one] for one in ("critical", "warning", "info"))
    assert f"Critical pages have priority {critical}, warnings {warning}, what only informs {info}" in PAGE
