"""A mention from a plain JSON object: the few fields that a script or a webhook caller has to give. Pure.

``text`` is asked for; ``title``, ``lang``, ``author`` (handle, or an object), ``url``, ``source``, ``id``,
``kind``, ``created_at``, ``followers`` are optional. A whole mention record (with ``schema_version``) passes too.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from monitor.codec import describe
from monitor.errors import InvalidPayload
from monitor.records import (
    Author,
    Count,
    Id,
    Mention,
    MentionKind,
    Record,
    ShortText,
    Text,
    Url,
    UtcTime,
    digest,
)

SourceName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,99}$")]


class SimpleMention(Record):
    """The optional fields of a plain object; unknown ones are ignored."""

    text: Annotated[Text, Field(min_length=1)]
    title: ShortText = ""
    lang: Annotated[str, Field(max_length=35)] | None = None
    author: ShortText | Author = ""
    url: Url | None = None
    source: SourceName | None = None
    id: Id | None = None
    kind: MentionKind = "post"
    event: Literal["new", "edited", "deleted"] = "new"
    created_at: UtcTime | None = None
    followers: Count | None = None

    @field_validator("created_at", mode="before")
    @classmethod
    def _times_as_text(cls, value: object) -> object:
        # A bare number would be read as epoch seconds or milliseconds by guess.
        if value is not None and not isinstance(value, str | datetime):
            raise ValueError('a time is given as ISO 8601 with its zone, for example "2026-03-14T09:41:07Z"')
        return value


def read_mention(item: Any, *, source: str, fetched_at: datetime) -> Mention:
    """The mention that ``item`` (decoded JSON) describes. Raises InvalidPayload that names each wrong field.

    Without an id, one is made of author, time, url and text, so that the same line gives the same id on every
    run. A time that is missing or in the future becomes ``fetched_at``.
    """
    if not isinstance(item, dict):
        raise InvalidPayload("invalid", 'a JSON object with at least "text" is expected')
    try:
        if "schema_version" in item:
            return Mention.model_validate(item)
        return _grow(SimpleMention.model_validate(item), source, fetched_at)
    except ValidationError as error:
        raise InvalidPayload("invalid", describe(error)) from None


def _grow(simple: SimpleMention, source: str, fetched_at: datetime) -> Mention:
    author = simple.author if isinstance(simple.author, Author) else Author(handle=simple.author)
    if simple.followers is not None:
        author = author.model_copy(update={"followers": simple.followers})
    source = simple.source or source
    created_at = simple.created_at or fetched_at
    return Mention(
        id=_full_id(simple, source, author),
        source=source,
        kind=simple.kind,
        event=simple.event,
        url=simple.url,
        author=author,
        title=simple.title,
        text=simple.text,
        language_hint=simple.lang,
        created_at=min(created_at, fetched_at),
        fetched_at=fetched_at,
    )


def _full_id(simple: SimpleMention, source: str, author: Author) -> str:
    if simple.id is None:
        time = simple.created_at.isoformat() if simple.created_at else ""
        return f"{source}:{digest(author.handle, time, simple.url or '', simple.title, simple.text)}"
    return simple.id if simple.id.startswith(f"{source}:") else f"{source}:{simple.id}"
