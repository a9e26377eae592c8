"""Posts of the demonstration in the shape in which each source sends them. Deterministic."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any
from xml.sax.saxutils import escape as escape_xml

from deploy.demo.posts import Post

START = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
SERVER = "velo.example"
POSTS = "app.bsky.feed.post"

Json = dict[str, Any]


def when(post: Post) -> datetime:
    """The instant of a post on the tape."""
    return START + timedelta(seconds=post.at)


def bluesky_frame(post: Post, by_name: Mapping[str, Post]) -> Json:
    """A frame of Jetstream: the network gives an identifier for the author, and no number of followers."""
    subject = by_name[post.of] if post.kind in {"edit", "delete"} else post
    operation = {"edit": "update", "delete": "delete"}.get(post.kind, "create")
    commit: Json = {
        "rev": _letters(f"rev {post.name}", 13),
        "operation": operation,
        "collection": POSTS,
        "rkey": _letters(subject.name, 13),
    }
    if operation != "delete":
        commit |= {"record": _record(post, by_name), "cid": f"bafyrei{_letters(f'cid {post.name}', 52)}"}
    time_us = int(when(post).timestamp() * 1_000_000)
    return {"did": _did(subject), "time_us": time_us, "kind": "commit", "commit": commit}


def bluesky_noise(number: int, at: float) -> Json:
    """What comes on the same socket and is no post: an identity that changed."""
    did = f"did:plc:{_letters(f'noise {number}', 24)}"
    time_us = int((START + timedelta(seconds=at)).timestamp() * 1_000_000)
    handle = f"p{number}.social.example"
    return {"did": did, "time_us": time_us, "kind": "identity", "identity": {"did": did, "handle": handle}}


def mastodon_event(post: Post, by_name: Mapping[str, Post]) -> Json:
    """An event of a stream, its payload as the text that servers send."""
    subject = by_name[post.of] if post.kind in {"edit", "delete"} else post
    if post.kind == "delete":
        return {"stream": ["public"], "event": "delete", "payload": _status_id(subject)}
    status = _status(subject)
    if post.kind == "edit":
        status |= {"content": _html(post.text, subject.link), "edited_at": _iso(when(post))}
    if post.kind == "boost":
        status |= {"content": "", "reblog": _status(by_name[post.of]), "uri": f"{status['uri']}/activity"}
    event = "status.update" if post.kind == "edit" else "update"
    return {"stream": ["public"], "event": event, "payload": json.dumps(status, ensure_ascii=False)}


def webhook_body(posts: Iterable[Post]) -> str:
    """The body of one delivery of the reviews forum."""
    mentions = [
        {
            "id": post.name,
            "text": f"{post.text} {post.link}".strip(),
            "author": f"membre-{post.name}",
            "followers": post.followers,
            "lang": post.language,
            "kind": "review",
            "url": f"https://avis.example/r/{post.name}",
            "created_at": when(post).isoformat(),
        }
        for post in posts
    ]
    return json.dumps({"mentions": mentions}, ensure_ascii=False)


def rss(posts: Iterable[Post]) -> str:
    """The document of a newspaper, the newest article first."""
    items = "".join(
        f"<item><title>{escape_xml(_title(post))}</title><link>https://journal.example.com/a/{post.name}</link>"
        f'<guid isPermaLink="false">journal-{post.name}</guid>'
        f"<pubDate>{format_datetime(when(post))}</pubDate>"
        f"<description>{escape_xml(_html(post.text, post.link))}</description></item>"
        for post in posts
    )
    head = "<title>Le Journal</title><link>https://journal.example.com/</link><language>fr-CA</language>"
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{head}{items}</channel></rss>'


def atom(posts: Iterable[Post]) -> str:
    """The document of an alert service, the newest entry first."""
    entries = "".join(
        f"<entry><id>tag:alerts.example.com,2026:{post.name}</id><title>{escape_xml(_title(post))}</title>"
        f'<link href="https://blog.example.com/{post.name}"/><updated>{_iso(when(post))}</updated>'
        f'<content type="html">{escape_xml(_html(post.text, post.link))}</content></entry>'
        for post in posts
    )
    head = "<id>tag:alerts.example.com,2026:feed</id><title>Alerts</title>"
    return f'<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">{head}{entries}</feed>'


def _record(post: Post, by_name: Mapping[str, Post]) -> Json:
    text, facets = post.text, []
    record: Json = {"$type": POSTS, "langs": [post.language], "createdAt": _iso(when(post))}
    if post.link:
        start = len(f"{text} ".encode())
        text = f"{text} {post.link.removeprefix('https://')}"
        feature = {"$type": "app.bsky.richtext.facet#link", "uri": post.link}
        facets = [{"index": {"byteStart": start, "byteEnd": len(text.encode())}, "features": [feature]}]
    if post.kind == "quote":
        quoted = by_name[post.of]
        uri = f"at://{_did(quoted)}/{POSTS}/{_letters(quoted.name, 13)}"
        record["embed"] = {"$type": "app.bsky.embed.record", "record": {"uri": uri, "cid": "bafyrei"}}
    return {**record, "text": text, **({"facets": facets} if facets else {})}


def _status(post: Post) -> Json:
    handle = post.author or f"p_{post.name}"
    address = f"https://{SERVER}/@{handle}"
    return {
        "id": _status_id(post),
        "uri": f"https://{SERVER}/users/{handle}/statuses/{_status_id(post)}",
        "url": f"{address}/{_status_id(post)}",
        "created_at": _iso(when(post)),
        "edited_at": None,
        "in_reply_to_id": None,
        "visibility": "public",
        "language": post.language,
        "spoiler_text": "",
        "content": _html(post.text, post.link),
        "account": {
            "id": str(int(hashlib.sha256(handle.encode()).hexdigest()[:12], 16)),
            "username": handle,
            "acct": handle,
            "display_name": handle.replace("_", " ").title(),
            "url": address,
            "uri": f"https://{SERVER}/users/{handle}",
            "created_at": "2023-11-06T00:00:00.000Z",
            "followers_count": post.followers,
            "bot": False,
        },
        "media_attachments": [],
        "tags": [],
        "reblog": None,
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
    }


def _status_id(post: Post) -> str:
    # As servers count: milliseconds since 1970, and 16 bits that tell apart what came in the same one.
    low = int(hashlib.sha256(post.name.encode()).hexdigest()[:4], 16)
    return str((int(when(post).timestamp() * 1_000) << 16) + low)


def _html(text: str, link: str) -> str:
    if not link:
        return f"<p>{escape(text)}</p>"
    shown = link.removeprefix("https://")
    anchor = (
        f'<a href="{link}" rel="nofollow"><span class="invisible">https://</span><span>{shown}</span></a>'
    )
    return f"<p>{escape(text)} {anchor}</p>"


def _title(post: Post) -> str:
    return post.title or f"{post.text.split('.')[0][:60]} ({post.name})"


def _did(post: Post) -> str:
    return f"did:plc:{_letters(f'author {post.name}', 24)}"


def _letters(seed: str, length: int) -> str:
    """Characters of identifiers: deterministic, lower case."""
    number = int(hashlib.sha256(seed.encode()).hexdigest(), 16)
    return "".join("abcdefghijklmnopqrstuvwxyz234567"[(number >> (4 * i)) % 32] for i in range(length))


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
