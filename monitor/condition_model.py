"""The conditions of a playbook clause: typed and nested. ``monitor.conditions`` evaluates them.

A condition has exactly one key. ``all``, ``any`` and ``not`` nest; each other key looks at one thing of the post
or of the story that it belongs to. docs/playbook.md lists them for those who write playbooks.
"""

import difflib
from functools import cached_property
from typing import Annotated, Any, get_args

from pydantic import Field, field_validator, model_validator

from monitor.query import Query, QueryError, parse_query
from monitor.records import AuthorKind, Language, MentionKind, SentimentLabel, Share
from monitor.settings import Settings
from monitor.topics import TOPICS

MAX_DEPTH = 15
MAX_PARTS = 50

AtLeast = Annotated[int, Field(ge=1, le=10**12)]
Several = Field(default=None, min_length=1, max_length=100)


class Tone(Settings):
    """A label and how sure the scorer must be of it (its probability, 0 to 1)."""

    is_: SentimentLabel = Field(alias="is")
    min_confidence: Share = 0.0


class Condition(Settings):
    """One condition: exactly one of these keys is given."""

    all: tuple["Condition", ...] | None = Field(default=None, min_length=1, max_length=MAX_PARTS)
    any: tuple["Condition", ...] | None = Field(default=None, min_length=1, max_length=MAX_PARTS)
    not_: "Condition | None" = Field(default=None, alias="not")
    topic: tuple[str, ...] | None = Several
    sentiment: Tone | None = None
    query: str | None = None  # in the brand query language
    author_kind: tuple[AuthorKind, ...] | None = Several
    author_followers: AtLeast | None = None
    source: tuple[str, ...] | None = Several
    language: tuple[Language, ...] | None = Several
    kind: tuple[MentionKind, ...] | None = Several
    reach: AtLeast | None = None  # followers of the story's distinct authors
    mentions: AtLeast | None = None  # posts of the story
    authors: AtLeast | None = None
    mentions_last_5_min: AtLeast | None = None
    mentions_last_60_min: AtLeast | None = None
    mentions_per_minute: Annotated[float, Field(gt=0, le=10**9)] | None = None
    negative_share: Share | None = None

    @field_validator("topic", "author_kind", "source", "language", "kind", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("sentiment", mode="before")
    @classmethod
    def _label_alone(cls, value: Any) -> Any:
        if isinstance(value, str):
            if value not in get_args(SentimentLabel):
                raise ValueError(f"this must be one of: {', '.join(get_args(SentimentLabel))}")
            return {"is": value}
        return value

    @field_validator("topic")
    @classmethod
    def _known_topics(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for topic in value or ():
            if topic not in TOPICS:
                close = difflib.get_close_matches(topic, TOPICS, n=1)
                mend = f"did you mean {close[0]!r}?" if close else f"topics: {', '.join(TOPICS)}"
                raise ValueError(f"there is no topic {topic[:60]!r} ({mend})")
        return value

    @field_validator("query")
    @classmethod
    def _readable_query(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                parse_query(value)
            except QueryError as error:
                raise ValueError(str(error)) from None
        return value

    @model_validator(mode="after")
    def _exactly_one_key(self) -> "Condition":
        if len(self.model_fields_set) != 1:
            keys = ", ".join(sorted(self.model_fields_set)) or "none"
            raise ValueError(
                f"a condition has exactly one key, here: {keys} (put several under all: or any:, each with its -)"
            )
        if getattr(self, self.key) is None:
            raise ValueError("the condition has no value (write one after the colon)")
        if self.depth > MAX_DEPTH:
            raise ValueError(f"conditions are nested deeper than {MAX_DEPTH}")
        return self

    @property
    def key(self) -> str:
        """The one key that is given; ``not_`` for ``not``."""
        return next(iter(self.model_fields_set))

    @property
    def parts(self) -> tuple["Condition", ...]:
        """The conditions inside ``all``, ``any`` or ``not``."""
        return self.all or self.any or ((self.not_,) if self.not_ else ())

    @cached_property
    def depth(self) -> int:
        """How many conditions stand inside each other."""
        return 1 + max((part.depth for part in self.parts), default=0)

    @cached_property
    def parsed_query(self) -> Query:
        """The query of a ``query`` condition. Raises QueryError for any other."""
        return parse_query(self.query or "")
