"""What became of a text message or a call after Twilio took it: not delivered means that the next target takes it."""

from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy import Connection, and_, select, update

from routing.inbound.answering import count
from routing.inbound.deliveries import remember
from routing.inbound.gate import Gate
from routing.inbound.tokens import Bound, opened
from routing.inbound.twilio import Form, SignedForms
from routing.ledger import note
from routing.links import LinkSigner
from routing.queue_rows import lock_incident
from routing.results import next_target
from routing.schema import messages, micros, tracks
from routing.settings import RoutingSettings

_LOST = ("undelivered", "failed", "busy", "no-answer", "canceled")
_FINAL = ("delivered", "completed", *_LOST)
_ALIVE = ("pending", "sending", "ambiguous", "sent")


class Receipts:
    """``POST /hooks/twilio/status/{token}``. The first final word on a message counts; copies and stragglers do not."""

    def __init__(self, gate: Gate, forms: SignedForms, settings: RoutingSettings, signer: LinkSigner) -> None:
        self._gate = gate
        self._forms = forms
        self._settings = settings
        self._signer = signer

    async def receive(self, request: web.Request) -> web.Response:
        form = await self._forms.read(request, "receipt")
        if isinstance(form, web.Response):
            return form
        token = request.match_info["token"]
        done = await self._gate.transact(lambda connection, now: self._take(connection, now, form, token))
        return done if isinstance(done, web.Response) else web.Response()

    def _take(self, connection: Connection, now: datetime, form: Form, token: str) -> None:
        status = form.get("MessageStatus") or form.get("CallStatus", "")
        sid = form.get("MessageSid") or form.get("CallSid", "")
        bound = opened(self._signer, "status", token, now)
        if bound is None or not sid or status not in _FINAL:
            count("receipt", "expired" if bound is None else "ignored")
            return
        if not remember(connection, "receipt", sid, now):
            count("receipt", "copy")
            return
        incident = lock_incident(connection, bound.incident)
        row = _sent(connection, bound)
        if incident is None or row is None or status not in _LOST:
            count("receipt", "noted")
            return
        code = form.get("ErrorCode", "")
        reason = f"{row.target}: {status}{f' ({code[:10]})' if code.isdecimal() else ''}"
        _pass_on(connection, self._settings, row, reason, now, wanted=incident.state == "open")
        count("receipt", "done")


def _sent(connection: Connection, bound: Bound) -> Any | None:
    """The message as it was sent by that very target; None when it has gone elsewhere since."""
    message, _, number = bound.subject.rpartition("/")
    same = and_(messages.c.id == message, messages.c.state == "sent")
    row = connection.execute(select(messages).where(same)).first()
    return row if row is not None and str(row.target_number) == number else None


def _pass_on(
    connection: Connection, settings: RoutingSettings, row: Any, reason: str, now: datetime, *, wanted: bool
) -> None:
    """The person's next target takes the message while it is wanted; with nobody left, the next step goes now."""
    mine = and_(tracks.c.incident == row.incident, tracks.c.department == row.department)
    track = connection.execute(select(tracks).where(mine)).first()
    note(
        connection, row.incident, now, "undelivered", department=row.department, who=row.person, detail=reason
    )
    if not wanted or track is None or track.acknowledged_at is not None:
        return
    values = {**next_target(settings, row, now, reason), "sent_at": None, "thread": ""}
    connection.execute(update(messages).where(messages.c.id == row.id).values(**values))
    if values["state"] != "failed" or row.transition == "informed":
        return
    same = and_(
        messages.c.incident == row.incident,
        messages.c.department == row.department,
        messages.c.round == row.round,
        messages.c.step == row.step,
        messages.c.state.in_(_ALIVE),
    )
    if connection.execute(select(messages.c.id).where(same)).first() is None:
        current = and_(mine, tracks.c.round == row.round, tracks.c.step == row.step)
        running = and_(current, tracks.c.next_step_at.is_not(None))
        connection.execute(update(tracks).where(running).values(next_step_at=micros(now)))
