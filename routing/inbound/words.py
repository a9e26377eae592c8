"""What people who answer are told, and how a page says that they can answer there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from routing.desk import AckResult
from routing.page import ReaderLanguage
from routing.untrusted import Inert, agreed_line
from routing.wording import clock_time, words_in, zone_of

Action = Literal["acknowledge", "resolve"]
Trouble = Literal["refused", "unknown_code", "several", "expired"]


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """One language's sentences; ``{by}`` is a person, ``{time}`` a time of day."""

    acknowledged: str
    closed: str
    already: str
    was_closed: str
    old_cycle: str
    not_found: str
    trouble: Mapping[Trouble, str]
    button_acknowledge: str
    button_resolve: str
    sure: str
    sure_text: str
    cancel: str
    sms: str
    press: str
    mail: str
    note_taken: str


FRENCH = AnswerWords(
    acknowledged="C’est noté\u00a0: vous vous en occupez. L’escalade prend fin.",
    closed="C’est noté\u00a0: l’incident est fermé.",
    already="{by} s’en occupe déjà, depuis {time}.",
    was_closed="{by} a fermé l’incident à {time}.",
    old_cycle="Cette alerte est dépassée\u00a0: rien n’a changé. Répondez au message le plus récent.",
    not_found="Cet incident ne vous concerne pas ou n’existe plus\u00a0: rien n’a changé.",
    trouble={
        "refused": "Vous n’êtes pas dans l’annuaire de Tocsin\u00a0: rien n’a changé.",
        "unknown_code": "Code inconnu\u00a0: rien n’a changé. Vérifiez le dernier message ou ouvrez son lien.",
        "several": "Ce code convient à plusieurs incidents\u00a0: rien n’a changé. Ouvrez le lien du message.",
        "expired": "Ce bouton n’est plus valable\u00a0: rien n’a changé. Répondez au message le plus récent.",
    },
    button_acknowledge="Accuser réception",
    button_resolve="Fermer l’incident",
    sure="Fermer l’incident?",
    sure_text="Plus personne ne sera alerté à ce sujet.",
    cancel="Annuler",
    sms="Répondez {code} pour accuser réception",
    press="Pour accuser réception, appuyez sur le 1.",
    mail="Pour accuser réception, répondez OK à ce courriel.",
    note_taken="Votre réponse est notée au dossier, mais elle n’accuse pas réception. Pour accuser réception, "
    "répondez OK ou ouvrez le lien de l’alerte.",
)
ENGLISH = AnswerWords(
    acknowledged="Noted: you are on it. The escalation stops.",
    closed="Noted: the incident is closed.",
    already="{by} is on it already, since {time}.",
    was_closed="{by} closed the incident at {time}.",
    old_cycle="This page is out of date: nothing was changed. Answer the newest message.",
    not_found="This incident is not yours, or is no longer there: nothing was changed.",
    trouble={
        "refused": "You are not in Tocsin’s directory: nothing was changed.",
        "unknown_code": "Unknown code: nothing was changed. Check the newest message or open its link.",
        "several": "This code fits several incidents: nothing was changed. Open the link in the message.",
        "expired": "This button is no longer valid: nothing was changed. Answer the newest message.",
    },
    button_acknowledge="Acknowledge",
    button_resolve="Resolve",
    sure="Resolve the incident?",
    sure_text="Nobody will be paged about it any more.",
    cancel="Cancel",
    sms="Reply {code} to acknowledge",
    press="To acknowledge, press 1.",
    mail="To acknowledge, reply OK to this mail.",
    note_taken="Your reply is kept in the incident’s history, but does not acknowledge it. To acknowledge, "
    "reply OK or open the link in the page.",
)


def answer_words(language: ReaderLanguage) -> AnswerWords:
    """The sentences of a language."""
    return FRENCH if language == "fr" else ENGLISH


def says(result: AckResult, action: Action, language: ReaderLanguage, time_zone: str) -> Inert:
    """What came of an answer, for whoever gave it."""
    words = answer_words(language)
    if result.outcome == "done":
        return Inert(words.acknowledged if action == "acknowledge" else words.closed)
    if result.outcome == "old_cycle":
        return Inert(words.old_cycle)
    if result.outcome == "not_found":
        return Inert(words.not_found)
    closed = result.outcome == "resolved" or action == "resolve"
    phrase = words.was_closed if closed else words.already
    return Inert(phrase.format(by=agreed_line(result.by, 120), time=_time(result.at, language, time_zone)))


def both(trouble: Trouble) -> Inert:
    """A trouble of somebody whose language is not known."""
    return Inert(f"{FRENCH.trouble[trouble]}\n{ENGLISH.trouble[trouble]}")


def _time(at: datetime | None, language: ReaderLanguage, time_zone: str) -> str:
    return clock_time(words_in(language), at, zone_of(time_zone)) if at else "…"
