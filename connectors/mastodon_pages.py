"""Pages of statuses, and how far they were read. Pure; the time is an argument."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, ValidationError

from connectors.loose_json import as_dict, as_text
from connectors.mastodon_status import Home, NotPublic, Status, is_local_id, read_status
from connectors.protocol import Cursor, RejectedItem
from connectors.raw_payload import to_json
from connectors.tape import load_json
from monitor.errors import InvalidPayload, Unavailable
from monitor.records import Record

PAGE_SIZE = 40  # the most that servers give at once

_PREV = re.compile(r'<([^<>]{1,2000})>\s*;[^,<]{0,200}?\brel="?prev"?', re.IGNORECASE)
_BIT_OF_MS = 16  # numeric ids begin with milliseconds since 1970, shifted by so many bits

LocalId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,100}$")]


class Place(Record):
    """The cursor: the newest status read of each hashtag and query, by the server's own ids."""

    tags: dict[str, LocalId] = Field(default_factory=dict)
    queries: dict[str, LocalId] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Statuses oldest first, and what could not be read. ``size`` and ``newest`` count the unreadable ones too."""

    statuses: tuple[Status, ...] = ()
    rejected: tuple[RejectedItem, ...] = ()
    not_public: int = 0
    size: int = 0
    newest: str | None = None
    ids: frozenset[str] = field(default_factory=frozenset)


def load_place(since: Cursor | None) -> Place | None:
    """The cursor as it was saved; None when there is none, or none that can be read."""
    try:
        return Place.model_validate_json(since) if since else None
    except ValidationError:
        return None


def read_page(body: bytes, home: Home, now: datetime, *, under: str = "") -> Page:
    """The statuses of an answer: a list, or an object with the list ``under`` a name.

    Raises Unavailable when the answer is neither: the page of a bot check, not the server's.
    """
    try:
        decoded = load_json(body)
    except ValueError:
        decoded = None
    items = as_dict(decoded).get(under) if under else decoded
    if not isinstance(items, list):
        raise Unavailable(f"{home.host}: the answer is no list of statuses")
    statuses: list[Status] = []
    rejected: list[RejectedItem] = []
    not_public = 0
    for item in items[: 2 * PAGE_SIZE]:
        try:
            status = read_status(item, home, now)
        except InvalidPayload as error:
            rejected.append(RejectedItem(error.reason, str(error), to_json(item)))
            continue
        if isinstance(status, NotPublic):
            not_public += 1
        else:
            statuses.append(status)
    ids = frozenset(filter(is_local_id, (as_text(as_dict(item).get("id")) for item in items)))
    statuses.sort(key=lambda status: age_order(status.local_id))
    return Page(
        tuple(statuses), tuple(rejected), not_public, len(items), max(ids, key=age_order, default=None), ids
    )


def merge(pages: list[Page]) -> Page:
    """Several pages as one, oldest first."""
    ids = frozenset[str]().union(*(page.ids for page in pages))
    statuses = {one.local_id: one for page in pages for one in page.statuses}
    return Page(
        tuple(sorted(statuses.values(), key=lambda status: age_order(status.local_id))),
        tuple(item for page in pages for item in page.rejected),
        sum(page.not_public for page in pages),
        sum(page.size for page in pages),
        max(ids, key=age_order, default=None),
        ids,
    )


def next_min_id(page: Page, link: str, asked: str | None) -> str | None:
    """From where the page above ``page`` starts, or None at the end.

    Only the id is taken of the Link header, never its address. An id that does not advance is the end.
    """
    if not page.size:
        return None
    found = _PREV.search(link[:10_000])
    told = parse_qs(urlsplit(found[1]).query).get("min_id", [""])[0] if found else ""
    following = told if is_local_id(told) else page.newest
    if following is None or (asked is not None and age_order(following) <= age_order(asked)):
        return None
    return following


def newest(first: str | None, second: str | None) -> str | None:
    """The newer of two ids."""
    return max((one for one in (first, second) if one is not None), key=age_order, default=None)


def rewound(local_id: str, seconds: float) -> str:
    """An id ``seconds`` older: posts of other servers arrive late, and take an id of when they were written.

    Ids of servers that do not count like that stay as they are.
    """
    if not (local_id.isascii() and local_id.isdigit() and len(local_id) >= 15):
        return local_id
    return str(max(0, int(local_id) - (int(seconds * 1_000) << _BIT_OF_MS)))


def age_order(local_id: str) -> tuple[int, str]:
    """A key that sorts ids of one server by age; numbers of any length, and others that keep their length."""
    return len(local_id), local_id
