from collections.abc import Awaitable, Callable

import pytest

from routing.channels.closing import ticket_key
from routing.channels.ticket_steps import looked_for_after, reference_of, tell_ending
from routing.outcome import Ambiguous, Delivered, Outcome, RetryLater
from routing.untrusted import Inert
from tests.routing.channels.answers import make_answered


class Tickets:
    """A ticket system in memory."""

    def __init__(self, found: str | Outcome = "T-1") -> None:
        self.found = found
        self.asked: list[str] = []
        self.notes: dict[str, str] = {}

    async def find(self, key: str) -> tuple[str, object] | Outcome:
        self.asked.append(key)
        return (self.found, ()) if isinstance(self.found, str) else self.found

    async def has(self, ticket: str, reference: str) -> bool:
        return reference in self.notes

    async def tell(self, ticket: str, line: Inert, reference: str) -> Outcome:
        self.notes[reference] = f"{ticket} {line}"
        return Delivered(ticket, ticket)


def told(tickets: Tickets) -> Callable[..., Awaitable[Outcome]]:
    async def tell(thread: str = "") -> Outcome:
        answered = make_answered(thread=thread)
        return await tell_ending(answered, "resolved", find=tickets.find, has=tickets.has, tell=tickets.tell)

    return tell


async def test_it_is_told_once_however_often_it_is_repeated() -> None:
    tickets = Tickets()
    assert [await told(tickets)() for _ in range(3)] == [Delivered("T-1", "T-1")] * 3
    (note,) = tickets.notes.values()
    assert note.startswith("T-1 ")
    assert "Juridique de garde" in note


async def test_the_ticket_is_looked_for_only_where_it_is_not_known() -> None:
    tickets = Tickets()
    await told(tickets)("T-9")
    assert tickets.asked == []
    await told(tickets)()
    answered = make_answered()
    assert tickets.asked == [ticket_key(answered.incident, answered.cycle)]


async def test_without_a_ticket_there_is_nothing_to_tell() -> None:
    tickets = Tickets("")
    assert await told(tickets)() == Delivered()
    assert tickets.notes == {}


async def test_what_the_search_says_is_passed_on() -> None:
    busy = RetryLater("busy", 30.0)
    assert await told(Tickets(busy))() == busy


@pytest.mark.parametrize("outcome", [Delivered("1"), RetryLater("busy", 2.0)])
def test_only_what_may_have_been_written_is_looked_for(outcome: Outcome) -> None:
    assert looked_for_after(outcome, 10.0) == outcome
    assert looked_for_after(Ambiguous("cut", 1.0), 10.0) == Ambiguous("cut", 10.0)


def test_a_reference_is_short_and_its_own() -> None:
    assert len({reference_of(str(number)) for number in range(100)}) == 100
    assert len(reference_of("x" * 10_000)) == len("Tocsin ") + 16
