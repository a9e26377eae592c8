"""Stand-ins for the other side of every channel, on loopback: they behave, and misbehave when told to.

Public API for the tests of whoever writes or configures a channel. Each is an async context manager.
"""

from routing.channels.doubles.http import HttpDouble, Received, Reply
from routing.channels.doubles.slack import SlackDouble
from routing.channels.doubles.smtp import SmtpDouble
from routing.channels.doubles.webhook import WebhookDouble

__all__ = ["HttpDouble", "Received", "Reply", "SlackDouble", "SmtpDouble", "WebhookDouble"]
