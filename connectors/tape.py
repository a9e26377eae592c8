"""Recorded mentions and payloads in files: ``.jsonl`` or ``.jsonl.gz``, one JSON object per line, in order of time."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from monitor.errors import RefuseToStart
from monitor.records import UtcTime

MAX_TAPE = 2_000_000_000  # bytes of all lines together; a tape is held in memory
MAX_LINE = 1_000_000
SUFFIXES = (".jsonl", ".jsonl.gz")

_TIME: TypeAdapter[datetime] = TypeAdapter(UtcTime)
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # of lines in a file that tells no time at all


@dataclass(frozen=True, slots=True)
class TapeLine:
    """One line as it stands in its file. ``time`` is its own, or that of the line before it."""

    time: datetime
    place: str  # file:line, 1-based
    raw: bytes


@dataclass(frozen=True, slots=True)
class Tape:
    """All lines in order of time. ``identity`` changes when any byte of the files does."""

    identity: str
    lines: tuple[TapeLine, ...]

    @property
    def first_instant(self) -> datetime | None:
        return self.lines[0].time if self.lines else None


def load_tape(path: Path) -> Tape:
    """The tape in a file, or in all tape files of a folder. Blocks. Raises RefuseToStart when there is none."""
    sha = hashlib.sha256()
    lines: list[TapeLine] = []
    size = 0
    for file in _files(path):
        sha.update(f"{file.name}\0".encode())
        time: datetime | None = None
        first = len(lines)
        for number, raw in _raw_lines(file):
            size += len(raw)
            if size > MAX_TAPE:
                raise RefuseToStart(f"{path}: the tape is larger than {MAX_TAPE} bytes: replay it in parts")
            sha.update(raw + b"\n")
            if raw.strip():
                time = created_at(raw) or time
                lines.append(TapeLine(time or UNKNOWN_TIME, f"{file.name}:{number}", raw))
        _fill_beginning(lines, first)
    _fill_beginning(lines, 0)
    return Tape(sha.hexdigest()[:32], tuple(sorted(lines, key=lambda line: line.time)))


def load_json(raw: bytes) -> Any:
    """Decoded JSON; lone surrogates pass (records replace them). Raises ValueError."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        try:
            return json.loads(raw)
        except RecursionError:
            raise ValueError("the JSON is nested too deeply") from None


def created_at(raw: bytes) -> datetime | None:
    """The time of a line, or None when it has none that can be read: when it was written, or when it came (``at``)."""
    try:
        value = load_json(raw)
        text = (value.get("created_at") or value.get("at")) if isinstance(value, dict) else None
        return _TIME.validate_python(text) if isinstance(text, str) else None
    except (ValueError, ValidationError):
        return None


def _fill_beginning(lines: list[TapeLine], first: int) -> None:
    # Lines before the first known time of their file go with it, so that they do not stand years before it.
    known = next((line.time for line in lines[first:] if line.time != UNKNOWN_TIME), UNKNOWN_TIME)
    for index in range(first, len(lines)):
        if lines[index].time == UNKNOWN_TIME:
            lines[index] = TapeLine(known, lines[index].place, lines[index].raw)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files = sorted(one for one in path.iterdir() if one.name.endswith(SUFFIXES)) if path.is_dir() else []
    if not files:
        raise RefuseToStart(
            f"{path}: no recorded mentions there: give a .jsonl or .jsonl.gz file, or a folder of them"
        )
    return files


def _raw_lines(file: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with gzip.open(file, "rb") if file.name.endswith(".gz") else file.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                yield number, line.rstrip(b"\r\n")
    except (OSError, EOFError) as error:
        raise RefuseToStart(f"{file}: the tape cannot be read to its end: {type(error).__name__}") from None
