"""The shape of a catalogue: everything that Tocsin says on a page, in one language.

Each language is one instance of ``Words``, so a phrase that one language lacks does not type-check.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.records import (
    AuthorKind,
    Department,
    Language,
    Measure,
    MentionKind,
    SentimentLabel,
    Severity,
)
from routing.page import Transition


@dataclass(frozen=True, slots=True)
class Plural:
    """A phrase about a number, with ``{n}`` in both forms."""

    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Titles:
    """Headings of the parts of a page."""

    said: str
    now: str
    agreed: str  # the same for somebody who is only informed
    growth: str
    statement: str
    next_steps: str
    others: str
    why: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Labels:
    """Names of the facts in those parts."""

    where: str
    link: str
    author: str
    reach: str
    written: str
    story: str
    last_5: str
    last_60: str
    pace: str
    tone: str
    since: str
    measure: str
    owner: str
    deadline: str
    approval: str
    missing: str
    clause: str
    playbook: str
    words: str
    topics: str
    sentiment: str
    condition: str
    total: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentences with named places."""

    kicker: str
    incident: str
    open_link: str
    look: str
    page_of: str
    no_action: str
    nobody_answered: str
    again: Mapping[str, str]  # why people are paged again, by transition
    reopens: str
    split_from: str
    duplicate: str
    legal_note: str
    exercise: str
    then_step: str
    then_catch_all: str
    followers: Plural
    followers_unknown: str
    mentions: Plural
    authors: Plural
    reach: Plural
    reach_unknown_too: Plural
    reach_unknown: str
    per_minute: str
    negative: str
    within: str
    no_deadline: str
    one_is_enough: str
    approval_of: str
    approved_by: str
    no_approval: str
    no_more_steps: str
    other_language: str
    waiting: str
    told: str
    answered: str
    more: Plural
    nobody_else: str
    abstained: str
    scored: str
    saw: str
    clause_id: str
    topic_words: str
    no_words: str
    no_topics: str
    no_text: str
    from_unknown: str
    clock_ahead: str
    whole_text: str
    footer: str
    shared: str
    footer_shared: str


@dataclass(frozen=True, slots=True)
class TraceWords:
    """How conditions of a playbook are said. Keys are the words that ``monitor.conditions`` puts into traces."""

    whole: Mapping[str, str]  # "all of", "any of", "not", "unknown", "no topic"
    amount: Mapping[str, str]  # what "… at least 5" counts
    subject: Mapping[str, str]  # what "… is x or y" looks at
    at_least: str
    one_of: str
    either: str
    query: str
    confidence: str
    share: str
    counts_as: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """Everything that Tocsin says in one language."""

    locale: str  # for numbers and times
    colon: str
    quotes: tuple[str, str]
    severity: Mapping[Severity, str]
    department: Mapping[Department, str]
    measure: Mapping[Measure, str]
    mention_kind: Mapping[MentionKind, str]
    language: Mapping[Language, str]
    sentiment: Mapping[SentimentLabel, str]
    author_kind: Mapping[AuthorKind, str]
    transition: Mapping[Transition, str]
    topic: Mapping[str, str]
    hops: tuple[str, str, str, str, str]  # created, fetched, judged, queued, sent
    units: tuple[str, str, str, str]  # day, hour, minute, second
    trace: TraceWords
    titles: Titles
    labels: Labels
    phrases: Phrases
