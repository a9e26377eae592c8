"""The playbook as it is written: strict models of its YAML. docs/playbook.md is the reader's version."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from monitor.condition_model import Condition
from monitor.records import (
    AgreedClause,
    AuthorKind,
    Count,
    Department,
    Measure,
    MentionKind,
    Severity,
    Share,
    ShortText,
    Text,
    Url,
)
from monitor.settings import Name, Settings

MAX_CLAUSES = 500
MAX_EXAMPLES = 100


class InBoth(Settings):
    """A text in French and in English; neither is empty."""

    fr: Annotated[Text, Field(min_length=1)]
    en: Annotated[Text, Field(min_length=1)]


class StepSettings(Settings):
    """One measure of the ladder: what is done, by whom, within how many minutes, and who must approve."""

    measure: Measure
    what: InBoth
    owner: Department
    within_minutes: Annotated[int, Field(ge=1, le=525_600)] | None = None
    approval: Department | None = None


class Example(Settings):
    """A post as one would meet it, and the story that it belongs to: of this post alone unless told."""

    text: Annotated[Text, Field(min_length=1)]
    title: ShortText = ""
    source: Annotated[str, Field(min_length=1, max_length=100)] = "example"
    kind: MentionKind = "post"
    author: ShortText = ""  # handle
    followers: Count | None = None
    author_kind: AuthorKind | None = None  # as if the author were listed with the brand
    lang: Annotated[str, Field(max_length=35)] | None = None  # what the source claims
    url: Url | None = None
    mentions: Annotated[int, Field(ge=1, le=10**9)] = 1
    authors: Annotated[int, Field(ge=1, le=10**9)] | None = None  # as many as mentions unless told
    reach: Count | None = None  # the author's followers unless told
    mentions_last_5_min: Count | None = None  # all mentions unless told
    mentions_last_60_min: Count | None = None
    negative_share: Share | None = None  # 1 for a negative post, else 0, unless told


class Examples(Settings):
    """Posts on which the clause must fire, and posts on which it must stay silent."""

    fires: tuple[Example, ...] = Field(min_length=1, max_length=MAX_EXAMPLES)
    silent: tuple[Example, ...] = Field(min_length=1, max_length=MAX_EXAMPLES)


class ClauseSettings(Settings):
    """One clause: when it fires, who is told, what is done in which order, and the examples that prove it."""

    id: Name
    title: InBoth
    owner: Department
    severity: Severity
    page: tuple[Department, ...] = Field(default=(), max_length=3)
    inform: tuple[Department, ...] = Field(default=(), max_length=3)
    when: Condition
    ladder: tuple[StepSettings, ...] = Field(min_length=1, max_length=20)
    holding_statement: InBoth | None = None
    acknowledge: Literal["each", "any"] = (
        "each"  # every paged department must answer, or one of them is enough
    )
    evidence: bool = False  # keep the post as it was first received
    legal_note: InBoth | None = None  # read by people of legal alone
    review_by: date
    examples: Examples

    def agreed(self) -> AgreedClause:
        """The part that people act on, as it is frozen into findings."""
        return AgreedClause.model_validate(self.model_dump(include=set(AgreedClause.model_fields)))


class PlaybookSettings(Settings):
    """A whole playbook. ``brands`` is a list of brand ids; None (written ``all``) covers every brand."""

    version: Annotated[ShortText, Field(min_length=1)]
    brands: tuple[Name, ...] | None = Field(min_length=1)
    clauses: tuple[ClauseSettings, ...] = Field(min_length=1, max_length=MAX_CLAUSES)

    @field_validator("brands", mode="before")
    @classmethod
    def _all_or_listed(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("write all, or a list of brand ids")
        if value == "all":
            return None
        return [value] if isinstance(value, str) else value
