"""A page as a message: what to say and in which order, before any channel's markup.

Every text in a ``Message`` is ``Inert``: bounded, visible, in the reader's language, with hostile addresses
defanged. It is not escaped: that is the channel's part. The most important comes first, because the reader may
have just been woken up.
"""

from dataclasses import dataclass
from typing import Literal

from monitor.records import Department, Severity
from routing.page import ReaderLanguage, Transition
from routing.untrusted import Inert

SectionKey = Literal[
    "said",
    "now",
    "growth",
    "statement",
    "statement_other",
    "next_steps",
    "others",
    "why",
    "receipt",
    "bundled",
    "silences",
]

NOTHING = Inert("")


@dataclass(frozen=True, slots=True)
class Fact:
    """One named value."""

    label: Inert
    value: Inert


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a message. ``quote`` is a block of somebody's words: the post, or the statement to copy."""

    key: SectionKey
    title: Inert
    quote: Inert = NOTHING
    facts: tuple[Fact, ...] = ()
    lines: tuple[Inert, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """What one person is told about one incident."""

    language: ReaderLanguage
    severity: Severity
    department: Department
    transition: Transition
    mark: str  # a coloured disc for the severity
    severity_name: Inert
    kicker: Inert  # severity, department, brand
    title: Inert  # of the clause
    headline: Inert  # kicker and title on one line
    subject: Inert  # the same for every page of an incident and clause, so that mails form one thread
    incident: Inert
    lead: tuple[Inert, ...]  # what is wanted of the reader, most important first
    link: str  # personal and signed; empty when there is nothing to open
    link_label: Inert
    colon: str
    quotes: tuple[str, str]
    sections: tuple[Section, ...]
    shortened: Inert
    footer: Inert

    def section(self, key: SectionKey) -> Section | None:
        """The section of that key, None when the page has nothing to say there."""
        return next((section for section in self.sections if section.key == key), None)
