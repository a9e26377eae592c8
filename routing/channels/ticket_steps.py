"""The steps that ticket systems share: which ticket is meant, and whether it has been told already."""

from collections.abc import Awaitable, Callable

from monitor.records import digest
from routing.channels.closing import Answered, Ending, ending_line, ticket_key
from routing.outcome import Ambiguous, Delivered, Outcome
from routing.untrusted import Inert

Find = Callable[[str], Awaitable[tuple[str, object] | Outcome]]  # by our key: a ticket's id, empty for none
Has = Callable[[str, str], Awaitable[bool]]  # a ticket's id, a reference: whether it holds a note of ours
Tell = Callable[[str, Inert, str], Awaitable[Outcome]]  # a ticket's id, a line, a reference: write it there


def reference_of(identity: str) -> str:
    """The words by which a comment or work note of ours is found again."""
    return f"Tocsin {digest(identity)[:16]}"


async def tell_ending(answered: Answered, ending: Ending, *, find: Find, has: Has, tell: Tell) -> Outcome:
    """One line on the incident's ticket that says how it went on, once however often it is told.

    An incident without a ticket has nothing to tell.
    """
    ticket = answered.thread
    if not ticket:
        found = await find(ticket_key(answered.incident, answered.cycle))
        if not isinstance(found, tuple):
            return found
        ticket = found[0]
    reference = reference_of(f"{ending} {answered.incident} {answered.cycle} {answered.department}")
    if not ticket or await has(ticket, reference):
        return Delivered(ticket, ticket)
    return await tell(ticket, ending_line(answered, ending), reference)


def looked_for_after(outcome: Outcome, after_s: float) -> Outcome:
    """What may have been written is looked for once the other side can know of it: in ``after_s`` seconds."""
    return Ambiguous(outcome.reason, after_s) if isinstance(outcome, Ambiguous) else outcome
