"""Text messages by Twilio: what is wrong, what is wanted, and the link. Never a word of a post."""

from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlencode

from pydantic import Field, model_validator

from monitor.clock import Clock
from monitor.records import digest
from routing.channels.sms_text import fitted_sms, segments
from routing.channels.target import ChannelKind, Environ
from routing.channels.twilio_api import (
    TwilioTarget,
    account_api,
    outcome_of_failure,
    refusal,
    state_after,
    taken_id,
)
from routing.channels.vendor_api import FORM, VendorApi, json_object
from routing.http import Answer
from routing.inbound.words import answer_words
from routing.message import Message
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, Delivered, Outcome
from routing.page import Page

MAX_SEGMENTS = 10  # 1,600 characters are Twilio's limit; ten parts are 1,530 at most
_LIST_S, _SEND_S = 2.0, 4.0  # with the 2 s of looking after it within one attempt
_LISTED = 20
_VALID_S = 3_600  # later than this a page is of no use to anybody
_FAILED = ("failed", "undelivered", "canceled")


class TwilioSmsTarget(TwilioTarget):
    """A mobile phone. Give ``sender`` (a number or name of the account) or ``messaging_service``."""

    kind: Literal["twilio_sms"]
    sender: Annotated[str, Field(pattern=r"^(\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11})?$")] = ""
    messaging_service: Annotated[str, Field(pattern=r"^(MG[0-9a-fA-F]{32})?$")] = ""
    max_segments: Annotated[int, Field(ge=3, le=MAX_SEGMENTS)] = 6

    @model_validator(mode="after")
    def _one_sender(self) -> "TwilioSmsTarget":
        if bool(self.sender) == bool(self.messaging_service):
            raise ValueError("give sender or messaging_service, one of the two")
        return self


class TwilioSmsChannel:
    """Pages to one mobile phone. Delivered means that Twilio has taken it and that it did not fail at once: whether
    somebody has read it shows in the acknowledgement alone.

    Twilio has no key that would drop repeats. A page that may have arrived is looked for among the newest messages
    to the number, by the mark that each carries, and only sent when it is not there.
    """

    kind: ClassVar[str] = "twilio_sms"
    deduplicates: ClassVar[bool] = False

    def __init__(self, target: TwilioSmsTarget, api: VendorApi, clock: Clock) -> None:
        self.target = target.name
        self._settings = target
        self._api = api
        self._clock = clock

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        """``thread`` is of no use here."""
        now = self._clock.now()
        if page.possible_duplicate and (sid := await self._sent_before(page, now)):
            return Delivered(sid)
        code = page.answer.sms_code if self._takes_replies() else ""
        most = self._settings.max_segments
        text = sms_of(page, compose_message(page, now), most, plain=plain, code=code)
        answer = await self._api.post(
            "/Messages.json", self._form(text, page.answer.status_url), content_type=FORM, deadline_s=_SEND_S
        )
        if not isinstance(answer, Answer):
            return answer
        refused = refusal(answer, self._api.reason(answer), self._clock.now())
        return refused or await self._accepted(answer)

    async def aclose(self) -> None:
        await self._api.aclose()

    async def _accepted(self, answer: Answer) -> Outcome:
        # An answer repeats our text, and that holds the personal link: it is no reason to show.
        sid = taken_id(answer)
        if not sid:
            return Ambiguous(f"HTTP {answer.status} without the id of a message")
        state = await state_after(self._api, self._clock, f"/Messages/{sid}.json")
        return outcome_of_failure(state) if state.get("status") in _FAILED else Delivered(sid)

    def _takes_replies(self) -> bool:
        """A name as the sender cannot be written back to."""
        return not self._settings.sender or self._settings.sender.removeprefix("+").isdigit()

    def _form(self, text: str, status_url: str) -> bytes:
        settings = self._settings
        service = {"MessagingServiceSid": settings.messaging_service}
        sender = {"From": settings.sender} if settings.sender else service
        form = {"To": settings.to, **sender, "Body": text, "ValidityPeriod": str(_VALID_S)}
        if status_url:
            form["StatusCallback"] = status_url
        return urlencode(form).encode()

    async def _sent_before(self, page: Page, now: datetime) -> str:
        """The id of a message with this page's mark that has not failed; empty when none is known."""
        since = (now - timedelta(days=1)).date().isoformat()
        query = urlencode({"To": self._settings.to, "DateSent>": since, "PageSize": str(_LISTED)})
        answer = await self._api.get(f"/Messages.json?{query}", deadline_s=_LIST_S)
        if not isinstance(answer, Answer) or answer.status != 200:
            return ""  # a repeat is better than silence
        return next(
            (
                str(one.get("sid", ""))
                for one in _messages(answer)
                if mark_of(page) in str(one.get("body", "")) and one.get("status") not in _FAILED
            ),
            "",
        )


def sms_of(page: Page, message: Message, most: int, *, plain: bool, code: str = "") -> str:
    """The text: headline, what is wanted, how to answer, the page's mark, the link last. At most ``most`` parts."""
    lines = [message.headline, *([] if plain else message.lead)]
    reply = f"{answer_words(page.language).sms.format(code=code)}\n" if code else ""
    ending = f"{reply}{mark_of(page)}\n{message.link}".rstrip()
    if segments(ending) >= most:  # such a link leaves no room for what it is about
        ending = f"{reply}{mark_of(page)}"
    return fitted_sms(lines, ending, most)


def mark_of(page: Page) -> str:
    """Seven characters by which a message of ours is found again."""
    return f"#{digest(page.id)[:6]}"


def _messages(answer: Answer) -> list[dict[str, Any]]:
    messages = (json_object(answer) or {}).get("messages")
    return [one for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []


def build(target: TwilioSmsTarget, *, clock: Clock, environ: Environ) -> TwilioSmsChannel:
    return TwilioSmsChannel(target, account_api(target, environ), clock)


KIND = ChannelKind(TwilioSmsTarget, build)
