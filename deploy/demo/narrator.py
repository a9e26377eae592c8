"""Tells the demonstration in the terminal as it happens: who was called, why, who answered, and who was not."""

import textwrap
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import click

from deploy.demo.fates import Judged
from deploy.demo.result import QUERY, reasons
from deploy.demo.words import DemoWords
from monitor.records import Trace
from routing.desk import TrackView
from routing.message_trace import trace_lines
from routing.untrusted import Untrusted, clean, inert_line, one_line
from routing.wording import count, number
from routing.wording import words_in as routing_words

_KINDS = {"page": "red", "escalated": "yellow", "answers": "green", "not_yet": "blue", "grew": "cyan"}
_LABEL = 13  # columns
_INDENT = " " * 22
_REASONS = 5
_BAR = 24

Write = Callable[[str], None]


class Narrator:
    """Writes lines; on a terminal also a progress bar that stays below them."""

    def __init__(self, words: DemoWords, write: Write, *, live: bool, columns: int = 120) -> None:
        self._words = words
        self._routing = routing_words(words.language)
        self._write = write
        self._live = live
        self._columns = max(40, columns)
        self._width = max(40, columns - len(_INDENT) - 2)
        self._bar = ""

    def welcome(self, seconds: int, url: str) -> None:
        """What is about to be seen, and where else to look."""
        words = self._words
        told = f"{words.welcome.format(seconds=seconds)}\n{words.page_at.format(url=url)}"
        self._lines("\n".join(textwrap.fill(line, self._columns) for line in told.split("\n")) + "\n\n")

    def not_yet(self, at: datetime, note: Judged) -> None:
        """A post that could matter, of which too few people speak."""
        authors = note.story.authors
        few = self._words.one_person if authors <= 1 else self._words.several_people.format(n=authors)
        mention = note.reading.mention
        said = f"{mention.source}{self._routing.colon}{self._quoted(mention.full_text)}"
        self._event(at, "not_yet", said, few)

    def grew(self, at: datetime, note: Judged) -> None:
        """A story that reached many more people."""
        phrases = self._routing.phrases
        authors = count(self._routing, phrases.authors, note.story.authors)
        reach = count(self._routing, phrases.reach, note.story.reach)
        self._event(at, "grew", self._words.grows.format(authors=authors, reach=reach))

    def page(self, at: datetime, track: TrackView, label: str, person: str, seconds: float) -> None:
        """Somebody is called, with the reasons in order."""
        words = self._words
        title = track.clause.title.of(words.language)
        severity = self._routing.severity[track.severity]
        why = [self._reason(one) for one in reasons(track.trace)][:_REASONS]
        because = [f"{words.because} {why[0]}", *(f"{' ' * len(words.because)} {one}" for one in why[1:])]
        after = words.after.format(seconds=number(self._routing, seconds, 2))
        self._event(at, "page", f"{person} · {label} · {severity} · {title}", *because, after)

    def escalated(
        self, at: datetime, track: TrackView, label: str, person: str, sleeper: str, waited_s: float
    ) -> None:
        """A page that nobody answered goes to the next person."""
        title = track.clause.title.of(self._words.language)
        slept = self._words.slept.format(person=sleeper, seconds=number(self._routing, waited_s))
        self._event(at, "escalated", f"{person} · {label} · {title}", slept)

    def answered(self, at: datetime, track: TrackView, label: str) -> None:
        """Somebody took it: nobody else is called."""
        department = self._routing.department[track.department]
        told = self._words.answered.format(person=track.acknowledged_by, label=label, department=department)
        self._event(at, "answers", told)

    def informed(self, at: datetime, people: list[str], track: TrackView, label: str) -> None:
        """Those who are told once and need not answer."""
        title = track.clause.title.of(self._words.language)
        told = self._words.informed_whom.format(people=", ".join(people), label=label, title=title)
        self._event(at, "informed", told)

    def set_aside(self, at: datetime, detail: str) -> None:
        """A payload that its source's contract does not allow."""
        self._event(at, "aside", self._words.set_aside.format(detail=one_line(clean(detail))[:200]))

    def progress(self, at: datetime, share: float, posts: int) -> None:
        """Redraw the bar."""
        if not self._live:
            return
        full = round(min(1.0, share) * _BAR)
        counted = f"{number(self._routing, posts)} {self._words.posts}"
        self._erase()
        self._bar = f"{self._time(at)}  {'█' * full}{'░' * (_BAR - full)}  {counted}"
        self._write(click.style(self._bar, dim=True))

    def close(self) -> None:
        """Take the bar away."""
        self._erase()

    def summary(self, result: dict[str, Any]) -> str:
        """The whole as a table."""
        words, n = self._words, self._n
        sources = ", ".join(f"{name} {n(many)}" for name, many in result["sources"].items())
        rows = [
            (words.came_in, f"{n(result['mentions'])} {words.posts}{self._routing.colon}{sources}"),
            (words.led_to, words.led_to_value.format(**{key: n(result[key]) for key in _LED_TO})),
            (words.paged, words.paged_value.format(**{key: n(result[key]) for key in _PAGED})),
            (words.fast, words.fast_value.format(p50=n(result["p50_s"]), p99=n(result["p99_s"]))),
            *(
                (words.quiet if not index else "", f"{n(many):>6} {words.reasons[reason]}")
                for index, (reason, many) in enumerate(self._fates(result))
            ),
        ]
        table = "\n".join(f"{click.style(f'{name:<13}', bold=True)} {value}" for name, value in rows)
        playbook = result["playbook"]
        proof = words.proof.format(
            version=playbook["version"], sha256=playbook["sha256"][:12], example="deploy/example"
        )
        return f"\n{table}\n\n{proof}"

    @staticmethod
    def _fates(result: dict[str, Any]) -> list[tuple[Any, int]]:
        return [(reason, many) for reason, many in result["not_paged"].items() if many]

    def _n(self, value: float | None) -> str:
        return "–" if value is None else number(self._routing, value, 2)

    def _reason(self, one: Trace) -> str:
        if one.condition.startswith(QUERY):
            return self._words.says.format(words=self._quoted(one.saw))
        (line,) = trace_lines(one.model_copy(update={"parts": ()}), self._routing)
        return line.removeprefix("✓ ")

    def _quoted(self, text: str) -> str:
        opening, closing = self._routing.quotes
        return f"{opening}{inert_line(Untrusted(text), 90)}{closing}"

    def _time(self, at: datetime) -> str:
        return f"{at:%H:%M}" if self._words.language == "en" else f"{at:%H} h {at:%M}"

    def _event(self, at: datetime, kind: str, first: str, *more: str) -> None:
        label = click.style(
            f"{getattr(self._words, kind):<{_LABEL}}", fg=_KINDS.get(kind), bold=kind in _LOUD
        )
        whole = [part for line in (first, *more) for part in self._wrapped(line)]
        lines = [f"{self._time(at):<8} {label} {whole[0]}", *(f"{_INDENT} {line}" for line in whole[1:])]
        self._lines("\n".join(lines) + "\n")

    def _wrapped(self, line: str) -> list[str]:
        deeper = " " * (len(line) - len(line.lstrip()))
        return textwrap.wrap(line, self._width, subsequent_indent=deeper) or [""]

    def _lines(self, text: str) -> None:
        bar = self._bar
        self._erase()
        self._write(text)
        if bar:
            self._bar = bar
            self._write(click.style(bar, dim=True))

    def _erase(self) -> None:
        if self._bar:
            self._write(f"\r{' ' * len(self._bar)}\r")
            self._bar = ""


_LOUD = frozenset({"page", "escalated"})
_LED_TO = ("stories", "findings", "incidents")
_PAGED = ("pages", "escalated", "informed")


def story_time(start: datetime, elapsed: timedelta, speed: float) -> datetime:
    """What the story's own clock shows."""
    return start + elapsed * speed
