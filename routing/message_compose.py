"""From a page to its message: the headline, what is wanted of the reader, then the sections."""

from datetime import datetime

from monitor.records import Severity
from routing.message import Message
from routing.message_parts import sections_of
from routing.message_summary import summary_lead
from routing.page import Page
from routing.untrusted import Inert, agreed_line
from routing.wording import clock_time, number, say, words_in, zone_of
from routing.wording_model import Words

SEVERITY_MARK: dict[Severity, str] = {"info": "🔵", "warning": "🟠", "critical": "🔴"}

EXERCISE = "EXERCISE / EXERCICE"  # first of all, in both languages, on whatever a drill sends

_NAME = 120
_TITLE = 200


def compose_message(page: Page, now: datetime) -> Message:
    """The message of a page that is sent at ``now`` (aware UTC)."""
    words = words_in(page.language)
    title = agreed_line(page.clause.title.of(page.language), _TITLE)
    brand = agreed_line(page.brand_name, _NAME)
    incident = say(words.phrases.incident, label=agreed_line(page.incident_label, _NAME))
    severity = Inert(words.severity[page.severity])
    phrases = words.phrases
    department = Inert(words.department[page.department])
    exercise = f"{EXERCISE} · " if page.kind == "drill" else ""
    kicker = say(phrases.kicker, severity=severity, department=department, brand=brand)
    return Message(
        language=page.language,
        severity=page.severity,
        department=page.department,
        transition=page.transition,
        mark=SEVERITY_MARK[page.severity],
        severity_name=severity,
        kicker=kicker,
        title=title,
        headline=Inert(f"{exercise}{kicker} · {title}"),
        subject=Inert(f"{exercise}[{agreed_line(page.incident_label, _NAME)}] {brand}{words.colon}{title}"),
        incident=incident,
        lead=_lead(page, words),
        link=_own_link(page.link),
        link_label=Inert(phrases.look if page.transition == "informed" else phrases.open_link),
        colon=words.colon,
        quotes=words.quotes,
        sections=sections_of(page, words, now),
        shortened=Inert(phrases.whole_text),
        footer=Inert(phrases.footer_shared if page.shared else phrases.footer),
    )


def _lead(page: Page, words: Words) -> tuple[Inert, ...]:
    phrases = words.phrases
    lines: list[Inert] = [Inert(phrases.exercise)] if page.kind == "drill" else []
    if page.transition != "informed" and page.escalates_at is not None:
        lines.append(_deadline(page, page.escalates_at, words))
    notice = {
        "informed": phrases.no_action,
        "escalated": phrases.nobody_answered,
    }.get(page.transition) or phrases.again.get(page.transition)
    if notice:
        lines.append(Inert(notice))
    if page.continues:
        linked = phrases.reopens if page.cycle else phrases.split_from
        lines.append(say(linked, label=agreed_line(page.continues, _NAME)))
    if page.shared:
        lines.append(Inert(phrases.shared))
    if page.legal_note_waits:
        lines.append(Inert(phrases.legal_note))
    if page.possible_duplicate:
        lines.append(Inert(phrases.duplicate))
    return (*summary_lead(page, words), *lines, _addressee(page, words))


def _deadline(page: Page, escalates_at: datetime, words: Words) -> Inert:
    time = clock_time(words, escalates_at, zone_of(page.time_zone))
    if page.step + 1 >= page.steps:
        return say(words.phrases.then_catch_all, time=time)
    return say(
        words.phrases.then_step,
        time=time,
        step=number(words, page.step + 2),
        steps=number(words, page.steps),
    )


def _addressee(page: Page, words: Words) -> Inert:
    incident = say(words.phrases.incident, label=agreed_line(page.incident_label, _NAME))
    person = agreed_line(page.person_name, _NAME)
    if page.transition == "informed" or page.steps == 0:
        return Inert(f"{incident} · {person}")
    step = say(
        words.phrases.page_of,
        person=person,
        step=number(words, page.step + 1),
        steps=number(words, page.steps),
    )
    return Inert(f"{incident} · {step}")


def _own_link(link: str) -> str:
    """Only an ordinary http(s) address is shown as a link, whatever the record says."""
    fine = link.startswith(("https://", "http://")) and link.isascii() and link.isprintable()
    return link if fine and not any(mark in link for mark in " <>\"'|") else ""
