"""Starts every series whose labels are known beforehand at 0.

A counter that appears with its first event has no increase to see: the first dead letter, the first refused page
would pass unnoticed by every rule. Unknown values (is a source up?) are not invented: gauges start when measured.
"""

from itertools import product
from typing import get_args

from connectors.http_failure import FailureReason
from connectors.standard_webhooks import Refusal
from deploy.settings import TocsinSettings
from monitor import metrics
from monitor.playbook import Playbook
from monitor.records import DEPARTMENTS, SEVERITIES, SentimentLabel
from routing.decide import CancelReason
from routing.desk import Via
from routing.inbound.answering import OUTCOMES, SOURCES
from routing.links import BadLinkReason
from routing.outcome import Outcome

NOT_PAGED_REASONS = (
    "repeat_finding",
    "late",
    "already_paged",
    "lower_severity",
    "after_resolution",
    "post_edited",
    "post_deleted",
    *get_args(CancelReason),
)
# What a stage or a source can reject; a reason that is missing here is still counted, from its first time on.
SOURCE_REASONS = ("invalid", "not_json", "too_large", "empty_item")
WEBHOOK_REASONS = (*get_args(Refusal), "wrong_path", "invalid", "busy", "timeout", "not_published")
STAGE_REASONS = {
    "read": ("read_failed", "failed", "not_json", "not_a_batch", "invalid", "too_large", "unknown_version"),
    "watch": ("watch_failed", "failed", "not_json", "not_a_batch", "invalid", "too_large", "unknown_version"),
}


def start_source_series(settings: TocsinSettings) -> None:
    """What connectors count, for every source of the configuration. Safe to repeat: nothing is reset."""
    for source in settings.sources:
        name = source.name
        metrics.MENTIONS_FETCHED.labels(name)
        metrics.MENTIONS_PUBLISHED.labels(name)
        for failure in (*get_args(FailureReason), "unexpected"):
            metrics.SOURCE_ERRORS.labels(name, failure)
        for reason in SOURCE_REASONS:
            metrics.REJECTED.labels(name, reason)
        for reason in WEBHOOK_REASONS if source.type == "webhook" else ():
            metrics.WEBHOOKS_REFUSED.labels(name, reason)


def start_judgement_series(settings: TocsinSettings, playbook: Playbook) -> None:
    """What reading and watching count, for every brand and clause."""
    for brand in settings.brands:
        metrics.STORIES_OPENED.labels(brand.id)
        for label in get_args(SentimentLabel):
            metrics.READINGS.labels(brand.id, label)
    for clause in playbook.agreed:
        metrics.FINDINGS.labels(clause.id, clause.owner, clause.severity)
    for stage, reasons in STAGE_REASONS.items():
        for reason in reasons:
            metrics.REJECTED.labels(stage, reason)


def start_routing_series(settings: TocsinSettings) -> None:
    """What the router counts, for every brand, department, channel and target."""
    for brand, severity in product(settings.brands, SEVERITIES):
        metrics.INCIDENTS.labels(brand.id, severity)
        metrics.INCIDENTS_UNRESOLVED.labels(brand.id, severity)
    targets = [target for person in settings.routing.recipients for target in person.targets]
    for target in targets:
        metrics.TARGET_PAUSED_SECONDS.labels(target.name)
        metrics.SEND_SECONDS.labels(target.kind)
    outcomes = [outcome.__name__ for outcome in get_args(Outcome)]
    channels = sorted({target.kind for target in targets})
    for department, channel, outcome in product(DEPARTMENTS, channels, outcomes):
        metrics.PAGES.labels(department, channel)
        metrics.PAGE_ATTEMPTS.labels(department, channel, outcome)
    canary = settings.canary.expected_every
    metrics.CANARY_EVERY.set(canary.total_seconds() if canary else 0)
    for department in DEPARTMENTS:
        metrics.POST_TO_PAGE_SECONDS.labels(department)
        metrics.SEEN_TO_PAGE_SECONDS.labels(department)
        metrics.ESCALATIONS.labels(department, "1")
        for via in get_args(Via):
            metrics.ACKNOWLEDGED.labels(department, via)
    for source, answer in product(SOURCES, OUTCOMES):
        metrics.INBOUND.labels(source, answer)
    for reason in NOT_PAGED_REASONS:
        metrics.NOT_PAGED.labels(reason)
    for bad_link in get_args(BadLinkReason):
        metrics.BAD_LINKS.labels(bad_link)
    for asked in ("stamped", "failed"):
        metrics.STAMPS.labels(asked)
