"""Errors that answer one question: what now?

::

    TocsinError
    ├── TransientError          retry, after ``after_s`` seconds
    │   ├── RateLimited             a source or channel said "later"
    │   └── Unavailable             a source, broker, store or channel is down
    ├── DeadLetterError         this record will never pass: keep it aside with its reason
    │   ├── UndecodableRecord       the bytes are not a record of ours
    │   └── InvalidPayload          a source sent something its contract does not allow
    ├── RefuseToStart           configuration: say what is wrong and where, exit 2
    │   ├── ConfigErrors            all problems of the files, each with file:line:column
    │   └── MissingDependency       a program or library that must be installed
    └── StopError               cannot go on safely: stop the process, let the supervisor restart it
        ├── TooManyDeadLetters      the cap on rejected records was reached
        └── DeadLetterLost          a rejected record could not be kept
"""

from collections.abc import Iterable
from dataclasses import dataclass


class TocsinError(Exception):
    """Base of every error that Tocsin raises on purpose."""


class TransientError(TocsinError):
    """Trying again later can help. ``after_s`` is the least wait in seconds, None when unknown."""

    def __init__(self, message: str, *, after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = after_s


class RateLimited(TransientError):
    """The other side asked for fewer requests."""


class Unavailable(TransientError):
    """The other side is down, unreachable or answering with server errors."""


class DeadLetterError(TocsinError):
    """The record will never pass. ``reason`` is a short closed word, used as a metric label."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class UndecodableRecord(DeadLetterError):
    """The bytes cannot be decoded into the record that the topic promises."""


class InvalidPayload(DeadLetterError):
    """A source sent an item that its own contract does not allow."""


class RefuseToStart(TocsinError):
    """Starting would be wrong. Exit code 2."""


@dataclass(frozen=True, slots=True, order=True)
class ConfigProblem:
    """One mistake in a configuration file: where it is (1-based), what is wrong, how to mend it."""

    file: str
    line: int
    column: int
    field: str
    message: str
    mend: str = ""

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        mend = f" ({self.mend})" if self.mend else ""
        return f"{self.file}:{self.line}:{self.column}: {field}{self.message}{mend}"


class ConfigErrors(RefuseToStart):
    """Every problem found in the configuration, in the order of the files."""

    def __init__(self, problems: Iterable[ConfigProblem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class MissingDependency(RefuseToStart):
    """A program or library is missing; the message names what to install."""


class StopError(TocsinError):
    """Going on could lose or repeat something. Exit code 70; a supervisor restarts the process."""


class TooManyDeadLetters(StopError):
    """So many records were rejected that the fault is more likely ours than theirs."""


class DeadLetterLost(StopError):
    """A rejected record could not be written to the dead letters, so it must be read again."""
