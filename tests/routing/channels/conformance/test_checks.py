"""The checks themselves: each must fail for a channel that breaks its rule, and none for one that keeps them all."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pytest

from routing.channel import Channel
from routing.channels.conformance import CHECKS, EXPECTED, Check, Conformance, Double, Trouble, checks
from routing.channels.conformance.case import BUSY_S
from routing.channels.conformance.hostile_posts import FAMILY
from routing.channels.conformance.sample_pages import NOW
from routing.message_compose import compose_message
from routing.message_text import full_text, short_text
from routing.outcome import Ambiguous, DeadTarget, Delivered, Outcome, RejectedPayload, RetryLater
from routing.page import Page
from routing.untrusted import truncate

SECRET = "canary-1"
ONE_OF_EACH: tuple[Outcome, ...] = (
    Ambiguous(""),
    DeadTarget(""),
    RejectedPayload(""),
    RetryLater("", BUSY_S),
)
OUTCOMES: dict[Trouble, Outcome] = {
    trouble: next(one for one in ONE_OF_EACH if isinstance(one, expected))
    for trouble, expected in EXPECTED.items()
}
Write = Callable[[Page, str], str]


@dataclass
class Screen:
    """What people see of the channel below."""

    shown: list[str] = field(default_factory=list)
    live: list[str] = field(default_factory=list)


@dataclass
class Lines:
    """A channel of text that keeps every rule. Its fields break one each."""

    screen: Screen = field(default_factory=Screen, repr=False)
    trouble: Trouble = "none"
    write: Write = lambda page, text: text
    outcomes: dict[Trouble, Outcome] = field(default_factory=lambda: OUTCOMES, repr=False)
    deadline_s: float = 8.0
    most: int = 100_000
    refuses_threads: bool = False
    plain_suffix: str = ""
    deduplicates: bool = False
    alive: str = ""
    logged: str = ""
    kind: ClassVar[str] = "lines"
    target: str = "lines"

    async def send(self, page: Page, *, thread: str = "", plain: bool = False) -> Outcome:
        logging.getLogger("lines").debug("sending %s", self.logged)
        if self.trouble in ("silent", "drip"):
            await asyncio.sleep(self.deadline_s)
        if self.trouble != "none":
            return self.outcomes[self.trouble]
        message = compose_message(page, NOW)
        text = short_text(message) + self.plain_suffix if plain else full_text(message)
        text = self.write(page, truncate(text, 20_000))
        if len(text) > self.most or (thread and self.refuses_threads):
            return RejectedPayload("too long, or no such thread")
        self.screen.shown.append(text)
        if self.alive:
            self.screen.live.append(self.alive)
        return Delivered(page.id, "thread-1")

    async def aclose(self) -> None:
        return None


def case(channel: Lines) -> Conformance:
    @asynccontextmanager
    async def opened(trouble: Trouble) -> AsyncIterator[tuple[Channel, Double]]:
        screen = Screen()
        yield replace(channel, trouble=trouble, screen=screen), screen

    return Conformance(opened, EXPECTED, (SECRET,))


@pytest.mark.parametrize("check", CHECKS)
async def test_a_channel_that_keeps_every_rule_passes(check: Check) -> None:
    await check(case(Lines()))


def answering(trouble: Trouble, outcome: Outcome) -> Lines:
    return Lines(outcomes={**OUTCOMES, trouble: outcome})


FAULTS: list[tuple[Check, Lines, str]] = [
    (checks.a_page_says_what_is_wanted_in_both_languages, Lines(write=lambda page, text: "x"), "not in the page"),
    (checks.a_page_says_what_is_wanted_in_both_languages,
     Lines(write=lambda page, text: text.replace(page.link, "")), "link is missing"),
    (checks.a_page_says_what_is_wanted_in_both_languages,
     Lines(write=lambda page, text: text.replace("Fuite", "Leak")), "not in the page"),
    (checks.the_plain_form_is_a_smaller_page, Lines(plain_suffix="x" * 9_000), "longer than the page"),
    (checks.a_later_page_finds_its_thread, Lines(refuses_threads=True), "not delivered"),
    (checks.each_trouble_has_its_outcome, answering("cut", RetryLater("", 1.0)), "cut: RetryLater"),
    (checks.each_trouble_has_its_outcome, answering("gone", Ambiguous("")), "should be DeadTarget"),
    (checks.each_trouble_has_its_outcome, answering("busy", RetryLater("", 29.0)), "waits 29"),
    (checks.a_hung_target_holds_nothing_up_for_long, Lines(deadline_s=60.0), "no outcome after"),
    (checks.a_hung_target_holds_nothing_up_for_long, answering("drip", Delivered()), "drip: Delivered"),
    (checks.the_largest_pages_fit, Lines(most=10_000), "not delivered"),
    (checks.a_family_is_never_cut, Lines(write=lambda page, text: text + FAMILY[:3]), "a family is cut"),
    (checks.each_trouble_has_its_outcome, answering("busy_junk", RetryLater("", 0.0)), "waits 0"),
    (checks.each_trouble_has_its_outcome, answering("busy_until", RetryLater("", 86_400.0)), "at most"),
    (checks.ten_thousand_mentions_are_as_long_as_ten,
     Lines(write=lambda page, text: text + "x" * page.story.mentions), "10,000"),
    (checks.hostile_posts_stay_text, Lines(alive="@everyone"), "@everyone"),
    (checks.hostile_posts_stay_text, Lines(write=lambda page, text: text + "\u202e"), "hidden characters"),
    (checks.hostile_posts_stay_text, Lines(write=lambda page, text: text + "https://evil.example"), "address"),
    (checks.hostile_posts_stay_text, Lines(write=lambda page, text: text.replace("zqx", "")), "not shown at all"),
    (checks.a_possible_duplicate_says_so, Lines(write=lambda page, text: text.replace("ossible", "")), "not marked"),
    (checks.a_possible_duplicate_says_so, Lines(deduplicates=True), "shown twice"),
    (checks.a_summary_says_how_many_it_stands_for,
     Lines(write=lambda page, text: text.replace("121", "")), "121 incidents are not counted"),
    (checks.a_summary_says_how_many_it_stands_for,
     Lines(write=lambda page, text: text + "x" * (page.summary.more if page.summary else 0)), "10,000 incidents"),
    (checks.an_exercise_says_so_first, Lines(write=lambda page, text: text.replace("EXERCI", "")), "not marked"),
    (checks.no_secret_is_shown, Lines(logged=SECRET), "a secret is shown"),
    (checks.no_secret_is_shown, Lines(target=SECRET), "a secret is shown"),
    (checks.no_secret_is_shown, answering("echo", DeadTarget(SECRET)), "echo: a secret is shown"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "channel", "told"), FAULTS)
async def test_a_fault_is_found_and_named(check: Check, channel: Lines, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        await check(case(channel))


def test_every_check_has_a_fault_of_its_own() -> None:
    assert {check for check, _, _ in FAULTS} == set(CHECKS)
