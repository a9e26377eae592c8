"""Mentions from lines that people and scripts write: plain text, short JSON objects, or whole mention records."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, BinaryIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from monitor.codec import describe
from monitor.records import Author, Count, Id, Mention, ShortText, Text, Url, UtcTime

MAX_LINE = 1_000_000  # bytes


class ShortMention(BaseModel):
    """A mention as scripts write it; unknown keys are ignored."""

    model_config = ConfigDict(extra="ignore")

    text: Text
    title: ShortText = ""
    lang: Annotated[str, Field(max_length=35)] | None = None
    author: ShortText = ""
    url: Url | None = None
    source: Annotated[str, Field(min_length=1, max_length=100)] = "stdin"
    id: Id | None = None
    created_at: UtcTime | None = None
    followers: Count | None = None


@dataclass(frozen=True, slots=True)
class InputLine:
    """A good line: its number (1-based), its bytes as they came, and the mention in it."""

    number: int
    raw: bytes
    mention: Mention


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that holds no mention, and why."""

    number: int
    problem: str

    def __str__(self) -> str:
        return f"line {self.number}: {self.problem}"


def lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream one by one; of a line longer than MAX_LINE, that many bytes and one more."""
    while line := stream.readline(MAX_LINE + 1):
        yield line
        while len(line) > MAX_LINE and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE + 1)
            if not line:
                return


def read_input(lines: Iterable[bytes], now: datetime) -> Iterator[InputLine | BadLine]:
    """Each line as a mention or as a bad line, in order; blank lines are passed over.

    A line that begins with ``{`` is JSON, any other is the text of a post. ``now`` (aware UTC) is when posts
    without ``created_at`` count as written.
    """
    for number, line in enumerate(lines, 1):
        raw = line.rstrip(b"\r\n")
        if not raw.strip():
            continue
        try:
            yield InputLine(number, raw, _mention_in(raw, number, now))
        except ValidationError as error:
            yield BadLine(number, describe(error))
        except ValueError as error:
            yield BadLine(number, str(error))


def mention_of_text(text: str, now: datetime, *, number: int = 1) -> Mention:
    """A mention that says ``text``. Raises ValidationError when it is longer than any post."""
    return _complete(ShortMention(text=text), number, now)


def _mention_in(raw: bytes, number: int, now: datetime) -> Mention:
    if len(raw) > MAX_LINE:
        raise ValueError(f"the line is longer than {MAX_LINE} bytes (send one post per line)")
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start} (convert the input to UTF-8)") from None
    if not text.lstrip().startswith("{"):
        return mention_of_text(text, now, number=number)
    item = _json_object(text)
    if "fetched_at" in item:
        return Mention.model_validate_json(text)
    return _complete(ShortMention.model_validate(item), number, now)


def _json_object(text: str) -> dict[str, Any]:
    try:
        item = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f'not JSON: {error} (a line that begins with "{{" is read as JSON)') from None
    if "text" not in item:
        raise ValueError('the object has no "text" (as in {"text": "..."})')
    return dict(item)


def _complete(short: ShortMention, number: int, now: datetime) -> Mention:
    return Mention(
        id=short.id or f"{short.source}:{number}",
        source=short.source,
        kind="post",
        url=short.url,
        author=Author(handle=short.author, followers=short.followers),
        title=short.title,
        text=short.text,
        language_hint=short.lang,
        created_at=short.created_at or now,
        fetched_at=now,
    )
