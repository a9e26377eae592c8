"""What every channel must keep. Each check raises AssertionError that says which rule is broken, and how."""

import asyncio
import logging
import unicodedata
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import get_args

from routing.channel import Channel
from routing.channels.conformance.case import BUSY_S, Conformance, Double, Trouble
from routing.channels.conformance.hostile_posts import FAMILY, MARK, PAYLOADS
from routing.channels.conformance.sample_pages import (
    hostile_page,
    largest_page,
    make_mention,
    make_page,
    make_reading,
    make_story,
    make_summary,
)
from routing.channels.conformance.virtual_time import ends_within
from routing.message_compose import EXERCISE
from routing.outcome import Delivered, Outcome, RetryLater
from routing.page import Page, ReaderLanguage, Transition
from routing.untrusted import one_line
from routing.wording import words_in

ATTEMPT_S = 8.5  # the router gives up on an attempt then: a channel has to have answered
LANGUAGES: tuple[ReaderLanguage, ...] = get_args(ReaderLanguage)
NASTY_TEXTS = ("mot " * 20, "&" * 90, "<" * 90, "*_`" * 30, "漢" * 90, FAMILY * 12, "é\n\n" * 30)
_SLACK_OF_COUNTS = 64  # characters that larger numbers may add
_ALLOWED = frozenset("\n\u200d")  # line breaks, and the joiner inside emoji

_HELD: tuple[Trouble, ...] = ("silent", "late", "drip")
_SAYS_WHEN: tuple[Trouble, ...] = ("busy", "busy_decimals", "busy_until")
_LEAST_S, _MOST_S = 1.0, 900.0  # a wait that nobody can read is at least that, any wait at most that

Check = Callable[[Conformance], Awaitable[None]]


async def a_page_says_what_is_wanted_in_both_languages(case: Conformance) -> None:
    """The brand, the clause's title and the personal link arrive, in the reader's language, for every transition."""
    for language in LANGUAGES:
        for transition in get_args(Transition):
            page = make_page(language=language, transition=transition)
            text, double = await _shown(case, page)
            for wanted in (page.brand_name, page.clause.title.of(language)):
                expect(wanted in text, f"{wanted!r} is not in the page ({language}, {transition}): {text!r}")
            expect(page.link in text or page.link in double.live, "the personal link is missing")


async def the_plain_form_is_a_smaller_page(case: Conformance) -> None:
    """What is sent after a refusal is no longer than the page, and still says what is wrong."""
    page = make_page()
    whole, _ = await _shown(case, page)
    short, _ = await _shown(case, page, plain=True)
    expect(len(short) <= len(whole), "the plain form is longer than the page")
    expect(page.clause.title.of(page.language) in short, "the plain form does not name the clause")


async def a_later_page_finds_its_thread(case: Conformance) -> None:
    """What the first page gave as its thread is good for the second."""
    async with case.open("none") as (channel, _):
        first = await channel.send(make_page())
        thread = first.thread if isinstance(first, Delivered) else ""
        later = make_page(id="another", sequence=4, transition="raised")
        expect_delivered(await channel.send(later, thread=thread))


async def each_trouble_has_its_outcome(case: Conformance) -> None:
    """Every way in which the other side can fail is answered with the outcome that says what to do next."""
    for trouble, expected in case.expected.items():
        if trouble in _HELD:
            continue
        async with case.open(trouble) as (channel, _):
            outcome = await channel.send(make_page())
        names = " or ".join(one.__name__ for one in expected)
        expect(isinstance(outcome, expected), f"{trouble}: {outcome!r}, it should be {names}")
        if isinstance(outcome, RetryLater):
            least = BUSY_S if trouble in _SAYS_WHEN else _LEAST_S
            expect(
                outcome.after_s >= least, f"{trouble}: asked to wait {least} s, it waits {outcome.after_s} s"
            )
            expect(
                outcome.after_s <= _MOST_S, f"{trouble}: it waits {outcome.after_s} s, {_MOST_S} s at most"
            )


async def a_hung_target_holds_nothing_up_for_long(case: Conformance) -> None:
    """Silence, an answer that comes late and one that drips end within the attempt's deadline."""
    for trouble in _HELD:
        if trouble not in case.expected:
            continue
        async with case.open(trouble) as (channel, _):
            task: asyncio.Task[object] = asyncio.create_task(_send(channel, make_page()))
            ended = await ends_within(task, ATTEMPT_S)
            task.cancel()
            outcome = (await asyncio.gather(task, return_exceptions=True))[0]
        expect(ended, f"{trouble}: no outcome after {ATTEMPT_S} s")
        expect(isinstance(outcome, case.expected[trouble]), f"{trouble}: {outcome!r}")


async def the_largest_pages_fit(case: Conformance) -> None:
    """Nothing that the records allow is too large: the double refuses what its service would."""
    async with case.open("none") as (channel, _):
        for number, (text, plain) in enumerate(product(NASTY_TEXTS, (False, True))):
            page = _another(largest_page(text, LANGUAGES[number // 2 % 2]), number)
            expect_delivered(await channel.send(page, plain=plain), f"a page of {text[:8]!r}")


async def a_family_is_never_cut(case: Conformance) -> None:
    """Wherever a limit falls, an emoji of several characters is shown whole or not at all."""
    async with case.open("none") as (channel, double):
        for offset in range(12):  # one more than its UTF-16 units: every limit falls inside it once
            post = make_reading(make_mention(text="x" * offset + FAMILY * 1_500))
            pages = largest_page("x" * offset + FAMILY * 12), make_page(reading=post)
            for number, (page, plain) in enumerate(product(pages, (False, True))):
                sent = _another(page, 4 * offset + number)
                expect_delivered(await channel.send(sent, plain=plain), f"families after {offset} characters")
        for text in double.shown:
            rest = text.replace(FAMILY, "")
            parts = sorted({one for one in FAMILY if one in rest})
            expect(not parts, f"a family is cut: {parts!r} in {text[:500]!r}")


async def ten_thousand_mentions_are_as_long_as_ten(case: Conformance) -> None:
    """A page tells how large a story is, not every mention of it."""
    few, _ = await _shown(case, make_page(story=make_story(mentions=10)))
    many, _ = await _shown(case, make_page(story=make_story(mentions=10_000, mentions_last_60_min=10_000)))
    expect(
        len(many) - len(few) <= _SLACK_OF_COUNTS, f"10 mentions: {len(few)}, 10,000: {len(many)} characters"
    )


async def hostile_posts_stay_text(case: Conformance) -> None:
    """Of a hundred hostile posts none mentions anybody, links anywhere, or hides what it says; all are paged."""
    async with case.open("none") as (channel, double):
        for number, payload in enumerate(PAYLOADS):
            for plain in (False, True):
                page = _another(hostile_page(payload, LANGUAGES[number % 2]), 2 * number + plain)
                expect_delivered(await channel.send(page, plain=plain), f"the post {payload[:60]!r}")
        for text in double.shown:
            _expect_harmless(text)
        alive = sorted({one for one in double.live if one != make_page().link})
        expect(not alive, f"came alive: {alive[:5]}")
    text, _ = await _shown(case, hostile_page(f"{MARK} @channel"))
    expect(MARK in text, "what the post says is not shown at all")


async def a_possible_duplicate_says_so(case: Conformance) -> None:
    """A page that may have arrived already is marked, unless the channel itself drops repeats."""
    page = make_page()
    async with case.open("none") as (channel, double):
        expect_delivered(await channel.send(page))
        expect_delivered(await channel.send(page.model_copy(update={"possible_duplicate": True})))
        if channel.deduplicates:
            expect(len(double.shown) == 1, "it claims to deduplicate, and the same page was shown twice")
            return
    for language in LANGUAGES:
        text, _ = await _shown(case, make_page(language=language, possible_duplicate=True))
        told = words_in(language).phrases.duplicate
        expect(one_line(told) in one_line(text), f"a possible duplicate is not marked ({language})")


async def a_summary_says_how_many_it_stands_for(case: Conformance) -> None:
    """One message for many incidents says how many; ten thousand make it no longer than a hundred."""
    for language in LANGUAGES:
        alone, _ = await _shown(case, make_page(language=language))
        summary = make_summary(number=60)
        many, _ = await _shown(case, make_page(language=language, summary=summary))
        total = str(1 + len(summary.bundled) + summary.more)
        expect(total not in alone, f"a page of one incident says {total}")
        expect(total in many, f"{total} incidents are not counted ({language}): {many[:500]!r}")
        endless = summary.model_copy(update={"more": 9_940})
        most, _ = await _shown(case, make_page(language=language, summary=endless))
        longer = len(most) - len(many)
        expect(longer <= _SLACK_OF_COUNTS, f"10,000 incidents take {longer} more characters than {total}")


async def an_exercise_says_so_first(case: Conformance) -> None:
    """A page of a drill is marked before anything else, in both languages, in its plain form too."""
    for language, plain in product(LANGUAGES, (False, True)):
        text, _ = await _shown(case, make_page(language=language, kind="drill"), plain=plain)
        expect(EXERCISE in one_line(text), f"an exercise is not marked ({language}, plain: {plain})")


async def no_secret_is_shown(case: Conformance) -> None:
    """Neither in logs at their most talkative, nor in outcomes, nor in the repr of the channel."""
    expect(bool(case.secrets) or "unauthorised" not in case.expected, "the case names no secrets")
    for trouble in ("none", *(one for one in case.expected if one not in (*_HELD, "flood"))):
        with _everything_logged() as lines:
            async with case.open(trouble) as (channel, _):
                outcome = await channel.send(make_page())
                lines += [repr(outcome), repr(channel), str(channel)]
        for secret in case.secrets:
            told = [line[:300] for line in lines if secret in line]
            expect(not told, f"{trouble}: a secret is shown: {told}")


CHECKS: tuple[Check, ...] = (
    a_page_says_what_is_wanted_in_both_languages,
    the_plain_form_is_a_smaller_page,
    a_later_page_finds_its_thread,
    each_trouble_has_its_outcome,
    a_hung_target_holds_nothing_up_for_long,
    the_largest_pages_fit,
    a_family_is_never_cut,
    ten_thousand_mentions_are_as_long_as_ten,
    hostile_posts_stay_text,
    a_possible_duplicate_says_so,
    a_summary_says_how_many_it_stands_for,
    an_exercise_says_so_first,
    no_secret_is_shown,
)


def expect(held: bool, message: str) -> None:
    """Raises AssertionError with ``message`` when a rule is broken."""
    if not held:
        raise AssertionError(message)


def expect_delivered(outcome: Outcome, what: str = "a page") -> None:
    """Raises AssertionError when ``what`` was not taken."""
    expect(isinstance(outcome, Delivered), f"{what} was not delivered: {outcome!r}")


async def _shown(case: Conformance, page: Page, *, plain: bool = False) -> tuple[str, Double]:
    async with case.open("none") as (channel, double):
        expect_delivered(await channel.send(page, plain=plain))
        expect(len(double.shown) == 1, f"one page was shown {len(double.shown)} times")
    return double.shown[0], double


async def _send(channel: Channel, page: Page) -> Outcome:
    return await channel.send(page)


def _another(page: Page, number: int) -> Page:
    """The page as one of another incident, so that a double that folds repeats shows it."""
    return page.model_copy(update={"id": f"{page.id}{number}", "incident": f"{page.incident}{number}"})


def _expect_harmless(text: str) -> None:
    hidden = {one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Cn")} - _ALLOWED
    expect(not hidden, f"hidden characters {sorted(hidden)!r} in {text[:2_000]!r}")
    expect("https://evil" not in text.lower(), f"a whole address of a post in {text[:2_000]!r}")


@contextmanager
def _everything_logged() -> Iterator[list[str]]:
    """The lines that are logged meanwhile, those of the HTTP libraries included."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(logging.Formatter().format(record))  # type: ignore[method-assign]
    loggers = [logging.getLogger(name) for name in (None, "httpx", "httpcore")]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        loggers[0].removeHandler(handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
