"""A Jira on loopback: issues, comments, and a search that knows of an issue only some time after it was made."""

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from monitor.clock import Clock
from routing.channels.doubles.http import HttpDouble, Received, Reply
from routing.channels.doubles.live_text import addresses_in

EMAIL = "tocsin@veloria.example"
TOKEN = "jira-double"  # noqa: S105 - the double's own, good for nothing else
PROJECT = "CRISIS"
_JQL = re.compile(r'project = "([A-Z0-9_]+)" AND labels = "([\w-]+)" ORDER BY created ASC')
_MAX_DOCUMENT = 32_767
_BLOCKS = frozenset({"paragraph", "heading", "blockquote"})
_MARKS = frozenset({"strong", "link"})


@dataclass
class JiraIssue:
    """One issue. Comments are oldest first."""

    key: str
    fields: dict[str, Any]
    created_at: float
    comments: list[dict[str, Any]] = field(default_factory=list)


class JiraIssueDouble(HttpDouble):
    """Keeps issues, oldest first. ``drops`` answers to what was written are lost after it was kept.

    With a clock, the search knows of an issue ``lag_s`` seconds after it was made; without one, at once.
    """

    def __init__(self, *, clock: Clock | None = None, lag_s: float = 5.0, drops: int = 0) -> None:
        super().__init__()
        self.issues: list[JiraIssue] = []
        self.drops = drops
        self._clock = clock
        self._lag_s = lag_s if clock else 0.0

    @property
    def shown(self) -> Sequence[str]:
        written = [text_of(one) for issue in self.issues for one in (issue.fields, *issue.comments)]
        return [text for text in written if text]

    @property
    def live(self) -> Sequence[str]:
        hrefs = [
            href for issue in self.issues for one in (issue.fields, *issue.comments) for href in _links(one)
        ]
        return [*hrefs, *(found for text in self.shown for found in addresses_in(text) if found not in hrefs)]

    def answer(self, request: Received) -> Reply:
        pair = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return _said(401, errorMessages=["Client must be authenticated to access this resource."])
        path = urlsplit(request.path).path
        if path == "/rest/api/3/search/jql":
            return self._search(orjson.loads(request.body))
        if path == "/rest/api/3/issue":
            return self._create(orjson.loads(request.body))
        parts = path.split("/")
        issue = next((one for one in self.issues if parts[4:] == ["issue", one.key, "comment"]), None)
        if issue is None:
            return _said(404, errorMessages=["Issue does not exist or you do not have permission to see it."])
        if request.method == "GET":
            return _said(200, comments=list(reversed(issue.comments)))
        return self._comment(issue, orjson.loads(request.body))

    def _now(self) -> float:
        return self._clock.monotonic() if self._clock else 0.0

    def _search(self, body: dict[str, Any]) -> Reply:
        asked = _JQL.fullmatch(body["jql"])
        if asked is None or asked[1] != PROJECT:
            return _said(400, errorMessages=["The value does not exist for the field 'project'."])
        found = [
            {"key": issue.key, "fields": {"labels": issue.fields["labels"]}}
            for issue in self.issues
            if asked[2] in issue.fields["labels"] and self._now() - issue.created_at >= self._lag_s
        ]
        return _said(200, issues=found[: body["maxResults"]], isLast=True)

    def _create(self, body: dict[str, Any]) -> Reply:
        errors = issue_errors(body["fields"])
        if errors:
            return _said(400, errorMessages=[], errors=errors)
        issue = JiraIssue(f"{PROJECT}-{len(self.issues) + 1}", body["fields"], self._now())
        self.issues.append(issue)
        return self._kept(id=str(len(self.issues)), key=issue.key)

    def _comment(self, issue: JiraIssue, body: dict[str, Any]) -> Reply:
        errors = document_errors(body["body"])
        if errors:
            return _said(400, errorMessages=errors, errors={})
        issue.comments.append(body)
        return self._kept(id=str(len(issue.comments)))

    def _kept(self, **body: Any) -> Reply:
        if self.drops > 0:
            self.drops -= 1
            return Reply(fault="reset")
        return _said(201, **body)


def issue_errors(fields: dict[str, Any]) -> dict[str, str]:
    """What Jira finds wrong with the fields of a new issue; empty when they are valid."""
    errors: dict[str, str] = {}
    if fields.get("project") != {"key": PROJECT}:
        errors["project"] = "valid project is required"
    if fields.get("issuetype") != {"name": "Task"}:
        errors["issuetype"] = "Specify a valid issue type"
    summary = fields.get("summary", "")
    if not 0 < _units(summary) <= 255 or "\n" in summary:
        errors["summary"] = "Summary must be one line of less than 255 characters."
    if any(" " in label or len(label) > 255 for label in fields.get("labels", [])):
        errors["labels"] = "The label contains spaces or is too long."
    if fields.get("priority", {"name": "High"}) != {"name": "High"}:
        errors["priority"] = "The priority selected is invalid."
    if wrong := document_errors(fields.get("description", {})):
        errors["description"] = "; ".join(wrong)
    return errors


def document_errors(value: dict[str, Any]) -> list[str]:
    """What is wrong with an Atlassian document; empty when it is valid."""
    if value.get("type") != "doc" or value.get("version") != 1 or not value.get("content"):
        return ["INVALID_INPUT: not a document"]
    if _units(orjson.dumps(value).decode()) > _MAX_DOCUMENT:
        return ["CONTENT_LIMIT_EXCEEDED"]
    return [fault for block in value["content"] for fault in _block_errors(block, _BLOCKS)]


def _block_errors(block: dict[str, Any], allowed: frozenset[str]) -> list[str]:
    kind = block.get("type")
    if kind not in allowed or not block.get("content"):
        return [f"INVALID_INPUT: {kind} is empty or not allowed here"]
    if kind == "blockquote":
        return [fault for one in block["content"] for fault in _block_errors(one, frozenset({"paragraph"}))]
    return [fault for one in block["content"] if (fault := _inline_error(one))]


def _inline_error(node: dict[str, Any]) -> str:
    if node.get("type") == "hardBreak":
        return ""
    if node.get("type") != "text" or not node.get("text"):
        return f"INVALID_INPUT: {node.get('type')} is empty or not allowed in a line"
    marks = {mark.get("type") for mark in node.get("marks", [])}
    return "" if marks <= _MARKS else "INVALID_INPUT: mark"


def text_of(value: object) -> str:
    """What people read of an issue's fields, or of a comment."""
    if not isinstance(value, dict):
        return ""
    written = value.get("description") or value.get("body") or {}
    blocks = ["".join(_pieces(block)) for block in written.get("content", [])]
    return "\n".join([value.get("summary", ""), *blocks]).strip()


def _pieces(node: dict[str, Any]) -> Iterator[str]:
    if node.get("type") == "hardBreak":
        yield "\n"
    yield node.get("text", "")
    for one in node.get("content", []):
        yield from _pieces(one)


def _links(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if "href" in value:
            yield str(value["href"])
        if value.get("type") in ("mention", "inlineCard", "media"):
            yield str(value["type"])
        for one in value.values():
            yield from _links(one)
    elif isinstance(value, list):
        for one in value:
            yield from _links(one)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _said(status: int, **body: Any) -> Reply:
    return Reply(status, orjson.dumps(body), {"content-type": "application/json"})
