"""Replies to a page by mail: only a person's own words, from the person's own mailbox, acknowledge."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from routing.inbound.answering import Caller, count, paged, take_answer
from routing.inbound.deliveries import once
from routing.inbound.directory import mailboxes_of
from routing.inbound.mail_reading import Reply
from routing.inbound.tokens import Bound, mail_token_fits
from routing.inbound.words import answer_words, says
from routing.ledger import note
from routing.links import LinkSigner
from routing.person_settings import PersonSettings
from routing.settings import RoutingSettings


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a mail, in a closed word, and what its writer should be told; nobody is told for ``None``."""

    outcome: str
    person: PersonSettings | None = None
    text: str = ""


def take_reply(
    connection: Connection, now: datetime, reply: Reply, settings: RoutingSettings, signer: LinkSigner
) -> Taken:
    """What a mail does, in one transaction; the same Message-ID again does nothing."""
    made: list[Taken] = []

    def work() -> str:
        made.append(_take(connection, now, reply, settings, signer))
        return made[0].outcome

    _, first = once(connection, "email", reply.id, now, work)
    taken = made[0] if first else Taken("copy")
    count("email", taken.outcome)
    return taken


def _take(
    connection: Connection, now: datetime, reply: Reply, settings: RoutingSettings, signer: LinkSigner
) -> Taken:
    if reply.automatic:
        return Taken("ignored")
    bound = _find(connection, now, reply.token, signer) if reply.token else None
    if bound is None:
        return Taken("forged")
    person = next((one for one in settings.people if one.id == bound.subject), None)
    if person is None or reply.sender not in mailboxes_of(person):
        take_answer(connection, Caller("email", reply.sender, None), "acknowledge", bound, now)
        return Taken("refused")
    if not reply.acknowledges:
        department, line = bound.department, f"email: {reply.first_line}"
        note(
            connection,
            bound.incident,
            now,
            "reply_noted",
            department=department,
            who=person.name,
            detail=line,
        )
        return Taken("noted", person, answer_words(person.language).note_taken)
    result = take_answer(connection, Caller("email", reply.sender, person), "acknowledge", bound, now)
    return Taken(result.outcome, person, says(result, "acknowledge", person.language, person.time_zone))


def _find(connection: Connection, now: datetime, token: str, signer: LinkSigner) -> Bound | None:
    """What a token was made for, among what people were paged about lately."""
    for one in paged(connection, None, now):
        for cycle in range(one.cycle, max(-1, one.cycle - 3), -1):
            bound = Bound(one.incident, cycle, one.department, one.person)
            if mail_token_fits(signer, bound, token, now):
                return bound
    return None
