"""A Twilio on loopback: one account's text messages and calls, queued like the real ones, with its error codes."""

import base64
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import orjson

from routing.channels.doubles.http import HttpDouble, Received, Reply
from routing.channels.doubles.live_text import addresses_in

ACCOUNT = "AC" + "0" * 32
TOKEN = "twilio-double"  # noqa: S105 - the double's own, good for nothing else
TO = "+15145550100"
FROM = "+15145550199"
_BASE = f"/2010-04-01/Accounts/{ACCOUNT}"
_VERBS = frozenset({"Response", "Say", "Pause", "Gather"})


class TwilioDouble(HttpDouble):
    """Keeps messages and calls, oldest first, each with what Twilio would list of it.

    ``opted_out`` are numbers that have written STOP. ``drops`` answers to what was taken are lost afterwards;
    ``status`` and ``error_code`` are what it comes to right after it was taken; ``looks`` counts who asked.
    """

    def __init__(
        self,
        *,
        opted_out: Sequence[str] = (),
        drops: int = 0,
        status: str = "queued",
        error_code: int | None = None,
    ) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.drops = drops
        self.status = status
        self.error_code = error_code
        self.looks = 0
        self._opted_out = frozenset(opted_out)

    @property
    def shown(self) -> Sequence[str]:
        return [*(one["body"] for one in self.messages), *(spoken(one["twiml"]) for one in self.calls)]

    @property
    def live(self) -> Sequence[str]:
        return [found for text in self.shown for found in addresses_in(text)]

    def answer(self, request: Received) -> Reply:
        pair = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return failed(401, 20003, "Authenticate")
        path = urlsplit(request.path)
        if request.method == "GET" and path.path == f"{_BASE}/Messages.json":
            return self._list(parse_qs(path.query))
        if request.method == "GET":
            return self._state(path.path)
        form = {
            name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()
        }
        if path.path == f"{_BASE}/Messages.json":
            return self._message(form)
        return self._call(form) if path.path == f"{_BASE}/Calls.json" else failed(404, 20404, "Not found")

    def _list(self, query: dict[str, list[str]]) -> Reply:
        found = [one for one in reversed(self.messages) if one["to"] == query["To"][0]]
        body = {"messages": found[: int(query["PageSize"][0])]}
        return Reply(200, orjson.dumps(body), {"content-type": "application/json"})

    def _state(self, path: str) -> Reply:
        self.looks += 1
        for one in (*self.messages, *self.calls):
            if path in (f"{_BASE}/Messages/{one['sid']}.json", f"{_BASE}/Calls/{one['sid']}.json"):
                state = {"status": self.status, "error_code": self.error_code}
                return Reply(200, orjson.dumps(one | state), {"content-type": "application/json"})
        return failed(404, 20404, "Not found")

    def _message(self, form: dict[str, str]) -> Reply:
        if fault := _number_fault(form):
            return fault
        if form["To"] in self._opted_out:
            return failed(400, 21610, "Attempt to send to unsubscribed recipient")
        if not form.get("Body"):
            return failed(400, 21602, "Message body is required")
        if len(form["Body"]) > 1_600:
            return failed(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        message = {
            "to": form["To"],
            "body": form["Body"],
            "status": self.status,
            "error_code": self.error_code,
        }
        return self._taken(self.messages, "SM", message)

    def _call(self, form: dict[str, str]) -> Reply:
        if fault := _number_fault(form):
            return fault
        if wrong := twiml_fault(form.get("Twiml", "")):
            return failed(400, 12100, wrong)
        call = {"to": form["To"], "twiml": form["Twiml"], "status": "queued"}
        return self._taken(self.calls, "CA", call)

    def _taken(self, kept: list[dict[str, Any]], prefix: str, one: dict[str, Any]) -> Reply:
        one["sid"] = f"{prefix}{len(kept) + 1:032x}"
        kept.append(one)
        if self.drops > 0:
            self.drops -= 1
            return Reply(fault="reset")
        return Reply(201, orjson.dumps(one), {"content-type": "application/json"})


def failed(status: int, code: int, message: str) -> Reply:
    """An error as Twilio words it."""
    body = {"code": code, "message": message, "more_info": "", "status": status}
    return Reply(status, orjson.dumps(body), {"content-type": "application/json"})


def twiml_fault(twiml: str) -> str:
    """What is wrong with the instructions of a call; empty when they only speak and pause."""
    if len(twiml) > 4_000:
        return "Twiml size exceeded maximum allowed value of 4000 characters"
    try:
        root = ET.fromstring(twiml)  # noqa: S314 - what our own channel wrote, in tests
    except ET.ParseError:
        return "Document parse failure"
    verbs = {element.tag for element in root.iter()}
    return "" if root.tag == "Response" and verbs <= _VERBS else f"Unexpected verb in {sorted(verbs)}"


def spoken(twiml: str) -> str:
    """What somebody who answers hears, repeats left out."""
    root = ET.fromstring(twiml)  # noqa: S314 - what our own channel wrote, in tests
    return "\n".join(dict.fromkeys(element.text or "" for element in root.iter("Say")))


def _number_fault(form: dict[str, str]) -> Reply | None:
    if not re.fullmatch(r"\+[1-9]\d{6,14}", form.get("To", "")):
        return failed(400, 21211, f"The 'To' number {form.get('To', '')} is not a valid phone number.")
    if form.get("From", FROM) != FROM:
        return failed(400, 21606, f"The 'From' phone number {form['From']} is not valid for this account.")
    return (
        None if "From" in form or "MessagingServiceSid" in form else failed(400, 21603, "'From' is required")
    )
