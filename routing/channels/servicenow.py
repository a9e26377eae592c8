"""ServiceNow incidents by the Table API: one record for each of our incidents, work notes for what follows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Literal
from urllib.parse import quote

import orjson
import regex
from pydantic import Field

from monitor.clock import Clock
from monitor.records import Severity, ShortText, digest
from monitor.secret import SecretRef
from routing.channels.closing import Answered, Ending, severity_sent, ticket_key
from routing.channels.target import ChannelKind, Environ, WebTarget, read_header_secret
from routing.channels.ticket_steps import looked_for_after, reference_of, tell_ending
from routing.channels.ticket_text import fitted_text
from routing.channels.vendor_api import VendorApi, basic, json_object, keyed, unread
from routing.http import Answer
from routing.http_outcome import outcome_of_status, retry_after_s
from routing.message import Message
from routing.message_compose import compose_message
from routing.message_text import short_text
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.page import Page
from routing.untrusted import Inert, truncate, utf16_size

MAX_SHORT_DESCRIPTION = 160
MAX_TEXT = 4_000
_LOOK_UP_S, _READ_S, _WRITE_S = 2.0, 1.5, 4.0  # together within one attempt
_WRITTEN_AFTER_S = 10.0  # by then a record that was lost on its way back can be looked up
_AWAKE_AFTER_S = 60.0  # an instance that hibernates answers with a page for people
_LEVEL: Mapping[Severity, str] = {"info": "3", "warning": "2", "critical": "1"}  # of impact and of urgency
_ID_ALONE = "sysparm_fields=sys_id"  # an answer would otherwise repeat the whole record
_SYS_ID = regex.compile(r"[0-9a-f]{32}")
_CODE = regex.compile(r"\[(\s*/?\s*code[^\]\n]{0,20})\]", regex.IGNORECASE)

FoundRecord = tuple[str, str]  # sys_id and correlation_display; both empty when there is none


class ServiceNowTarget(WebTarget):
    """A table of a ServiceNow instance. ``user`` and its password, or an OAuth token alone."""

    kind: Literal["servicenow"]
    api_url: str  # https://your-instance.service-now.com
    secret: SecretRef  # the user's password, or without a user the OAuth token
    user: ShortText = ""
    table: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")] = "incident"
    assignment_group: ShortText = ""  # its sys_id
    caller: ShortText = ""  # the sys_id of the user in whose name incidents are opened


class ServiceNowChannel:
    """Pages as one incident of an instance; every later page is a work note on it.

    The Table API drops no repeats, so the record is looked up by its correlation id before it is made, and a note
    that may have arrived by its reference. Two of our processes can still make two records at the same moment.
    """

    kind: ClassVar[str] = "servicenow"
    deduplicates: ClassVar[bool] = False

    def __init__(self, target: ServiceNowTarget, api: VendorApi, clock: Clock) -> None:
        self.target = target.name
        self._settings = target
        self._api = api
        self._clock = clock
        self._records = f"/api/now/table/{target.table}"

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        message = compose_message(page, self._clock.now())
        record = "" if plain else thread  # a refused note may mean that the record is gone
        if not record:
            found = await self._find(ticket_key(page.incident, page.cycle))
            if not isinstance(found, tuple):
                return found
            record, made_by = found
            if record and made_by == page_mark(page):
                return Delivered(record, record)
        if not record:
            return await self._create(record_of(page, message, self._settings, plain=plain))
        reference = reference_of(page.id)
        if page.possible_duplicate and await self._has_note(record, reference):
            return Delivered(record, record)
        return await self._note(record, note_of(page, message, reference, plain=plain))

    async def acknowledged(self, answered: Answered) -> Outcome:
        """A work note says who answered."""
        return await self._end(answered, "acknowledged")

    async def resolved(self, answered: Answered) -> Outcome:
        """A work note says who resolved it. The record stays open: its measures may still be under way."""
        return await self._end(answered, "resolved")

    async def aclose(self) -> None:
        await self._api.aclose()

    async def _end(self, answered: Answered, ending: Ending) -> Outcome:
        return await tell_ending(answered, ending, find=self._find, has=self._has_note, tell=self._note_line)

    async def _note_line(self, record: str, line: Inert, reference: str) -> Outcome:
        return await self._note(record, {"work_notes": without_code(f"{line}\n{reference}")})

    async def _find(self, correlation_id: str) -> FoundRecord | Outcome:
        """The record with that correlation id."""
        answer = await self._query(
            self._records,
            f"correlation_id={correlation_id}^ORDERBYsys_created_on",
            "sys_id,correlation_id,correlation_display",
            _LOOK_UP_S,
        )
        if not isinstance(answer, Answer):
            return answer
        reason = self._api.reason(answer)
        if answer.status == 400:
            return DeadTarget(reason)  # our query is always well-formed: the table is not there
        if failed := _refusal(answer, reason, self._clock.now()):
            return RetryLater(failed.reason, failed.after_s) if isinstance(failed, Ambiguous) else failed
        records = (json_object(answer) or {}).get("result")
        if not isinstance(records, list):
            return RetryLater(f"no answer for machines, the instance may hibernate: {reason}", _AWAKE_AFTER_S)
        # An instance that does not know a field of the query may answer with any record: only ours counts.
        ours = [
            one for one in records if isinstance(one, dict) and one.get("correlation_id") == correlation_id
        ]
        sys_id = str(ours[0].get("sys_id", "")) if ours else ""
        return (
            (sys_id, str(ours[0].get("correlation_display", ""))) if _SYS_ID.fullmatch(sys_id) else ("", "")
        )

    async def _has_note(self, record: str, reference: str) -> bool:
        """Whether a work note is ours. Where the journal cannot be read, a repeat is better than silence."""
        if not _SYS_ID.fullmatch(record):
            return False
        query = f"element=work_notes^element_id={record}^valueLIKE{reference}"
        answer = await self._query("/api/now/table/sys_journal_field", query, "sys_id", _READ_S)
        if not isinstance(answer, Answer) or answer.status != 200:
            return False
        return bool((json_object(answer) or {}).get("result"))

    async def _query(self, path: str, query: str, fields: str, deadline_s: float) -> Answer | Outcome:
        asked = (
            f"sysparm_query={quote(query, safe='')}&sysparm_fields={quote(fields, safe=',')}&sysparm_limit=1"
        )
        return await self._api.get(f"{path}?{asked}", deadline_s=deadline_s)

    async def _create(self, body: Mapping[str, str]) -> Outcome:
        path = f"{self._records}?{_ID_ALONE}"
        answer = await self._api.post(path, orjson.dumps(body), deadline_s=_WRITE_S)
        if not isinstance(answer, Answer):
            return looked_for_after(answer, _WRITTEN_AFTER_S)
        reason = self._api.reason(answer)
        record = _written(answer)
        if answer.status == 201 and record:
            return Delivered(record, record)
        refused = _refusal(answer, reason, self._clock.now())
        return looked_for_after(refused or Ambiguous(unread(answer)), _WRITTEN_AFTER_S)

    async def _note(self, record: str, body: Mapping[str, str]) -> Outcome:
        path = f"{self._records}/{quote(record, safe='')}?{_ID_ALONE}"
        answer = await self._api.patch(path, orjson.dumps(body), deadline_s=_WRITE_S)
        if not isinstance(answer, Answer):
            return answer
        reason = self._api.reason(answer)
        if answer.status == 200 and _written(answer):
            return Delivered(record, record)
        if answer.status == 404:
            return RejectedPayload(reason)  # the plain form does without the record of the first page
        return _refusal(answer, reason, self._clock.now()) or Ambiguous(unread(answer))


def record_of(page: Page, message: Message, target: ServiceNowTarget, *, plain: bool) -> dict[str, str]:
    """The record of a new incident. The plain form leaves out what refers to the instance's own records."""
    level = _LEVEL[severity_sent(page.severity, page.transition)]
    text = short_text(message) if plain else fitted_text(message, MAX_TEXT)
    record = {
        "short_description": truncate(f"{message.subject} {message.mark}", MAX_SHORT_DESCRIPTION, utf16_size),
        "description": truncate(text, MAX_TEXT, utf16_size),
        "impact": level,
        "urgency": level,
        "correlation_id": ticket_key(page.incident, page.cycle),
        "correlation_display": page_mark(page),
    }
    optional = {"assignment_group": target.assignment_group, "caller_id": target.caller}
    return record | ({} if plain else {name: value for name, value in optional.items() if value})


def note_of(page: Page, message: Message, reference: str, *, plain: bool) -> dict[str, str]:
    """The change that adds a page to its record; a rise in severity raises the record too."""
    room = MAX_TEXT - len(reference) - 1
    text = truncate(short_text(message), room, utf16_size) if plain else fitted_text(message, room)
    note = {"work_notes": without_code(f"{text.rstrip()}\n{reference}")}
    if page.transition == "raised":
        note |= dict.fromkeys(("impact", "urgency"), _LEVEL[page.severity])
    return note


def without_code(text: str) -> str:
    """The text without the tags between which a journal shows HTML."""
    return str(_CODE.sub(r"(\1)", text))


def page_mark(page: Page) -> str:
    """What a record says of the page that made it: by it a lost answer is found out. At most 40 characters."""
    return f"Tocsin {digest(page.id)}"


def _written(answer: Answer) -> str:
    result = (json_object(answer) or {}).get("result")
    sys_id = str(result.get("sys_id", "")) if isinstance(result, dict) else ""
    return sys_id if _SYS_ID.fullmatch(sys_id) else ""


def _refusal(answer: Answer, reason: str, now: datetime) -> Outcome | None:
    if answer.status == 429:
        return RetryLater(reason, wait_s(answer.headers, now), "account")
    return outcome_of_status(answer, now, reason)


def wait_s(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds to wait after a 429: Retry-After, or where it lacks the Unix time in X-RateLimit-Reset."""
    if wanted := headers.get("retry-after"):
        return retry_after_s(wanted, now)
    try:
        return retry_after_s(str(float(headers.get("x-ratelimit-reset", "")) - now.timestamp()), now)
    except ValueError:
        return retry_after_s("", now)


def build(target: ServiceNowTarget, *, clock: Clock, environ: Environ) -> ServiceNowChannel:
    secret = read_header_secret(target.secret, "secret", environ)
    credentials = basic(target.user, secret) if target.user else keyed("Bearer", secret)
    api = VendorApi(target.api_url, credentials, allow_private_addresses=target.allow_private_addresses)
    return ServiceNowChannel(target, api, clock)


KIND = ChannelKind(ServiceNowTarget, build)
