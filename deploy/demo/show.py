"""Runs the demonstration: the tape through the whole system, with people who answer, or do not."""

import asyncio
import contextlib
import os
import secrets
import sys
import tempfile
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from deploy.demo.fates import Judged
from deploy.demo.narrator import Narrator, story_time
from deploy.demo.noting import Notes, take_notes
from deploy.demo.payloads import START
from deploy.demo.people import answers, is_anybody_waited_for
from deploy.demo.posts import SECONDS
from deploy.demo.result import page_json, sent_messages, summary_json
from deploy.demo.settings import demo_settings
from deploy.demo.tape import write_tape
from deploy.demo.words import DemoWords
from deploy.embedded import Embedded, build_embedded
from deploy.services.ports import free_port
from monitor.clock import SystemClock
from monitor.fired import reach_tier
from routing.desk import IncidentView, TrackView

Say = Callable[[dict[str, Any]], None]

LOOK_EVERY_S = 0.2
QUIET_S = 1.0  # after the last answer, before the end
NEAR_MISSES = 6  # that are told
GROUP = 3  # authors that make a story one of many


@dataclass(frozen=True, slots=True)
class Pace:
    """``seconds`` for the whole tape; ``wait_s`` until a page escalates; people answer after ``answer_s``."""

    seconds: int
    wait_s: int
    answer_s: float


FAST = Pace(14, 4, 0.8)
CALM = Pace(72, 15, 4.0)


async def show(
    say: Say, narrator: Narrator, words: DemoWords, *, fast: bool, browser: bool
) -> dict[str, Any]:
    """Play the tape; ``say`` is told of each page sent, ``narrator`` of everything. Returns the summary."""
    pace = FAST if fast else CALM
    with tempfile.TemporaryDirectory(prefix="tocsin-demo-") as name:
        folder = Path(name)
        (folder / "link-secret").write_text(secrets.token_urlsafe(32), encoding="utf-8")
        tape = folder / "tape.jsonl"
        await asyncio.to_thread(write_tape, tape)
        speed, port = SECONDS / pace.seconds, free_port()
        settings = demo_settings(folder, tape, words, speed=speed, wait_s=pace.wait_s, port=port)
        embedded = build_embedded(settings, SystemClock())
        url = f"http://127.0.0.1:{port}/"
        narrator.welcome(pace.seconds, url)
        if browser and _has_screen():
            await asyncio.to_thread(webbrowser.open, url)
        try:
            return await _Performance(embedded, take_notes(embedded), pace, say, narrator).play()
        finally:
            narrator.close()
            await embedded.aclose()


@dataclass
class _Performance:
    """One run. What was told already is remembered, so that everything is told once."""

    embedded: Embedded
    notes: Notes
    pace: Pace
    say: Say
    narrator: Narrator
    started: datetime = field(init=False)
    told: set[str] = field(default_factory=set)
    answered: set[tuple[str, str]] = field(default_factory=set)
    judged: int = 0
    misses: int = 0
    tier: int = 0
    aside: int = 0

    async def play(self) -> dict[str, Any]:
        """Until the tape is at its end, every page was answered and nothing moves any more."""
        self.started = self.embedded.clock.now()
        stop = asyncio.Event()
        running = asyncio.create_task(self.embedded.run(stop))
        try:
            await self._follow(running)
        finally:
            stop.set()
            await asyncio.gather(running, return_exceptions=True)
        views = await self.embedded.routing.router.incidents(limit=100)
        return summary_json(views, self.embedded.pipeline.tally, self.notes, self.embedded.playbook)

    async def _follow(self, running: asyncio.Task[None]) -> None:
        clock, router = self.embedded.clock, self.embedded.routing.router
        moved_at = clock.monotonic()
        while clock.monotonic() - moved_at < QUIET_S:
            views = await router.incidents(limit=100)
            is_busy = not self.embedded.sources_ended.is_set() or is_anybody_waited_for(views)
            if self._tell(views) or is_busy:
                moved_at = clock.monotonic()
            for one in answers(views, clock.now(), timedelta(seconds=self.pace.answer_s)):
                await router.acknowledge(one.incident, one.cycle, one.department, one.person, "console")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(running), LOOK_EVERY_S)
            if running.done():
                running.result()
                return

    def _tell(self, views: tuple[IncidentView, ...]) -> bool:
        """Tell what is new; whether anything was."""
        self._tell_judged()
        news = self._tell_messages(views)
        news = self._tell_answers(views) or news
        for detail in self.notes.set_aside[self.aside :]:
            self.narrator.set_aside(self._now(), detail)
        self.aside = len(self.notes.set_aside)
        elapsed = (self.embedded.clock.now() - self.started).total_seconds()
        self.narrator.progress(
            self._now(), elapsed / self.pace.seconds, self.embedded.pipeline.tally.mentions
        )
        return news

    def _tell_judged(self) -> None:
        notes = self.notes.judge.notes
        for note in notes[self.judged :]:
            if note.would_page and not note.pages and note.reading.topics and self.misses < NEAR_MISSES:
                self.misses += 1
                self.narrator.not_yet(self._at(note), note)
            tier = reach_tier(note.story.reach)
            if note.story.authors >= GROUP and tier > self.tier:
                self.tier = tier
                self.narrator.grew(self._at(note), note)
            self.judged += 1

    def _tell_messages(self, views: tuple[IncidentView, ...]) -> bool:
        new = [one for one in sent_messages(views) if one[2].id not in self.told]
        informed: dict[str, tuple[TrackView, list[str]]] = {}
        for view, track, message in new:
            self.told.add(message.id)
            at = self._story(message.sent_at or message.queued_at)
            if message.transition == "informed":
                informed.setdefault(view.label, (track, []))[1].append(message.person_name)
                continue
            page = page_json(view, track, message)
            self.say(page)
            if message.transition == "escalated":
                sleeper = next(
                    one.person_name for one in view.messages if one.department == message.department
                )
                self.narrator.escalated(at, track, view.label, message.person_name, sleeper, self.pace.wait_s)
            else:
                seconds = float(page["seconds_from_seen"])
                self.narrator.page(at, track, view.label, message.person_name, seconds)
        for label, (track, people) in informed.items():
            self.narrator.informed(self._now(), people, track, label)
        return bool(new)

    def _tell_answers(self, views: tuple[IncidentView, ...]) -> bool:
        news = False
        for view in views:
            for track in view.tracks:
                if track.acknowledged_at is not None and (view.id, track.department) not in self.answered:
                    self.answered.add((view.id, track.department))
                    self.narrator.answered(self._story(track.acknowledged_at), track, view.label)
                    news = True
        return news

    def _at(self, note: Judged) -> datetime:
        return self._story(note.reading.mention.fetched_at)

    def _now(self) -> datetime:
        return self._story(self.embedded.clock.now())

    def _story(self, moment: datetime) -> datetime:
        return story_time(START, moment - self.started, SECONDS / self.pace.seconds)


def _has_screen() -> bool:
    # Without one, a browser would open in this very terminal, over the story.
    return sys.platform in {"darwin", "win32"} or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())
