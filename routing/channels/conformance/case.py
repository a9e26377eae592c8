"""A channel with its double, and the troubles that the double can be told to make."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from routing.channel import Channel
from routing.channels.doubles.http import HttpDouble, Reply
from routing.outcome import Ambiguous, DeadTarget, Outcome, RejectedPayload, RetryLater

Trouble = Literal[
    "none",
    "refused",  # this content will never pass
    "unauthorised",
    "forbidden",
    "gone",
    "busy",  # come back in 30 seconds
    "busy_decimals",  # in 30.5 seconds
    "busy_until",  # at an HTTP date that is far away
    "busy_junk",  # at a time that nobody can read
    "busy_unsaid",  # at a time that it does not say
    "unavailable",
    "broken",  # an error of theirs, after which nobody knows
    "cut_early",  # the connection, before our text was read
    "cut",  # the connection, before any answer
    "cut_inside",  # the connection, inside the answer
    "garbage",  # a page for people where an answer for machines was due
    "redirect",
    "echo",  # a refusal that repeats our secrets
    "flood",  # an answer of ten megabytes
    "silent",
    "late",  # a yes, after our deadline
    "drip",  # an answer of one byte a second
]

BUSY_S = 30.0

Expected = tuple[type[Outcome], ...]

_BUSY: tuple[Trouble, ...] = ("busy_decimals", "busy_until", "busy_junk", "busy_unsaid")

EXPECTED: Mapping[Trouble, Expected] = {
    "refused": (RejectedPayload,),
    "unauthorised": (DeadTarget,),
    "forbidden": (DeadTarget,),
    "gone": (DeadTarget,),
    "busy": (RetryLater,),
    "unavailable": (RetryLater,),
    "broken": (Ambiguous,),
    "cut": (Ambiguous,),
    "cut_inside": (Ambiguous,),
    "garbage": (Ambiguous,),
    "redirect": (RejectedPayload,),
    "echo": (RejectedPayload, DeadTarget),
    "flood": (Ambiguous,),
    "silent": (Ambiguous, RetryLater),
    "drip": (Ambiguous, RetryLater),
    "cut_early": (Ambiguous,),
    "late": (Ambiguous, RetryLater),
    **dict.fromkeys(_BUSY, (RetryLater,)),
}

# Where a service means something of its own by the one, it means the same by the others.
_ALIKE: Mapping[Trouble, Trouble] = {**dict.fromkeys(_BUSY, "busy"), "cut_early": "cut", "late": "silent"}


class Double(Protocol):
    """The other side of a channel, as far as people see it. It refuses what breaks the real one's limits."""

    @property
    def shown(self) -> Sequence[str]:
        """What people read, one text for each message that was taken: markup decoded, titles and links included."""
        ...

    @property
    def live(self) -> Sequence[str]:
        """What came alive in those messages: addresses of links and pictures, mentions of people and groups."""
        ...


Open = Callable[[Trouble], AbstractAsyncContextManager[tuple[Channel, Double]]]


@dataclass(frozen=True, slots=True)
class Conformance:
    """A channel under test.

    ``open`` gives a fresh channel to a fresh double that makes the trouble. ``expected`` says which outcomes each
    trouble may have: the ones it lacks cannot happen to this channel. ``secrets`` are what the double must be told
    and nobody else: tokens, passwords, the secret parts of a URL.
    """

    open: Open
    expected: Mapping[Trouble, Expected] = field(default_factory=lambda: EXPECTED)
    secrets: tuple[str, ...] = ()


DoubleT = TypeVar("DoubleT", bound=HttpDouble)


def over_http(
    double: Callable[[], DoubleT],
    build: Callable[[DoubleT], Channel],
    *,
    secrets: tuple[str, ...] = (),
    expected: Mapping[Trouble, Expected] | None = None,
) -> Conformance:
    """The case of a channel that posts over HTTP. ``expected`` overrides what its service means by an answer.

    A trouble is made on every request of a send, however many the channel needs.
    """

    @asynccontextmanager
    async def opened(trouble: Trouble) -> AsyncIterator[tuple[Channel, Double]]:
        async with double() as server:
            if trouble != "none":
                server.script(*[_reply(trouble, secrets)] * _REQUESTS)
            channel = build(server)
            try:
                yield channel, server
            finally:
                await channel.aclose()

    own = expected or {}
    alike = {trouble: own[like] for trouble, like in _ALIKE.items() if like in own}
    return Conformance(opened, {**EXPECTED, **alike, **own}, secrets)


_REQUESTS = 8
_LOGIN_PAGE = b"<!doctype html><title>Sign in</title>"
_REPLIES: Mapping[Trouble, Reply] = {
    "refused": Reply(400),
    "unauthorised": Reply(401),
    "forbidden": Reply(403),
    "gone": Reply(404),
    "busy": Reply(429, headers={"retry-after": str(int(BUSY_S))}),
    "busy_decimals": Reply(429, headers={"retry-after": str(BUSY_S + 0.5)}),
    "busy_until": Reply(429, headers={"retry-after": "Fri, 31 Dec 2099 23:59:59 GMT"}),
    "busy_junk": Reply(429, headers={"retry-after": "soon"}),
    "busy_unsaid": Reply(429),
    "unavailable": Reply(503),
    "cut_early": Reply(fault="reset_before_body"),
    "late": Reply(200, b"ok", fault="late"),
    "broken": Reply(500),
    "cut": Reply(fault="reset"),
    "cut_inside": Reply(200, b'{"ok":true,"id":"1"}' * 9, fault="reset_inside_body"),
    "garbage": Reply(200, _LOGIN_PAGE, {"content-type": "text/html"}),
    "redirect": Reply(302, headers={"location": "http://169.254.169.254/"}),
    "flood": Reply(200, b"x" * 10_000_000),
    "silent": Reply(fault="hang"),
    "drip": Reply(200, b"x" * 60, fault="drip"),
}


def _reply(trouble: Trouble, secrets: Sequence[str]) -> Reply:
    if trouble == "echo":
        return Reply(403, f"refused: {' '.join(secrets)}".encode())
    return _REPLIES[trouble]
