"""Runs the demonstration: the tape through the whole system, with people who answer, or do not."""

import asyncio
import secrets
import socket
import statistics
import tempfile
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.demo.settings import demo_settings
from deploy.demo.tape import SECONDS, write_tape
from deploy.embedded import Embedded, build_embedded
from monitor.clock import SystemClock
from routing.desk import IncidentView, MessageView

Say = Callable[[dict[str, Any]], None]
ANSWERS = ("comms", "legal")  # IT does not answer, so that its page escalates


async def show(say: Say, *, fast: bool, browser: bool) -> dict[str, Any]:
    """Play the tape; ``say`` is told of each page sent. Returns the summary."""
    seconds, wait_s = (14, 4) if fast else (75, 15)
    with tempfile.TemporaryDirectory(prefix="tocsin-demo-") as name:
        folder = Path(name)
        (folder / "link-secret").write_text(secrets.token_urlsafe(32), encoding="utf-8")
        tape = folder / "tape.jsonl"
        await asyncio.to_thread(write_tape, tape)
        settings = demo_settings(folder, tape, speed=SECONDS / seconds, wait_s=wait_s, port=_free_port())
        embedded = build_embedded(settings, SystemClock())
        try:
            return await _play(embedded, say, wait_s, browser=browser)
        finally:
            await embedded.aclose()


async def _play(embedded: Embedded, say: Say, wait_s: int, *, browser: bool) -> dict[str, Any]:
    stop = asyncio.Event()
    running = asyncio.create_task(embedded.run(stop))
    if browser:
        await asyncio.to_thread(webbrowser.open, f"http://127.0.0.1:{embedded.settings.http.port}/")
    told: set[str] = set()
    tape_ends = asyncio.create_task(embedded.sources_ended.wait())
    quiet_since = None
    clock = embedded.clock
    try:
        while not running.done():
            news = await _tell(embedded, say, told)
            await _answer(embedded)
            if news or not tape_ends.done() or await _waiting(embedded):
                quiet_since = clock.monotonic()
            elif quiet_since is not None and clock.monotonic() - quiet_since > 2:
                break
            await asyncio.sleep(0.2)
        if running.done():
            running.result()
    finally:
        stop.set()
        tape_ends.cancel()
        await asyncio.gather(running, tape_ends, return_exceptions=True)
    return await _summary(embedded)


async def _tell(embedded: Embedded, say: Say, told: set[str]) -> bool:
    news = False
    for view in await embedded.routing.router.incidents(limit=100):
        for message in view.messages:
            if message.state == "sent" and message.id not in told:
                told.add(message.id)
                news = True
                say(_page(view, message))
    return news


async def _answer(embedded: Embedded) -> None:
    """The people of ANSWERS acknowledge; IT's second person does, the first one sleeps."""
    router = embedded.routing.router
    for view in await router.incidents(limit=100):
        for track in view.tracks:
            if not track.paged or track.acknowledged_at is not None:
                continue
            sent = [m for m in view.messages if m.department == track.department and m.state == "sent"]
            awake = [m for m in sent if track.department in ANSWERS or m.step >= 1]
            if awake:
                await router.acknowledge(view.id, view.cycle, track.department, awake[0].person, "console")


async def _waiting(embedded: Embedded) -> bool:
    views = await embedded.routing.router.incidents(limit=100)
    return any(track.paged and track.acknowledged_at is None for view in views for track in view.tracks)


async def _summary(embedded: Embedded) -> dict[str, Any]:
    views = await embedded.routing.router.incidents(limit=100)
    sent = [_page(view, message) for view in views for message in view.messages if message.state == "sent"]
    pages = [page for page in sent if page["transition"] != "informed"]
    seconds = sorted(float(page["seconds_from_seen"]) for page in pages if page["transition"] == "opened")
    tally = embedded.pipeline.tally
    return {
        "kind": "summary",
        "mentions": tally.mentions,
        "of_no_brand": tally.of_no_brand,
        "readings": tally.readings,
        "stories": tally.stories,
        "findings": tally.findings,
        "incidents": len(views),
        "pages": len(pages),
        "informed": len(sent) - len(pages),
        "escalated": sum(1 for page in pages if page["transition"] == "escalated"),
        "not_paged": tally.mentions
        - len({view.tracks[0].reading.mention.id for view in views if view.tracks}),
        "p50_s": round(statistics.median(seconds), 3) if seconds else None,
        "p99_s": round(seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))], 3) if seconds else None,
        "sources": dict(sorted(tally.sources.items())),
    }


def _page(view: IncidentView, message: MessageView) -> dict[str, Any]:
    track = next(track for track in view.tracks if track.department == message.department)
    sent = message.sent_at or message.queued_at
    mention = track.reading.mention
    return {
        "kind": "page",
        "department": message.department,
        "severity": track.severity,
        "clause": track.clause.id,
        "incident": view.label,
        "channel": message.channel,
        "person": message.person,
        "transition": message.transition,
        "seconds_from_post": round((sent - mention.created_at).total_seconds(), 3),
        "seconds_from_seen": round((sent - mention.fetched_at).total_seconds(), 3),
        "title": track.clause.title.model_dump(),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
