"""Whether a further finding is a material change: worth waking a department again that was paged before. Pure."""

from typing import Literal

from monitor.fired import reach_tier
from monitor.records import SEVERITIES, Finding, Severity
from routing.page import Transition

MaterialChange = Literal["new_department", "severity_up", "regulator", "press", "reach_tier", "revived"]

TRANSITIONS: dict[MaterialChange, Transition] = {
    "new_department": "opened",
    "severity_up": "raised",
    "regulator": "regulator",
    "press": "press",
    "reach_tier": "grown",
    "revived": "revived",
}


def material_change(
    before: Finding | None, after: Finding, *, same_story: Finding | None = None
) -> MaterialChange | None:
    """What has changed for a department since the finding that it was last paged for; None: nothing material.

    ``before`` is None for a department that was not paged yet. An incident may hold several stories: when
    ``before`` is of another one, ``same_story`` is the last finding of the story of ``after``, if there was any.
    """
    if before is None:
        return "new_department"
    if worse(after.clause.severity, before.clause.severity):
        return "severity_up"
    joined = set(after.story.author_kinds) - set(before.story.author_kinds)
    if "regulator" in joined:
        return "regulator"
    if "press" in joined:
        return "press"
    if reach_tier(after.story.reach) > reach_tier(before.story.reach):
        return "reach_tier"
    earlier = before if before.story.id == after.story.id else same_story
    if earlier is not None and after.story.revivals > earlier.story.revivals:
        return "revived"
    return None


def agreed_less(before: Finding, after: Finding) -> bool:
    """Whether the agreement now takes the same clause less seriously: severity falls, silently."""
    return before.clause.id == after.clause.id and worse(before.clause.severity, after.clause.severity)


def with_severity(finding: Finding, severity: Severity) -> Finding:
    """The finding as people were told of it, when its severity was changed since."""
    if finding.clause.severity == severity:
        return finding
    return finding.model_copy(update={"clause": finding.clause.model_copy(update={"severity": severity})})


def worse(one: Severity, other: Severity) -> bool:
    """Whether ``one`` is more severe than ``other``."""
    return SEVERITIES.index(one) > SEVERITIES.index(other)


def worst(severities: list[Severity]) -> Severity:
    """The most severe of at least one."""
    return max(severities, key=SEVERITIES.index)
