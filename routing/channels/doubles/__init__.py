"""Stand-ins for the other side of every channel, on loopback: they behave, and misbehave when told to.

Public API for the tests of whoever writes or configures a channel. Each is an async context manager.
"""

from routing.channels.doubles.apprise import AppriseDouble
from routing.channels.doubles.discord import DiscordDouble
from routing.channels.doubles.http import HttpDouble, Received, Reply
from routing.channels.doubles.jira_issue import JiraIssueDouble
from routing.channels.doubles.jira_service_management import JiraServiceManagementDouble
from routing.channels.doubles.mattermost import MattermostDouble
from routing.channels.doubles.ntfy import NtfyDouble
from routing.channels.doubles.pagerduty import PagerDutyDouble
from routing.channels.doubles.servicenow import ServiceNowDouble
from routing.channels.doubles.slack import SlackDouble
from routing.channels.doubles.smtp import SmtpDouble
from routing.channels.doubles.teams import TeamsDouble
from routing.channels.doubles.twilio import TwilioDouble
from routing.channels.doubles.webhook import WebhookDouble

__all__ = [
    "AppriseDouble",
    "DiscordDouble",
    "HttpDouble",
    "JiraIssueDouble",
    "JiraServiceManagementDouble",
    "MattermostDouble",
    "NtfyDouble",
    "PagerDutyDouble",
    "Received",
    "Reply",
    "ServiceNowDouble",
    "SlackDouble",
    "SmtpDouble",
    "TeamsDouble",
    "TwilioDouble",
    "WebhookDouble",
]
