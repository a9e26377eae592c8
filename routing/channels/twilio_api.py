"""What text messages and calls by Twilio share: the account, and what its error codes mean."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from monitor.clock import Clock
from monitor.secret import SecretRef
from routing.channels.target import Environ, WebTarget, read_header_secret
from routing.channels.vendor_api import VendorApi, basic, json_object
from routing.http import Answer
from routing.http_outcome import outcome_of_status, retry_after_s
from routing.outcome import DeadTarget, Outcome, RejectedPayload, RetryLater

PhoneNumber = Annotated[
    str, Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="E.164, such as +15145550100.")
]

_QUEUE_S = 60.0
_LOOK_S, _LOOKS_AFTER_S = 2.0, (0.4, 0.8)
_UNDER_WAY = (None, "accepted", "scheduled", "queued", "sending", "ringing", "initiated")
_LATER = frozenset({10004, 14107, 20429, 30001})
_FULL_QUEUE = 21611
# The number, the sender or the account: nothing that is said to it will pass.
_DEAD = frozenset(
    {
        10001,  # the account is not active
        20003,  # authentication
        20005,
        20404,
        21210,  # the sender is not verified
        21211,  # the number is none
        21212,  # the sender is none
        21213,
        21214,  # the number cannot be reached
        21215,  # calls to that country are not allowed
        21216,  # calls to that number are not allowed
        21217,
        21219,  # a trial account calls verified numbers only
        21408,  # messages to that country are not allowed
        21603,
        21604,
        21606,  # the sender cannot send to that number
        21608,  # a trial account writes to verified numbers only
        21610,  # the person has opted out
        21612,  # no way from this sender to that number
        21614,  # no mobile number
        21635,  # a landline
        21659,  # the sender is not of this account
        21660,
        21701,
        21703,  # the messaging service has no sender
        21704,
        30003,  # cannot be reached
        30004,  # blocked
        30005,  # unknown
        30006,  # a landline, or a carrier that cannot be reached
    }
)


class TwilioTarget(WebTarget):
    """An account of Twilio: its auth token, or an API key (``SK…``) and that key's secret."""

    account: Annotated[str, Field(pattern=r"^AC[0-9a-fA-F]{32}$")]
    token: SecretRef
    api_key: Annotated[str, Field(pattern=r"^(SK[0-9a-fA-F]{32})?$")] = ""
    to: PhoneNumber
    api_url: str = "https://api.twilio.com"

    @property
    def private(self) -> bool:
        return True


def account_api(target: TwilioTarget, environ: Environ) -> VendorApi:
    """The account's part of the API. Phone numbers are kept out of reasons like the token."""
    token = read_header_secret(target.token, "token", environ)
    credentials = basic(target.api_key or target.account, token)
    numbers = (target.to, target.to.removeprefix("+"))
    return VendorApi(
        f"{target.api_url.rstrip('/')}/2010-04-01/Accounts/{target.account}",
        replace(credentials, secrets=(*credentials.secrets, *numbers)),
        allow_private_addresses=target.allow_private_addresses,
    )


def refusal(answer: Answer, reason: str, now: datetime) -> Outcome | None:
    """What an answer means that is no success; None for 2xx."""
    if 200 <= answer.status < 300:
        return None
    code = (json_object(answer) or {}).get("code")
    if answer.status >= 500:
        return outcome_of_status(answer, now, reason)
    if code == _FULL_QUEUE:  # this sender's queue, not the person's
        return RetryLater(reason, _QUEUE_S, "token")
    if code in _LATER or answer.status == 429:  # surely not processed
        wait_s = retry_after_s(answer.headers.get("retry-after", ""), now)
        return RetryLater(reason, wait_s, "account")
    return DeadTarget(reason) if code in _DEAD else outcome_of_status(answer, now, reason)


def taken_id(answer: Answer) -> str:
    """The id of what was created; empty when the answer says no such thing."""
    sid = (json_object(answer) or {}).get("sid")
    return sid if answer.status == 201 and isinstance(sid, str) and sid.isascii() and sid.isalnum() else ""


async def state_after(api: VendorApi, clock: Clock, path: str) -> dict[str, Any]:
    """What Twilio says of something it has taken, once that is final or 2 s are over. Empty when it says nothing.

    Most numbers that cannot be reached show at once, and whoever is paged by one has no time to lose.
    """
    said: dict[str, Any] = {}
    try:
        async with asyncio.timeout(_LOOK_S):
            for wait_s in _LOOKS_AFTER_S:
                await clock.sleep(wait_s)
                answer = await api.get(path, deadline_s=_LOOK_S)
                if isinstance(answer, Answer) and answer.status == 200:
                    said = json_object(answer) or said
                if said.get("status") not in _UNDER_WAY:
                    break
    except TimeoutError:
        pass
    return said


def outcome_of_failure(state: Mapping[str, Any]) -> Outcome:
    """What it means that something was taken and has failed since. The reason repeats no text and no link."""
    code = state.get("error_code")
    reason = (
        f"taken, then failed with Twilio's error {code}" if isinstance(code, int) else "taken, then failed"
    )
    if code in _DEAD:
        return DeadTarget(reason)
    return RetryLater(reason, _QUEUE_S) if code in _LATER else RejectedPayload(reason)
