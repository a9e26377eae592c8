"""The shape of what the pages say beyond the messages; each language is one instance of ``ConsoleWords``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from routing.desk import IncidentState, MessageState, Via
from routing.page import ReaderLanguage
from routing.wording_model import Plural

NoticeKey = Literal[
    "expired",
    "not_valid",
    "too_many",
    "not_from_page",
    "unknown_person",
    "no_incident",
    "this_machine_only",
    "wants_password",
    "not_found",
    "bad_request",
    "trouble",
]


@dataclass(frozen=True, slots=True)
class Notice:
    """A page that has nothing to show: what happened, and what the reader can do instead."""

    title: str
    what: str
    do: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsoleWords:
    """Everything that the pages say in one language. ``{}`` is filled in by the script, names by the server."""

    # Every page
    skip: str
    languages: str
    instead: str
    # The list
    incidents: str
    none: str
    summary: str
    groups: Mapping[str, str]
    state: Mapping[IncidentState, str]
    severity: Mapping[str, str]
    stages: Mapping[str, Plural]
    post_to_page: str
    median: str
    p99: str
    not_yet: str
    sent: Plural
    older: str
    # The live connection
    live: str
    connecting: str
    lost: str
    at: str
    relative_until: str
    relative_since: str
    any_moment: str
    # A department's part
    step_of: str
    next_step: str
    last_step: str
    escalates: str
    for_information: str
    on_it: str
    since: str
    # The personal page
    acknowledge: str
    wait_please: str
    noted: str
    you_are_on_it: str
    other_is_on_it: str
    already_noted: str
    now_closed: str
    is_closed: str
    closed_before: str
    nothing_to_do: str
    goes_on_as: str
    merged_into: str
    close_title: str
    close_hint: str
    close_button: str
    link_ends: str
    legal_note: str
    legal_note_hint: str
    copy: str
    copied: str
    copy_by_hand: str
    open_post: str
    whole_text: str
    # Who was told, and when
    told: str
    message_state: Mapping[MessageState, str]
    read: str
    acknowledged: str
    not_sent_yet: str
    history: str
    happened: Mapping[str, str]
    via: Mapping[Via, str]
    somebody: str
    all_incidents: str
    notices: Mapping[NoticeKey, Notice]


def console_words(language: ReaderLanguage) -> ConsoleWords:
    """The pages' catalogue of a language."""
    from routing.console.words_en import ENGLISH
    from routing.console.words_fr import FRENCH

    return FRENCH if language == "fr" else ENGLISH
