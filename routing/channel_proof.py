"""Whether somebody's channels work: what is known against each, and when it last took a message for sure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from monitor.records import digest
from routing.audit_on_call import works
from routing.breaker import TargetHealth
from routing.liveness import mark, marked
from routing.person_settings import PersonSettings
from routing.schema import instant, instant_or_none, messages, targets
from routing.target_rules import ONLY_INFORMS, PROVES_NOTHING

PROVEN_FOR = timedelta(days=30)
NO_PROOF = PROVES_NOTHING | ONLY_INFORMS  # kinds whose yes says nothing about whether a page arrives


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A target as it stands. ``confirmed`` None: it never took a message for sure."""

    target: str
    health: TargetHealth | None = None
    confirmed: datetime | None = None

    def works(self, now: datetime) -> bool:
        """Whether nothing is known against it."""
        return works(self.health, now)

    def is_proven(self, now: datetime) -> bool:
        """Whether it works, and took a message within the last 30 days."""
        return self.works(now) and self.confirmed is not None and now - self.confirmed <= PROVEN_FOR


def channel_states(connection: Connection, person: PersonSettings) -> tuple[ChannelState, ...]:
    """The person's targets in order of preference. A yes that proves nothing confirms nothing."""
    names = [target.name for target in person.targets]
    health, sent = _health(connection, names), _last_sent(connection, names)
    states = []
    for target in person.targets:
        told = (sent.get(target.name), marked(connection, _proof(target.name)))
        confirmed = max((at for at in told if at is not None), default=None)
        proven = None if target.kind in NO_PROOF else confirmed
        states.append(ChannelState(target.name, health.get(target.name), proven))
    return tuple(states)


def remember_proof(connection: Connection, target: str, at: datetime) -> None:
    """A message past the outbox was taken by this target, within a transaction of the caller."""
    mark(connection, _proof(target), at)


def said(states: Collection[ChannelState], now: datetime) -> str:
    """One line for people: which channel was confirmed when, or what is against all of them."""
    for one in sorted(states, key=lambda state: not state.is_proven(now)):
        if one.works(now) and one.confirmed is not None:
            return f"{one.target} confirmed {_ago(now - one.confirmed)}"
    if any(one.works(now) for one in states):
        return f"{next(one.target for one in states if one.works(now))} never used"
    return "; ".join(_against(one, now) for one in states)


def _against(one: ChannelState, now: datetime) -> str:
    health = one.health or TargetHealth()
    why = f" ({health.reason})" if health.reason else ""
    if health.paused_until is not None and health.is_paused(now):
        return f"{one.target} paused until {health.paused_until:%Y-%m-%d %H:%M:%S} UTC{why}"
    return f"{one.target} failed the last {health.failures} times{why}"


def _ago(since: timedelta) -> str:
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if (count := int(since.total_seconds()) // size) > 0:
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now"


def _proof(target: str) -> str:
    return f"proof:{digest('target', target)[:32]}"  # a mark's name has 40 characters


def _health(connection: Connection, names: Collection[str]) -> Mapping[str, TargetHealth]:
    rows = connection.execute(select(targets).where(targets.c.name.in_(names))).all()
    return {
        row.name: TargetHealth(row.failures, instant_or_none(row.paused_until), row.reason) for row in rows
    }


def _last_sent(connection: Connection, names: Collection[str]) -> Mapping[str, datetime]:
    query = select(messages.c.target, func.max(messages.c.sent_at)).group_by(messages.c.target)
    sent = query.where(
        messages.c.state == "sent", messages.c.target.in_(names), messages.c.sent_at.is_not(None)
    )
    return {name: instant(at) for name, at in connection.execute(sent).all()}
