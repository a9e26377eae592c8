"""Calls by Twilio: a voice says what is wrong and what is wanted, more than once. Never a word of a post."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from pydantic import Field

from monitor.clock import Clock
from routing.channels.target import ChannelKind, Environ
from routing.channels.twilio_api import (
    PhoneNumber,
    TwilioTarget,
    account_api,
    refusal,
    state_after,
    taken_id,
)
from routing.channels.vendor_api import FORM, VendorApi
from routing.http import Answer
from routing.inbound.words import answer_words
from routing.message import Message
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome
from routing.page import Page, ReaderLanguage
from routing.untrusted import Inert, one_line, truncate

MAX_TWIML = 4_000
SAID_TIMES = 3
_ROOM = 1_200  # of one time, percent-encoded as Twilio counts it: three and the verbs stay below 4,000
_SEND_S = 5.0  # with the 2 s of looking after it within one attempt
_AGAIN: Mapping[ReaderLanguage, str] = {"fr": "Je répète.", "en": "I repeat."}
_HOW: Mapping[ReaderLanguage, str] = {
    "fr": "Pour accuser réception, ouvrez le lien de votre message ou la console de Tocsin.",
    "en": "To acknowledge, open the link in your message or the Tocsin console.",
}


class TwilioVoiceTarget(TwilioTarget):
    """A telephone that is called. ``sender`` is a number of the account."""

    kind: Literal["twilio_voice"]
    sender: PhoneNumber
    french: Literal["fr-CA", "fr-FR"] = "fr-CA"
    english: Literal["en-US", "en-GB", "en-CA", "en-AU"] = "en-US"
    times: Annotated[int, Field(ge=1, le=SAID_TIMES)] = 2


class TwilioVoiceChannel:
    """Calls to one telephone. Delivered means that Twilio calls and the number exists: voicemail answers too, so
    whether somebody has heard it shows in the acknowledgement alone.

    A call carries no mark by which a lost one could be found again, so a page that may have arrived is called once
    more: for what has to wake somebody, twice is better than not at all.
    """

    kind: ClassVar[str] = "twilio_voice"
    deduplicates: ClassVar[bool] = False

    def __init__(self, target: TwilioVoiceTarget, api: VendorApi, clock: Clock) -> None:
        self.target = target.name
        self._settings = target
        self._api = api
        self._clock = clock

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """``thread`` is of no use here."""
        settings = self._settings
        message = compose_message(page, self._clock.now())
        accent = settings.french if message.language == "fr" else settings.english
        url = page.answer.voice_url
        said = spoken_text(message, plain=plain, url=url)
        form = {"To": settings.to, "From": settings.sender}
        if page.answer.status_url:
            form["StatusCallback"] = page.answer.status_url
        script = twiml(said, message.language, accent, settings.times, url)
        body = urlencode({**form, "Twiml": script}).encode()
        answer = await self._api.post("/Calls.json", body, content_type=FORM, deadline_s=_SEND_S)
        if not isinstance(answer, Answer):
            return answer
        if refused := refusal(answer, self._api.reason(answer), self._clock.now()):
            return refused
        sid = taken_id(answer)
        if not sid:
            return Ambiguous(f"HTTP {answer.status} without the id of a call")
        state = await state_after(self._api, self._clock, f"/Calls/{sid}.json")
        if state.get("status") == "failed":
            return DeadTarget("the call failed at once: most likely there is no such number")
        return Delivered(sid)

    async def aclose(self) -> None:
        await self._api.aclose()


def spoken_text(message: Message, *, plain: bool, url: str = "") -> Inert:
    """What is said each time: the headline, what is wanted, and where to answer. ``url`` takes the key pressed."""
    headline = message.headline.replace(" · ", ". ")
    lead = [] if plain else [line.replace(" · ", ". ") for line in message.lead]
    answer = answer_words(message.language).press if url else _HOW[message.language]
    how = [] if message.transition == "informed" else [answer]
    body = " ".join(_sentence(one_line(line)) for line in (f"Tocsin. {headline}", *lead))
    room = (
        _ROOM - encoded_size(url) // SAID_TIMES - sum(encoded_size(line) + encoded_size(" ") for line in how)
    )
    return Inert(" ".join([truncate(body, room, encoded_size), *how]))


def twiml(said: Inert, language: ReaderLanguage, accent: str, times: int, url: str = "") -> str:
    """The instructions of a call. They are built as elements, so no text can become one.

    With a ``url`` one key is waited for all along; voicemail presses none.
    """
    response = ET.Element("Response")
    ET.SubElement(response, "Pause", length="1")
    gather = {"numDigits": "1", "timeout": "8", "action": url}
    part = ET.SubElement(response, "Gather", gather) if url else response
    for place in range(times):
        if place:
            ET.SubElement(part, "Pause", length="2")
            ET.SubElement(part, "Say", language=accent).text = _AGAIN[language]
        ET.SubElement(part, "Say", language=accent).text = said
    return ET.tostring(response, encoding="unicode")


def encoded_size(text: str) -> int:
    """Length of the text in the instructions once they are percent-encoded."""
    return len(quote(escape(text), safe=""))


def _sentence(line: str) -> str:
    return line if line.endswith((".", "!", "?")) else f"{line}."


def build(target: TwilioVoiceTarget, *, clock: Clock, environ: Environ) -> TwilioVoiceChannel:
    return TwilioVoiceChannel(target, account_api(target, environ), clock)


KIND = ChannelKind(TwilioVoiceTarget, build)
