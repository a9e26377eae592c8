"""Text messages that answer a page: its four digits, from the phone that it was sent to."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy import Connection

from monitor.records import digest
from routing.desk import AckResult
from routing.inbound.answering import Caller, Paged, count, paged, take_answer
from routing.inbound.deliveries import count_since, once, remember
from routing.inbound.directory import by_phone
from routing.inbound.gate import Gate
from routing.inbound.tokens import Bound, sms_codes
from routing.inbound.twilio import Form, SignedForms, text_back, xml
from routing.inbound.words import answer_words, both, says
from routing.links import LinkSigner
from routing.person_settings import PersonSettings
from routing.settings import RoutingSettings

GUESSES, WINDOW = 5, timedelta(minutes=15)
_CODE = re.compile(r"(?<!\d)\d{4}(?!\d)")
_CYCLES = 3  # of an incident that was opened again
# Twilio itself stops, starts and explains at these words: nothing of ours may come between.
_TWILIOS = frozenset(
    "stop stopall unsubscribe cancel end quit start yes unstop help info arret arrêt aide revoke optout".split()
)


class TextMessages:
    """``POST /hooks/twilio/sms``. Five wrong codes from a phone in a quarter of an hour, and it is not heard."""

    def __init__(self, gate: Gate, forms: SignedForms, settings: RoutingSettings, signer: LinkSigner) -> None:
        self._gate = gate
        self._forms = forms
        self._settings = settings
        self._signer = signer

    async def receive(self, request: web.Request) -> web.Response:
        form = await self._forms.read(request, "sms")
        if isinstance(form, web.Response):
            return form
        phone, text, sid = form.get("From", ""), form.get("Body", "")[:1_600], form.get("MessageSid", "")
        if not phone or not sid or "OptOutType" in form or text.strip().lower() in _TWILIOS:
            count("sms", "ignored")
            return xml(text_back(""))
        said = await self._gate.transact(lambda connection, now: self._take(connection, now, form))
        return said if isinstance(said, web.Response) else xml(said)

    def _take(self, connection: Connection, now: datetime, form: Form) -> str:
        def work() -> str:
            return text_back(self._answer(connection, now, form))

        said, first = once(connection, "sms", form["MessageSid"], now, work)
        if not first:
            count("sms", "copy")
        return said

    def _answer(self, connection: Connection, now: datetime, form: Form) -> str:
        phone = form["From"]
        key = f"{digest(phone)}/"
        if count_since(connection, "sms wrong", key, now - WINDOW) >= GUESSES:
            count("sms", "limited")
            return ""
        codes = set(_CODE.findall(form.get("Body", "")[:1_600]))
        people = by_phone(self._settings, phone)
        found = list(self._matches(connection, people, codes, now)) if len(codes) == 1 else []
        if people and len({(one.person, one.incident) for one in found}) == 1:
            return self._acknowledge(connection, now, phone, found)
        remember(connection, "sms wrong", f"{key}{form['MessageSid']}", now)
        if not people:
            for one in found:  # the right code from a phone that is nobody's
                take_answer(connection, Caller("sms", phone, None), "acknowledge", _bound(one), now)
            count("sms", "refused")
            return both("refused")
        count("sms", "unknown_code")
        return answer_words(people[0].language).trouble["several" if found else "unknown_code"]

    def _acknowledge(self, connection: Connection, now: datetime, phone: str, found: list[Paged]) -> str:
        """For every department that the person was paged for."""
        person = next(one for one in self._settings.people if one.id == found[0].person)
        caller = Caller("sms", phone, person)
        results: list[AckResult] = [
            take_answer(connection, caller, "acknowledge", _bound(one), now) for one in found
        ]
        result = next((one for one in results if one.outcome == "done"), results[0])
        count("sms", result.outcome)
        return says(result, "acknowledge", person.language, person.time_zone)

    def _matches(
        self, connection: Connection, people: tuple[PersonSettings, ...], codes: set[str], now: datetime
    ) -> Iterator[Paged]:
        """What the code acknowledges: the present cycle of an incident, or else an older one, which is said."""
        ids = tuple(one.id for one in people) or None
        candidates = list(paged(connection, ids, now))
        for age in range(_CYCLES):
            older = [
                Paged(one.incident, one.cycle - age, one.department, one.person)
                for one in candidates
                if one.cycle >= age
            ]
            fitting = [
                one
                for one in older
                if codes & set(sms_codes(self._signer, one.person, one.incident, one.cycle))
            ]
            if fitting:
                yield from fitting
                return


def _bound(one: Paged) -> Bound:
    return Bound(one.incident, one.cycle, one.department, one.person)
