"""What is said of messages that wait or go together, in both languages: on pages, the console and the command line."""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.page import ReaderLanguage
from routing.wording_model import Plural


@dataclass(frozen=True, slots=True)
class MutingWords:
    """One language's words."""

    storm: Plural  # incidents beside the one of the page itself
    digest: Plural
    critical: Plural
    also: str
    more: Plural
    bundled_title: str
    silences_title: str
    silence: str
    held: str
    held_for: Mapping[str, str]
    bundled_state: str


ENGLISH = MutingWords(
    storm=Plural("Storm: {n} incident in this message", "Storm: {n} incidents in this message"),
    digest=Plural("Digest: {n} incident", "Digest: {n} incidents"),
    critical=Plural("{n} critical", "{n} critical"),
    also="Also: {labels}",
    more=Plural("and {n} more, see the console", "and {n} more, see the console"),
    bundled_title="Other incidents in this message",
    silences_title="Silences in force",
    silence="{label}: until {time}, by {author}: {reason}",
    held="held until {time}: {reason}",
    held_for={
        "silenced": "its story is silenced",
        "inhibited": "a more serious incident is waiting for an answer",
        "quiet_hours": "quiet hours",
        "noise_cap": "too many messages in a short time",
        "digest": "goes with the next digest",
        "inhibitor_wait": "waits a moment for a more serious incident",
    },
    bundled_state="told in one message with others at {time}",
)

FRENCH = MutingWords(
    storm=Plural(
        "Tempête\u00a0: {n} incident dans ce message", "Tempête\u00a0: {n} incidents dans ce message"
    ),
    digest=Plural("Récapitulatif\u00a0: {n} incident", "Récapitulatif\u00a0: {n} incidents"),
    critical=Plural("{n} critique", "{n} critiques"),
    also="Aussi\u00a0: {labels}",
    more=Plural("et {n} autre, voir la console", "et {n} autres, voir la console"),
    bundled_title="Autres incidents dans ce message",
    silences_title="Mises en sourdine en vigueur",
    silence="{label}\u00a0: jusqu’à {time}, par {author}\u00a0: {reason}",
    held="retenu jusqu’à {time}\u00a0: {reason}",
    held_for={
        "silenced": "sa conversation est en sourdine",
        "inhibited": "un incident plus grave attend une réponse",
        "quiet_hours": "heures de tranquillité",
        "noise_cap": "trop de messages en peu de temps",
        "digest": "partira avec le prochain récapitulatif",
        "inhibitor_wait": "attend un instant un incident plus grave",
    },
    bundled_state="annoncé avec d’autres dans un seul message à {time}",
)


def muting_words(language: ReaderLanguage) -> MutingWords:
    """The words of a language."""
    return FRENCH if language == "fr" else ENGLISH
