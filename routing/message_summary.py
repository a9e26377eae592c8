"""The other incidents of a summary: a line at the top that every channel has room for, and a list of them."""

from routing.message import Section
from routing.page import Page
from routing.page_summary import BundledIncident, Summary
from routing.untrusted import Inert, agreed_line
from routing.wording import count, moment, say, zone_of
from routing.wording_model import Words
from routing.wording_muting import muting_words

_NAMED = 8  # labels on the line at the top
_LISTED = 20
_LABEL = 20
_TITLE = 100
_NAME = 60
_REASON = 160


def summary_lead(page: Page, words: Words) -> tuple[Inert, ...]:
    """How many incidents the message is about, and the most urgent of them by name."""
    summary = page.summary
    if summary is None:
        return ()
    own = muting_words(page.language)
    total = len(summary.bundled) + summary.more + 1
    first = count(words, own.digest if summary.kind == "digest" else own.storm, total)
    critical = summary.critical + (page.severity == "critical" and page.transition != "informed")
    if critical:
        first = Inert(f"{first} ({count(words, own.critical, critical)})")
    if not summary.bundled:
        return (first,)
    labels = [agreed_line(one.label, _LABEL) for one in summary.bundled[:_NAMED]]
    rest = len(summary.bundled) + summary.more - len(labels)
    named = Inert(", ".join([*labels, *([count(words, own.more, rest)] if rest else [])]))
    return first, say(own.also, labels=named)


def summary_sections(page: Page, words: Words) -> tuple[Section, ...]:
    """The list of the other incidents, and in a digest the silences that are in force."""
    summary = page.summary
    if summary is None:
        return ()
    own = muting_words(page.language)
    lines = [_line(one, page, words) for one in summary.bundled[:_LISTED]]
    rest = len(summary.bundled) + summary.more - len(lines)
    if rest:
        lines.append(count(words, own.more, rest))
    sections = [Section("bundled", Inert(own.bundled_title), lines=tuple(lines))] if lines else []
    if summary.silences:
        title = Inert(own.silences_title)
        sections.append(Section("silences", title, lines=_silences(summary, page, words)))
    return tuple(sections)


def _line(one: BundledIncident, page: Page, words: Words) -> Inert:
    severity = words.severity["info" if one.informs else one.severity]
    title = agreed_line(one.title.of(page.language), _TITLE)
    brand = agreed_line(one.brand_name, _NAME)
    return Inert(f"{agreed_line(one.label, _LABEL)} · {severity} · {brand}{words.colon}{title}")


def _silences(summary: Summary, page: Page, words: Words) -> tuple[Inert, ...]:
    own, zone = muting_words(page.language), zone_of(page.time_zone)
    return tuple(
        say(
            own.silence,
            label=agreed_line(one.label, _LABEL),
            time=moment(words, one.until, zone),
            author=agreed_line(one.author, _NAME),
            reason=agreed_line(one.reason, _REASON),
        )
        for one in summary.silences
    )
