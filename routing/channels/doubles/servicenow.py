"""A ServiceNow instance on loopback: the Table API for incidents and their journal."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from monitor.clock import Clock
from routing.channels.doubles.http import HttpDouble, Received, Reply
from routing.channels.doubles.live_text import addresses_in, tags_in

USER = "tocsin"
PASSWORD = "servicenow-double"  # noqa: S105 - the double's own, good for nothing else
_TABLE = "/api/now/table/incident"
_JOURNAL = "/api/now/table/sys_journal_field"
_LIMITS = {"short_description": 160, "description": 4_000, "work_notes": 4_000, "correlation_id": 100}
_HTML = re.compile(r"(?is)\[code\](.*?)(?:\[/code\]|$)")


@dataclass
class NowRecord:
    """One incident and its work notes, oldest first."""

    sys_id: str
    fields: dict[str, str]
    created_at: float
    notes: list[str] = field(default_factory=list)


class ServiceNowDouble(HttpDouble):
    """Keeps incidents, oldest first. ``drops`` answers to what was written are lost after it was kept.

    ``asleep`` answers every request with the page for people of an instance that hibernates. With a clock, a query
    knows of an incident ``lag_s`` seconds after it was made; without one, at once.
    """

    def __init__(
        self, *, clock: Clock | None = None, lag_s: float = 5.0, drops: int = 0, asleep: bool = False
    ) -> None:
        super().__init__()
        self.records: list[NowRecord] = []
        self.drops = drops
        self.asleep = asleep
        self._clock = clock
        self._lag_s = lag_s if clock else 0.0

    @property
    def shown(self) -> Sequence[str]:
        return [
            text
            for record in self.records
            for text in (
                f"{record.fields['short_description']}\n{record.fields['description']}",
                *record.notes,
            )
        ]

    @property
    def live(self) -> Sequence[str]:
        html = [
            tag for text in self.shown for inner in _HTML.findall(text) for tag in (inner, *tags_in(inner))
        ]
        return [*html, *(found for text in self.shown for found in addresses_in(text))]

    def answer(self, request: Received) -> Reply:
        if self.asleep:
            return Reply(200, b"<html>Your instance is hibernating</html>", {"content-type": "text/html"})
        pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return _failed(401, "User Not Authenticated")
        path = urlsplit(request.path)
        if request.method == "GET":
            query = parse_qs(path.query)["sysparm_query"][0]
            return self._find(query) if path.path == _TABLE else self._journal(query)
        body = orjson.loads(request.body)
        if fault := record_fault(body):
            return _failed(400, fault)
        if request.method == "POST" and path.path == _TABLE:
            return self._create(body)
        record = next((one for one in self.records if path.path == f"{_TABLE}/{one.sys_id}"), None)
        return self._change(record, body) if record else _failed(404, "No Record found")

    def _now(self) -> float:
        return self._clock.monotonic() if self._clock else 0.0

    def _find(self, query: str) -> Reply:
        wanted = query.partition("^")[0].removeprefix("correlation_id=")
        found = [
            {
                "sys_id": one.sys_id,
                **{name: one.fields[name] for name in ("correlation_id", "correlation_display")},
            }
            for one in self.records
            if one.fields["correlation_id"] == wanted and self._now() - one.created_at >= self._lag_s
        ]
        return _said(200, found[:1])

    def _journal(self, query: str) -> Reply:
        terms = dict(re.findall(r"(element_id|value)(?:=|LIKE)([^^]*)", query))
        found = [
            {"sys_id": "0" * 32}
            for one in self.records
            for note in one.notes
            if one.sys_id == terms["element_id"] and terms["value"] in note
        ]
        return _said(200, found[:1])

    def _create(self, body: dict[str, str]) -> Reply:
        record = NowRecord(f"{len(self.records) + 1:032x}", body, self._now())
        self.records.append(record)
        return self._kept(201, record)

    def _change(self, record: NowRecord, body: dict[str, str]) -> Reply:
        record.notes.append(body.pop("work_notes"))
        record.fields.update(body)
        return self._kept(200, record)

    def _kept(self, status: int, record: NowRecord) -> Reply:
        if self.drops > 0:
            self.drops -= 1
            return Reply(fault="reset")
        return _said(status, {"sys_id": record.sys_id, "number": f"INC{int(record.sys_id, 16):07}"})


def record_fault(body: dict[str, Any]) -> str:
    """What the instance finds wrong with a record; empty when it is valid. Lengths are in UTF-16 units."""
    for name, most in _LIMITS.items():
        if len(body.get(name, "").encode("utf-16-le")) // 2 > most:
            return f"{name} is too long"
    if "short_description" in body and (not body["short_description"] or "\n" in body["short_description"]):
        return "short_description must be one line"
    if any(body.get(name, "1") not in ("1", "2", "3") for name in ("impact", "urgency")):
        return "impact and urgency are 1, 2 or 3"
    return "" if all(isinstance(value, str) for value in body.values()) else "values are strings"


def _said(status: int, result: object) -> Reply:
    return Reply(status, orjson.dumps({"result": result}), {"content-type": "application/json;charset=UTF-8"})


def _failed(status: int, message: str) -> Reply:
    body = {"error": {"message": message, "detail": ""}, "status": "failure"}
    return Reply(status, orjson.dumps(body), {"content-type": "application/json;charset=UTF-8"})
