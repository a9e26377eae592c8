"""The seams of judgement: each can be replaced without touching its neighbours. All are pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.records import AuthorKind, Language, Mention, Sentiment, TopicHit


@dataclass(frozen=True, slots=True)
class BrandMatch:
    """A mention names a brand; ``words`` are the post's own words that show it."""

    brand: str
    words: tuple[str, ...]


class BrandMatcher(Protocol):
    """Finds which brands a mention names. Posts of no brand give an empty tuple."""

    def match(self, mention: Mention) -> tuple[BrandMatch, ...]: ...


class LanguageDetector(Protocol):
    """Tells the language of a text; ``hint`` is what the source claims, which may be wrong."""

    def detect(self, text: str, hint: str | None) -> Language: ...


class Scorer(Protocol):
    """Judges tone. ``masked`` are brand names, which are no praise even where their words are."""

    @property
    def name(self) -> str: ...

    def score(self, text: str, language: Language, masked: Sequence[str]) -> Sentiment: ...


class TopicTagger(Protocol):
    """Finds what a post is about, with the words that show it."""

    def tag(self, text: str, language: Language) -> tuple[TopicHit, ...]: ...


class AuthorJudge(Protocol):
    """Tells what kind of author wrote a mention."""

    def kind(self, mention: Mention) -> AuthorKind: ...
