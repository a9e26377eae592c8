"""The one table of channels. A new channel is a file of its own, and one line here."""

from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field

from monitor.clock import Clock
from routing.channel import Channel
from routing.channels import (
    apprise,
    discord,
    email,
    jira_issue,
    jira_service_management,
    mattermost,
    ntfy,
    pagerduty,
    servicenow,
    slack,
    slack_webhook,
    teams,
    terminal,
    twilio_sms,
    twilio_voice,
    webhook,
)
from routing.channels.target import ChannelKind, Environ, Target

KINDS: tuple[ChannelKind[Any], ...] = (
    apprise.KIND,
    discord.KIND,
    email.KIND,
    jira_issue.KIND,
    jira_service_management.KIND,
    mattermost.KIND,
    ntfy.KIND,
    pagerduty.KIND,
    servicenow.KIND,
    slack.KIND,
    slack_webhook.KIND,
    teams.KIND,
    terminal.KIND,
    twilio_sms.KIND,
    twilio_voice.KIND,
    webhook.KIND,
)

if TYPE_CHECKING:
    TargetSettings = Target  # all that a type checker can know of a table
else:
    _ANY = Union[tuple(kind.settings for kind in KINDS)]  # noqa: UP007 - | cannot join a table
    TargetSettings = Annotated[_ANY, Field(discriminator="kind")]

_BY_SETTINGS = {kind.settings: kind for kind in KINDS}


def build_channel(target: TargetSettings, *, clock: Clock, environ: Environ = None) -> Channel:
    """The channel of a target, its secrets read now. Raises ValueError that names the target and the mend."""
    try:
        return _BY_SETTINGS[type(target)].build(target, clock=clock, environ=environ)
    except ValueError as error:
        raise ValueError(f"target {target.name} ({target.kind}): {error}") from None
