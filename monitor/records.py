"""The records that travel between the parts: mentions, readings, stories and findings.

Every record is frozen, carries ``schema_version`` at its outermost level and has a deterministic id, so that
a repeat of the same input gives the same id on every run. Times are aware UTC. Unknown is None, never 0.
"""

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

SCHEMA_VERSION = 1

MAX_TEXT = (
    40_000  # characters; the longest public post of the known sources is a 40,000-character Reddit body
)
MAX_SHORT = 1_000
MAX_RAW = 64_000  # characters
MAX_URL = 4_000

MentionKind = Literal["post", "reply", "repost", "quote", "article", "review", "comment"]
MentionEvent = Literal["new", "edited", "deleted"]
Language = Literal["fr", "en", "mixed", "other", "unknown"]
SentimentLabel = Literal["negative", "neutral", "positive"]
AuthorKind = Literal["public", "press", "regulator", "brand", "bot"]
Department = Literal["comms", "legal", "it"]
Severity = Literal["info", "warning", "critical"]
Measure = Literal[
    "observe", "reply", "private_contact", "correction_request", "formal_notice", "legal_action"
]

DEPARTMENTS: tuple[Department, ...] = ("comms", "legal", "it")
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
MEASURES: tuple[Measure, ...] = (
    "observe",
    "reply",
    "private_contact",
    "correction_request",
    "formal_notice",
    "legal_action",
)


def to_utc(value: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError where UTC would leave the calendar (years 1 to 9999)."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("the time is outside the years 1 to 9999 in UTC") from None


def without_broken_unicode(value: object) -> object:
    """Replace each lone surrogate and NUL, which JSON encoders and PostgreSQL refuse, by one U+FFFD.

    The two halves of a split surrogate pair become the character that they stand for; no text grows longer.
    """
    if not isinstance(value, str):
        return value
    try:
        value.encode()  # by far the fastest way to see that all is well
    except UnicodeEncodeError:
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return value.replace("\x00", "\ufffd")


UtcTime = Annotated[AwareDatetime, AfterValidator(to_utc)]
Text = Annotated[str, BeforeValidator(without_broken_unicode), Field(max_length=MAX_TEXT)]
ShortText = Annotated[str, BeforeValidator(without_broken_unicode), Field(max_length=MAX_SHORT)]
Url = Annotated[str, BeforeValidator(without_broken_unicode), Field(max_length=MAX_URL)]
Id = Annotated[str, BeforeValidator(without_broken_unicode), Field(min_length=1, max_length=MAX_SHORT)]
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Record(BaseModel):
    """Frozen and closed over JSON. Unknown keys are ignored, so that an older reader survives a newer writer."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null", allow_inf_nan=False)


def digest(*parts: str) -> str:
    """A deterministic id of 32 hex digits (128 bits of SHA-256) over parts that may hold any character."""
    framed = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(framed.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Author(Record):
    """Who wrote a post, as far as the source tells."""

    handle: ShortText = ""
    name: ShortText = ""
    id: ShortText | None = None
    url: Url | None = None
    followers: Count | None = None
    account_created: UtcTime | None = None
    verified: bool | None = None
    bot: bool | None = None


class Engagement(Record):
    """Counts at the time of fetching; None where the source does not say."""

    likes: Annotated[int, Field(ge=-(2**63), le=2**63 - 1)] | None = None  # votes can be negative
    reposts: Count | None = None
    replies: Count | None = None
    quotes: Count | None = None
    views: Count | None = None


class Thread(Record):
    """Links to other mentions, as mention ids (``source:native_id``)."""

    in_reply_to: Id | None = None
    repost_of: Id | None = None
    quote_of: Id | None = None
    conversation: Id | None = None


class Media(Record):
    """A picture, video or sound of a post. Never fetched."""

    url: Url
    alt: Text = ""


class Mention(Record):
    """One public post, article, review or comment, as plain text, before anyone judged it."""

    schema_version: Literal[1] = 1
    id: Id
    source: Annotated[str, Field(min_length=1, max_length=100)]
    kind: MentionKind
    event: MentionEvent = "new"
    url: Url | None = None
    author: Author = Author()
    title: ShortText = ""
    text: Text = ""
    links: tuple[Url, ...] = Field(default=(), max_length=100)
    media: tuple[Media, ...] = Field(default=(), max_length=50)
    language_hint: Annotated[str, Field(max_length=35)] | None = None
    created_at: UtcTime
    edited_at: UtcTime | None = None
    fetched_at: UtcTime
    engagement: Engagement = Engagement()
    thread: Thread = Thread()
    raw_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    raw: Annotated[str, Field(max_length=MAX_RAW)] = ""  # the payload as received, where the source keeps it
    late: bool = False  # found by a backfill after an outage: recorded, never paged as if it were new

    @property
    def full_text(self) -> str:
        """Title and text as a reader sees them."""
        return f"{self.title}\n\n{self.text}" if self.title else self.text

    @property
    def version_id(self) -> str:
        """Differs when the same post was edited or deleted; the same on every replay of one version."""
        return digest(self.id, self.event, self.title, self.text)


class Probabilities(Record):
    """Probabilities of the three labels; they add up to 1 within rounding."""

    negative: Share
    neutral: Share
    positive: Share


class Sentiment(Record):
    """A judgement of tone. ``abstain`` means: do not rely on it, and never hold back a page because of it."""

    label: SentimentLabel
    compound: Annotated[float, Field(ge=-1.0, le=1.0)]
    probabilities: Probabilities
    abstain: bool
    scorer: str


class TopicHit(Record):
    """A topic and the words of the post that show it."""

    topic: str
    why: tuple[ShortText, ...]


class Reading(Record):
    """A mention of one brand, judged. One mention of two brands gives two readings."""

    schema_version: Literal[1] = 1
    id: Id
    brand: Id
    mention: Mention
    matched: tuple[ShortText, ...]  # the words of the post that name the brand
    language: Language
    sentiment: Sentiment
    topics: tuple[TopicHit, ...] = ()
    author_kind: AuthorKind = "public"
    read_at: UtcTime


def reading_id(mention: Mention, brand: str) -> str:
    """The id of the reading of this version of a mention for a brand."""
    return digest("reading", brand, mention.version_id)


class Story(Record):
    """What is known of a story (a group of posts that tell the same thing) at one moment."""

    id: Id
    brand: Id
    title: ShortText
    first_mention: Id
    first_url: Url | None = None
    first_seen: UtcTime
    last_seen: UtcTime
    mentions: Count
    authors: Count
    reach: Count  # followers of distinct authors, summed; authors of unknown reach add nothing
    authors_of_unknown_reach: Count = 0
    mentions_last_5_min: Count = 0
    mentions_last_60_min: Count = 0
    negative_share: Share = 0.0
    sources: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    author_kinds: tuple[AuthorKind, ...] = ()
    revivals: Count = 0  # how often it moved again after a long quiet

    @property
    def mentions_per_minute(self) -> float:
        """How fast it grows: new mentions per minute over the last five minutes."""
        return self.mentions_last_5_min / 5


class Localized(Record):
    """A text in both languages of the house."""

    fr: Text
    en: Text

    def of(self, language: Literal["fr", "en"]) -> str:
        return self.fr if language == "fr" else self.en


class LadderStep(Record):
    """One measure of the agreed plan, lighter ones first."""

    measure: Measure
    what: Localized
    owner: Department
    within_minutes: Annotated[int, Field(ge=1, le=525_600)] | None = None
    approval: Department | None = None


class AgreedClause(Record):
    """The part of a playbook clause that people act on: frozen into each finding."""

    id: Id
    title: Localized
    owner: Department
    severity: Severity
    page: tuple[Department, ...]
    inform: tuple[Department, ...] = ()
    ladder: tuple[LadderStep, ...] = Field(min_length=1)
    holding_statement: Localized | None = None
    acknowledge: Literal["each", "any"] = (
        "each"  # every paged department must answer, or one of them is enough
    )
    evidence: bool = False  # the post is kept as it was first received
    legal_note: Localized | None = None  # for people of legal only, never in a message or a shared page


class PlaybookRef(Record):
    """Which agreement was in force: its version and the SHA-256 of the file."""

    version: ShortText
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Trace(Record):
    """Why a condition held or not: what was asked, what was seen, and the same of its parts."""

    condition: ShortText  # for example "sentiment is negative" or "all of"
    saw: ShortText = ""
    held: bool
    parts: tuple["Trace", ...] = ()


class Finding(Record):
    """A story meets a clause of the playbook. ``level`` grows on each material change of the same pair."""

    schema_version: Literal[1] = 1
    id: Id
    brand: Id
    brand_name: ShortText
    clause: AgreedClause
    playbook: PlaybookRef
    story: Story
    reading: Reading  # the reading that made the clause fire
    trace: Trace
    level: Count
    found_at: UtcTime
    about: Literal["clause", "edit", "deletion"] = (
        "clause"  # else: what became of a post that was found before
    )
    kind: Literal["real", "drill", "canary"] = "real"


def finding_id(story_id: str, clause_id: str, level: int) -> str:
    """The playbook's hash is left out on purpose: reloading a playbook must page nobody again."""
    return digest("finding", story_id, clause_id, str(level))


def story_id(brand: str, first_mention: str) -> str:
    """The id of the story that a mention opened."""
    return digest("story", brand, first_mention)
