"""Records travel in batches: a stream engine's cost per record is paid once for many mentions.

A batch that cannot be decoded as a whole is decoded item by item, so that one poison item is set aside alone.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from monitor.codec import decode, describe, encode
from monitor.errors import UndecodableRecord
from monitor.records import (
    MAX_TEXT,
    Finding,
    Id,
    Mention,
    Reading,
    Record,
    ShortText,
    UtcTime,
    without_broken_unicode,
)

MAX_ITEMS = 200  # mentions in one record
MAX_RECORD_BYTES = 8_000_000
MAX_DIGITS = 40  # of a whole number; Python refuses to read more than 4,300

Item = TypeVar("Item", bound=BaseModel)


class MentionBatch(Record):
    """What one connector fetched together."""

    schema_version: Literal[1] = 1
    source: ShortText
    mentions: tuple[Mention, ...] = Field(max_length=MAX_ITEMS)


class ReadingBatch(Record):
    """The readings of one brand out of one mention batch."""

    schema_version: Literal[1] = 1
    brand: Id
    readings: tuple[Reading, ...] = Field(max_length=MAX_ITEMS)


class FindingBatch(Record):
    """Findings of one story."""

    schema_version: Literal[1] = 1
    story: Id
    findings: tuple[Finding, ...] = Field(max_length=MAX_ITEMS)


Batch = MentionBatch | ReadingBatch | FindingBatch


class Rejected(Record):
    """A dead letter: what could not pass, why, where it stood, and its bytes as they came (cut when huge)."""

    schema_version: Literal[1] = 1
    id: Id
    stage: ShortText  # "read", "watch", "route" or a connector's name
    reason: ShortText  # a short closed word, also the metric label
    detail: Annotated[str, BeforeValidator(without_broken_unicode), Field(max_length=MAX_TEXT)] = ""
    topic: ShortText = ""
    partition: int = -1
    offset: int = -1
    rejected_at: UtcTime
    original_base64: str = ""


@dataclass(frozen=True, slots=True)
class BadItem:
    """One item of a batch that is not the record it should be, and its own JSON."""

    reason: str
    detail: str
    original: bytes


@dataclass(frozen=True, slots=True)
class Decoded(Generic[Item]):
    """The good items of a batch in order, and the bad ones beside them."""

    items: tuple[Item, ...]
    bad: tuple[BadItem, ...] = ()


def decode_mentions(data: bytes) -> Decoded[Mention]:
    """The mentions of an encoded MentionBatch. Raises UndecodableRecord when even the envelope is broken."""
    return _decode_items(data, lambda raw: decode(MentionBatch, raw).mentions, "mentions", Mention)


def decode_readings(data: bytes) -> Decoded[Reading]:
    """The readings of an encoded ReadingBatch. Raises UndecodableRecord when even the envelope is broken."""
    return _decode_items(data, lambda raw: decode(ReadingBatch, raw).readings, "readings", Reading)


def decode_findings(data: bytes) -> Decoded[Finding]:
    """The findings of an encoded FindingBatch. Raises UndecodableRecord when even the envelope is broken."""
    return _decode_items(data, lambda raw: decode(FindingBatch, raw).findings, "findings", Finding)


def _decode_items(
    data: bytes, whole: Callable[[bytes], tuple[Item, ...]], field: str, model: type[Item]
) -> Decoded[Item]:
    if len(data) > MAX_RECORD_BYTES:
        raise UndecodableRecord("too_large", f"{len(data)} bytes, more than {MAX_RECORD_BYTES}")
    try:
        return Decoded(whole(data))
    except UndecodableRecord:
        return _decode_one_by_one(_envelope_items(data, field), model)


def _envelope_items(data: bytes, field: str) -> list[Any]:
    # The standard library's parser accepts lone surrogates and NaN, which the fast one refuses; broken UTF-8 and
    # endless numbers are mended for it. One poison item must not hide its neighbours.
    try:
        envelope = json.loads(data.decode("utf-8", "replace"), parse_int=_bounded_int)
    except json.JSONDecodeError as error:
        raise UndecodableRecord("not_json", f"not JSON: {error}") from None
    except RecursionError:
        raise UndecodableRecord("not_json", "not JSON of ours: nested too deep") from None
    if not isinstance(envelope, dict):
        raise UndecodableRecord("not_a_batch", "a JSON object is expected")
    version = envelope.get("schema_version", 1)
    if version != 1:
        shown = version if isinstance(version, int) else type(version).__name__
        raise UndecodableRecord("unknown_version", f"schema_version {shown} is not one of: 1")
    if not isinstance(envelope.get(field), list):
        raise UndecodableRecord("not_a_batch", f'a JSON object with a list "{field}" is expected')
    items: list[Any] = envelope[field]
    return items


def _bounded_int(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else float("inf")


def _decode_one_by_one(items: Sequence[Any], model: type[Item]) -> Decoded[Item]:
    good: list[Item] = []
    bad: list[BadItem] = []
    for item in items:
        try:
            good.append(_decode_item(item, model))
        except ValidationError as error:
            bad.append(BadItem("invalid", describe(error), json.dumps(item).encode("ascii")))
    return Decoded(tuple(good), tuple(bad))


def _decode_item(item: Any, model: type[Item]) -> Item:
    try:
        return model.model_validate_json(json.dumps(item))
    except ValidationError:
        return model.model_validate(item)  # lone surrogates are no JSON, yet can be mended


def encode_batch(batch: Batch) -> bytes:
    """The bytes of a batch as they stand on a topic."""
    return encode(batch)


def encode_in_parts(items: Sequence[Item], make: Callable[[tuple[Item, ...]], Batch]) -> list[bytes]:
    """The records that carry ``items`` in order: as few as their number and size allow.

    A single item that is larger than a record may be is given out all the same; the reader rejects it alone.
    """
    if len(items) <= MAX_ITEMS:
        record = encode_batch(make(tuple(items)))
        if len(record) <= MAX_RECORD_BYTES or len(items) <= 1:
            return [record]
    middle = len(items) // 2
    return encode_in_parts(items[:middle], make) + encode_in_parts(items[middle:], make)


def rejected_id(stage: str, original: bytes) -> str:
    """The same bytes rejected at the same stage have the same id, however often they come."""
    return f"{stage}:{hashlib.sha256(original).hexdigest()[:32]}"
