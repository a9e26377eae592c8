"""Keys pressed in a call: 1 acknowledges, as the person who was called. Voicemail presses none."""

from datetime import datetime
from xml.etree import ElementTree as ET

from aiohttp import web
from sqlalchemy import Connection

from routing.channels.twilio_voice import TwilioVoiceTarget
from routing.inbound.answering import Caller, count, take_answer
from routing.inbound.deliveries import once
from routing.inbound.directory import phones_of
from routing.inbound.gate import Gate
from routing.inbound.tokens import Bound, opened
from routing.inbound.twilio import Form, SignedForms, xml
from routing.inbound.words import answer_words, says
from routing.links import LinkSigner
from routing.person_settings import PersonSettings
from routing.settings import RoutingSettings

_HUMAN = ("", "human", "unknown")


class KeysPressed:
    """``POST /hooks/twilio/voice/{token}``. The same key in the same call changes nothing twice."""

    def __init__(self, gate: Gate, forms: SignedForms, settings: RoutingSettings, signer: LinkSigner) -> None:
        self._gate = gate
        self._forms = forms
        self._settings = settings
        self._signer = signer

    async def receive(self, request: web.Request) -> web.Response:
        form = await self._forms.read(request, "voice")
        if isinstance(form, web.Response):
            return form
        token = request.match_info["token"]
        said = await self._gate.transact(lambda connection, now: self._take(connection, now, form, token))
        return said if isinstance(said, web.Response) else xml(said)

    def _take(self, connection: Connection, now: datetime, form: Form, token: str) -> str:
        bound = opened(self._signer, "voice", token, now)
        if bound is None:
            count("voice", "expired")
            return _script("", "fr-CA", "")
        press = f"{form.get('CallSid', '')}/{form.get('Digits', '')}"
        said, first = once(
            connection, "voice", press, now, lambda: self._answer(connection, now, form, bound)
        )
        if not first:
            count("voice", "copy")
        return said

    def _answer(self, connection: Connection, now: datetime, form: Form, bound: Bound) -> str:
        called = form.get("To", "")
        person = next((one for one in self._settings.people if one.id == bound.subject), None)
        if person is not None and called not in phones_of(person):
            person = None  # a page that went elsewhere since, or a call that was passed on
        if person is None:
            take_answer(connection, Caller("voice", called, None), "acknowledge", bound, now)
            count("voice", "refused")
            return _script("", "fr-CA", "")
        accent = _accent(person)
        if form.get("Digits") != "1" or form.get("AnsweredBy", "") not in _HUMAN:
            count("voice", "ignored")
            return _script("", accent, answer_words(person.language).press)
        result = take_answer(connection, Caller("voice", called, person), "acknowledge", bound, now)
        count("voice", result.outcome)
        return _script(says(result, "acknowledge", person.language, person.time_zone), accent, "")


def _accent(person: PersonSettings) -> str:
    target = next((one for one in person.targets if isinstance(one, TwilioVoiceTarget)), None)
    if person.language == "fr":
        return target.french if target else "fr-CA"
    return target.english if target else "en-US"


def _script(said: str, accent: str, again: str) -> str:
    """What the caller hears next. ``again`` waits for one more key, which comes to the same address."""
    response = ET.Element("Response")
    if said:
        ET.SubElement(response, "Say", language=accent).text = said
    if again:
        gather = ET.SubElement(response, "Gather", numDigits="1", timeout="8")
        ET.SubElement(gather, "Say", language=accent).text = again
    return ET.tostring(response, encoding="unicode")
