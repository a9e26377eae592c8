"""What is said at the start of a shift: to who comes on call, or to others when nothing reaches them. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.records import AgreedClause, LadderStep, Localized, Severity, digest
from routing.operator_notice import own_page
from routing.page import Page
from routing.settings import PersonSettings, RoutingSettings
from routing.shift_starts import ShiftStart

ON_CALL = Localized(
    en="You are on call for {rotation} until {until}. This proves that your channel works.",
    fr="Vous êtes de garde pour {rotation} jusqu’au {until}. Ce message prouve que votre canal fonctionne.",
)
UNREACHABLE = Localized(
    en="{name} is on call for {rotation} until {until}, and none of their channels works."
    " Call them by telephone, or take over.",
    fr="{name} est de garde pour {rotation} jusqu’au {until}, et aucun de ses canaux ne fonctionne."
    " Téléphonez-lui, ou prenez la relève.",
)
_UNTIL = Localized(en="%Y-%m-%d %H:%M", fr="%Y-%m-%d à %H:%M")


def _clause(clause: str, severity: Severity, title: Localized, what: Localized) -> AgreedClause:
    step = LadderStep(measure="observe", what=what, owner="it")
    return AgreedClause(id=clause, title=title, owner="it", severity=severity, page=("it",), ladder=(step,))


_STARTS = _clause(
    "tocsin-shift",
    "info",
    Localized(en="Your shift starts", fr="Votre garde commence"),
    Localized(en="There is nothing to do.", fr="Il n’y a rien à faire."),
)
_NOBODY = _clause(
    "tocsin-no-channel",
    "critical",
    Localized(
        en="Somebody is on call and cannot be reached",
        fr="Une personne est de garde et on ne peut pas la joindre",
    ),
    Localized(
        en="Call them by telephone. Then mend their targets in the configuration.",
        fr="Téléphonez-lui. Corrigez ensuite ses canaux dans la configuration.",
    ),
)


def shift_page(settings: RoutingSettings, start: ShiftStart, person: PersonSettings, now: datetime) -> Page:
    """Tells ``person`` at ``now`` (aware UTC) that their shift started."""
    text = _said(ON_CALL, settings, start, person)
    return own_page(text, _STARTS, person, _identity("shift", start), now, "informed")


def unreachable_page(
    settings: RoutingSettings, start: ShiftStart, person: PersonSettings, now: datetime
) -> Page:
    """Tells ``person`` at ``now`` (aware UTC) that whoever came on call cannot be reached."""
    text = _said(UNREACHABLE, settings, start, person)
    return own_page(text, _NOBODY, person, _identity("no-channel", start), now)


def _said(words: Localized, settings: RoutingSettings, start: ShiftStart, reader: PersonSettings) -> str:
    """The words in the reader's language, with the end of the shift in the reader's time."""
    names = {one.id: one.name for one in settings.people}
    titles = {one.id: one.title for one in settings.rotations}
    until = start.until.astimezone(ZoneInfo(reader.time_zone)).strftime(_UNTIL.of(reader.language))
    return words.of(reader.language).format(
        name=names.get(start.person, start.person),
        rotation=titles.get(start.rotation, start.rotation),
        until=f"{until} ({reader.time_zone})",
    )


def _identity(kind: str, start: ShiftStart) -> str:
    return digest(kind, start.rotation, start.person, start.start.isoformat())
