"""Jira issues: one ticket for each incident and project, comments for whatever follows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import quote

import orjson
import regex
from pydantic import Field

from monitor.clock import Clock
from monitor.records import Severity, ShortText, digest
from monitor.secret import SecretRef
from routing.channels.closing import Answered, Ending, severity_sent, ticket_key
from routing.channels.jira_document import Node, document, line_document, short_document
from routing.channels.target import ChannelKind, Environ, WebTarget, read_header_secret
from routing.channels.ticket_steps import looked_for_after, reference_of, tell_ending
from routing.channels.vendor_api import VendorApi, basic, json_object, keyed, unread
from routing.http import Answer
from routing.http_outcome import outcome_of_status, retry_after_s
from routing.message import Message
from routing.message_compose import compose_message
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater, RetryScope
from routing.page import Page
from routing.untrusted import Inert, truncate, utf16_size

MAX_SUMMARY = 255
_SEARCH_S, _READ_S, _WRITE_S = 2.0, 1.5, 4.0  # together within one attempt
_INDEXED_AFTER_S = 10.0  # Jira's search lags behind what was written
_ISSUE_KEY = regex.compile(r"[A-Z][A-Z0-9_]+-[0-9]+")
_OF_THE_TARGET = ("project", "issuetype")  # a fault in one of these fields is the configuration's
_NEWEST = 5  # comments looked through for one of ours


class JiraIssueTarget(WebTarget):
    """A Jira project. ``email`` and an API token, or an OAuth token alone."""

    kind: Literal["jira_issue"]
    api_url: str  # https://your-site.atlassian.net
    project: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,99}$")]
    token: SecretRef
    email: ShortText = ""
    issue_type: ShortText = "Task"
    priorities: dict[Severity, ShortText] = Field(
        default_factory=dict
    )  # names of priorities in the project; empty: its default


class JiraIssueChannel:
    """Pages as an issue of one project; every later page of the incident is a comment on it.

    Jira has no key that would drop repeats. Before anything is created the project is searched for the incident's
    label, and a page that may have arrived is looked for among the newest comments; a search that lags can still
    let a second issue pass.
    """

    kind: ClassVar[str] = "jira_issue"
    deduplicates: ClassVar[bool] = False

    def __init__(self, target: JiraIssueTarget, api: VendorApi, clock: Clock) -> None:
        self.target = target.name
        self._settings = target
        self._api = api
        self._clock = clock

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        message = compose_message(page, self._clock.now())
        issue = "" if plain else thread  # a refused comment may mean that the issue is gone
        if not issue:
            found = await self._find(ticket_key(page.incident, page.cycle))
            if not isinstance(found, tuple):
                return found
            issue, labels = found
            if page_label(page) in labels:
                return Delivered(issue, issue)
        if not issue:
            return await self._create(page, message, plain=plain)
        reference = reference_of(page.id)
        if page.possible_duplicate and await self._has_comment(issue, reference):
            return Delivered(issue, issue)
        body = short_document(message, reference) if plain else document(message, reference)
        return await self._comment(issue, body)

    async def acknowledged(self, answered: Answered) -> Outcome:
        """A comment says who answered."""
        return await self._end(answered, "acknowledged")

    async def resolved(self, answered: Answered) -> Outcome:
        """A comment says who resolved it. The issue stays open: its measures may still be under way."""
        return await self._end(answered, "resolved")

    async def aclose(self) -> None:
        await self._api.aclose()

    async def _end(self, answered: Answered, ending: Ending) -> Outcome:
        return await tell_ending(
            answered, ending, find=self._find, has=self._has_comment, tell=self._comment_line
        )

    async def _comment_line(self, issue: str, line: Inert, reference: str) -> Outcome:
        return await self._comment(issue, line_document(line, reference))

    async def _find(self, label: str) -> tuple[str, tuple[str, ...]] | Outcome:
        """The issue with a label and its labels; an empty key when there is none."""
        jql = f'project = "{self._settings.project}" AND labels = "{label}" ORDER BY created ASC'
        query = {"jql": jql, "fields": ["labels"], "maxResults": 1}
        answer = await self._api.search("/rest/api/3/search/jql", query, deadline_s=_SEARCH_S)
        if not isinstance(answer, Answer):
            return answer
        reason = self._api.reason(answer)
        if answer.status == 400:
            return DeadTarget(reason)  # our query is always well-formed: the project is not there for us
        if failed := _refusal(answer, reason, self._clock.now()):
            return RetryLater(failed.reason, failed.after_s) if isinstance(failed, Ambiguous) else failed
        issues = (json_object(answer) or {}).get("issues")
        if not isinstance(issues, list):
            return RetryLater(reason, _INDEXED_AFTER_S)
        return _first(issues)

    async def _create(self, page: Page, message: Message, *, plain: bool) -> Outcome:
        body = issue_of(page, message, self._settings, plain=plain)
        answer = await self._api.post("/rest/api/3/issue", orjson.dumps(body), deadline_s=_WRITE_S)
        if not isinstance(answer, Answer):
            return looked_for_after(answer, _INDEXED_AFTER_S)
        reason = self._api.reason(answer)
        said = json_object(answer) or {}
        key = str(said.get("key", ""))
        if answer.status == 201 and _ISSUE_KEY.fullmatch(key):
            return Delivered(key, key)
        errors = said.get("errors")
        if answer.status == 400 and isinstance(errors, dict) and any(one in errors for one in _OF_THE_TARGET):
            return DeadTarget(reason)
        refused = _refusal(answer, reason, self._clock.now())
        return looked_for_after(refused or Ambiguous(reason), _INDEXED_AFTER_S)

    async def _comment(self, issue: str, body: Node) -> Outcome:
        # In a service project a comment is shown to customers unless it says that it is internal.
        internal = {"key": "sd.public.comment", "value": {"internal": True}}
        answer = await self._api.post(
            _comments(issue), orjson.dumps({"body": body, "properties": [internal]}), deadline_s=_WRITE_S
        )
        if not isinstance(answer, Answer):
            return answer
        reason = self._api.reason(answer)
        if answer.status == 201 and json_object(answer):
            return Delivered(issue, issue)
        if answer.status == 404:
            return RejectedPayload(reason)  # the plain form does without the issue of the first page
        return _refusal(answer, reason, self._clock.now()) or Ambiguous(unread(answer))

    async def _has_comment(self, issue: str, reference: str) -> bool:
        """Whether one of the newest comments is ours. When that cannot be read, a repeat is better than silence."""
        path = f"{_comments(issue)}?orderBy=-created&maxResults={_NEWEST}"
        answer = await self._api.get(path, deadline_s=_READ_S)
        return isinstance(answer, Answer) and answer.status == 200 and reference.encode() in answer.body


def issue_of(page: Page, message: Message, target: JiraIssueTarget, *, plain: bool) -> dict[str, Any]:
    """The body that creates the incident's issue. The plain form leaves out what a project may not have."""
    fields: dict[str, Any] = {
        "project": {"key": target.project},
        "issuetype": {"name": target.issue_type},
        "summary": truncate(f"{message.subject} {message.mark}", MAX_SUMMARY, utf16_size),
        "description": short_document(message) if plain else document(message),
        "labels": ["tocsin", ticket_key(page.incident, page.cycle), page_label(page)],
    }
    priority = target.priorities.get(severity_sent(page.severity, page.transition))
    if priority and not plain:
        fields["priority"] = {"name": priority}
    return {"fields": fields}


def page_label(page: Page) -> str:
    """The label of the page that created an issue: by it a lost answer is found out."""
    return f"tocsin-page-{digest(page.id)}"


def _first(issues: list[Any]) -> tuple[str, tuple[str, ...]]:
    first = issues[0] if issues and isinstance(issues[0], dict) else {}
    key = str(first.get("key", ""))
    fields = first.get("fields")
    labels = fields.get("labels") if isinstance(fields, dict) else None
    known = tuple(map(str, labels)) if isinstance(labels, list) else ()
    return (key, known) if _ISSUE_KEY.fullmatch(key) else ("", ())


def _comments(issue: str) -> str:
    return f"/rest/api/3/issue/{quote(issue, safe='')}/comment"


def _refusal(answer: Answer, reason: str, now: datetime) -> Outcome | None:
    if answer.status == 429:
        return RetryLater(reason, wait_s(answer.headers, now), _scope(answer.headers))
    return outcome_of_status(answer, now, reason)


def wait_s(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds to wait after a 429: Retry-After, or where it lacks the time in X-RateLimit-Reset (ISO 8601)."""
    if wanted := headers.get("retry-after"):
        return retry_after_s(wanted, now)
    try:
        reset = datetime.fromisoformat(headers.get("x-ratelimit-reset", ""))
    except ValueError:
        return retry_after_s("", now)
    reset = reset if reset.tzinfo else reset.replace(tzinfo=UTC)
    return retry_after_s(str((reset - now).total_seconds()), now)


def _scope(headers: Mapping[str, str]) -> RetryScope:
    why = headers.get("ratelimit-reason", "")
    return "account" if "quota" in why else "target" if "per-issue" in why else "token"


def build(target: JiraIssueTarget, *, clock: Clock, environ: Environ) -> JiraIssueChannel:
    token = read_header_secret(target.token, "token", environ)
    credentials = basic(target.email, token) if target.email else keyed("Bearer", token)
    api = VendorApi(target.api_url, credentials, allow_private_addresses=target.allow_private_addresses)
    return JiraIssueChannel(target, api, clock)


KIND = ChannelKind(JiraIssueTarget, build)
