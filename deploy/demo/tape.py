"""Writes the tape of the demonstration: what four sources sent in twenty minutes, in their own words. Deterministic.

Frames of Bluesky's Jetstream, events of a Mastodon stream, RSS and Atom documents, bodies of signed deliveries.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.demo.payloads import (
    SERVER,
    START,
    atom,
    bluesky_frame,
    bluesky_noise,
    mastodon_event,
    rss,
    webhook_body,
    when,
)
from deploy.demo.posts import SECONDS, Post, posts

FETCH_EVERY_S = 50.0  # how often the feeds are asked
SHOWN = 12  # entries of a document: some were in the one before
DELIVERY = 3  # mentions of one delivery, at most
TOGETHER_S = 6.0  # of mentions in one delivery

Json = dict[str, Any]


def write_tape(path: Path) -> int:
    """Write the tape as JSON lines; returns the number of lines. The same on every run."""
    lines = sorted(tape_lines(posts()), key=lambda line: (line["at"], line["source"]))
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8")
    return len(lines)


def tape_lines(said: Sequence[Post]) -> Iterator[Json]:
    """The lines of all sources, source by source. One of them is broken, as in life."""
    by_name = {post.name: post for post in said}
    for post in said:
        if post.source == "bluesky":
            yield _line("bluesky", when(post), bluesky_frame(post, by_name))
        elif post.source == "mastodon":
            yield _line("mastodon", when(post), mastodon_event(post, by_name), server=SERVER)
    for number in range(20):
        at = number * 60 + 30.0
        yield _line("bluesky", START + timedelta(seconds=at), bluesky_noise(number, at))
    yield from _deliveries([post for post in said if post.source == "webhook"])
    yield from _documents([post for post in said if post.source == "feeds"])
    broken = {
        **bluesky_noise(99, 700.0),
        "kind": "commit",
        "commit": {"operation": "create", "rkey": "../.."},
    }
    broken["commit"]["collection"] = "app.bsky.feed.post"
    yield _line("bluesky", START + timedelta(seconds=700), broken)


def _deliveries(said: Sequence[Post]) -> Iterator[Json]:
    waiting: list[Post] = []
    for post in said:
        if waiting and (len(waiting) == DELIVERY or post.at - waiting[0].at > TOGETHER_S):
            yield _line("webhook", when(waiting[-1]), webhook_body(waiting))
            waiting = []
        waiting.append(post)
    if waiting:
        yield _line("webhook", when(waiting[-1]), webhook_body(waiting))


def _documents(said: Sequence[Post]) -> Iterator[Json]:
    """Both feeds, fetched again and again: the newspaper has the titled article and every other one."""
    press = [post for number, post in enumerate(said) if number % 2 or post.title]
    others = [post for post in said if post not in press]
    feeds = (
        (press, rss, "https://journal.example.com/rss.xml"),
        (others, atom, "https://alerts.example.com/atom"),
    )
    for known, document, url in feeds:
        for fetch in range(1, int(SECONDS / FETCH_EVERY_S) + 1):
            at = fetch * FETCH_EVERY_S
            shown = [post for post in known if post.at <= at][-SHOWN:]
            if shown:
                yield _line("feeds", START + timedelta(seconds=at), document(reversed(shown)), url=url)


def _line(source: str, at: datetime, payload: Any, **more: str) -> Json:
    return {"source": source, "at": at.isoformat(timespec="milliseconds"), **more, "payload": payload}
