"""Whatever repeats, crashes or is split differently: the same findings, and each mention counted once."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.records import Author, Finding, Reading, Thread
from monitor.watch import BrandState, watch_readings
from tests.monitor.a_reading import BRAKES, START, a_mention, a_reading
from tests.monitor.playbooks import VELORIA, FixedJudge, a_clause

NOW = START + timedelta(hours=1)
TEXTS = (
    BRAKES,
    "WOW " + BRAKES.upper(),
    "La batterie de mon vélo Véloria a pris feu dans le garage cette nuit",
    "la batterie de mon velo #veloria a pris feu dans le garage hier 🔥",
    "lol",
)
JUDGE = FixedJudge(
    (a_clause("any-negative"), lambda one: one.reading.sentiment.label == "negative"),
    (a_clause("three-mentions"), lambda one: one.story.mentions >= 3),
    (a_clause("known-reach"), lambda one: one.story.reach >= 5_000),
    (a_clause("all-negative"), lambda one: one.story.mentions >= 2 and one.story.negative_share == 1),
)
Crash = Literal["none", "before_save", "after_save"]

ids = st.integers(0, 12)
others = st.none() | ids.map("replay:{}".format)
some_mentions = st.builds(
    a_mention,
    ids,
    st.sampled_from(TEXTS),
    event=st.sampled_from(["new", "new", "new", "edited", "deleted"]),
    author=st.builds(
        Author,
        handle=st.sampled_from(["", "ana", "bea", "cyd"]),
        followers=st.none() | st.integers(0, 3).map(lambda power: 10 ** (power + 2)),
    ),
    thread=st.builds(Thread, repost_of=others, in_reply_to=others),
    second=st.integers(0, 7_200),
    late=st.sampled_from([False, False, False, True]),
)
some_readings = st.lists(
    st.builds(
        a_reading,
        some_mentions,
        label=st.sampled_from(["negative", "neutral"]),
        author_kind=st.sampled_from(["public", "brand", "press"]),
    ),
    max_size=25,
    unique_by=lambda reading: reading.id,
)
crashes: st.SearchStrategy[list[Crash]] = st.lists(
    st.sampled_from(["none", "before_save", "after_save"]), max_size=30
)


class Shell:
    """What keeps the entries and passes the findings on, as unreliable as told."""

    def __init__(self) -> None:
        self.state = BrandState(VELORIA)
        self.kept: dict[str, bytes] = {}
        self.sent: list[Finding] = []

    def take(self, batch: list[Reading], crash: Crash = "none") -> None:
        outcome = watch_readings(self.state, batch, JUDGE, NOW)
        if crash != "before_save":
            for key, data in outcome.changed.items():
                if data is None:
                    self.kept.pop(key)
                else:
                    self.kept[key] = data
        if crash == "none":
            self.sent.extend(outcome.findings)
        else:
            self.state = BrandState.restore(VELORIA, self.kept.items())
            self.take(batch)

    def figures(self) -> dict[str, tuple[int, int, int, int]]:
        return {
            story.id: (story.mentions, story.negative, story.reach.authors, story.reach.reach)
            for story in self.state.book
        }

    def found(self, about: str = "") -> set[str]:
        return {finding.id for finding in self.sent if about in {"", finding.about}}


def essence(finding: Finding) -> tuple[str, str, int, Reading]:
    """What a repeat keeps; the title of a story can have changed when its original came."""
    return finding.id, finding.clause.id, finding.level, finding.reading


def of_clauses(found: list[Finding]) -> list[tuple[str, str, int, Reading]]:
    return [essence(finding) for finding in found if finding.about == "clause"]


def batches(readings: list[Reading], cuts: Iterable[int]) -> list[list[Reading]]:
    edges = sorted({0, len(readings), *(cut for cut in cuts if cut < len(readings))})
    return [readings[start:end] for start, end in pairwise(edges)]


def plain(readings: list[Reading]) -> Shell:
    shell = Shell()
    shell.take(readings)
    return shell


@given(some_readings, st.lists(st.integers(0, 25)), crashes)
@settings(max_examples=300)
def test_crashes_and_batches_change_nothing(
    readings: list[Reading], cuts: list[int], crash: list[Crash]
) -> None:
    shell = Shell()
    for number, batch in enumerate(batches(readings, cuts)):
        shell.take(batch, crash[number] if number < len(crash) else "none")
    expected = plain(readings)
    assert shell.found(about="clause") == expected.found(about="clause")
    assert (
        expected.found() <= shell.found()
    )  # a deletion that came before its post is understood when repeated
    assert shell.figures() == expected.figures()


@given(some_readings, st.integers(0, 25), st.booleans())
@settings(max_examples=300)
def test_a_prefix_that_comes_twice_changes_nothing(
    readings: list[Reading], length: int, restart: bool
) -> None:
    expected = plain(readings)
    shell = plain(readings)
    if restart:
        shell.state = BrandState.restore(VELORIA, shell.kept.items())
    shell.sent.clear()
    shell.take(readings[:length])
    assert shell.figures() == expected.figures()
    prefix = {reading.id for reading in readings[:length]}
    again = [finding for finding in expected.sent if finding.reading.id in prefix]
    assert of_clauses(shell.sent) == of_clauses(again)
    # A deletion that came before its post is understood when it comes again.
    assert {one.id for one in again} <= shell.found()


@given(some_readings)
@settings(max_examples=200)
def test_each_mention_is_counted_once(readings: list[Reading]) -> None:
    shell = plain(readings)
    counted = {one.mention.id for one in readings if one.mention.event != "deleted"}
    assert sum(mentions for mentions, _, _, _ in shell.figures().values()) == len(counted)
    for mentions, negative, authors, _ in shell.figures().values():
        assert 0 <= negative <= mentions
        assert authors >= 1


@given(some_readings, st.integers(0, 25))
@settings(max_examples=200)
def test_a_restored_state_behaves_like_the_live_one(readings: list[Reading], at: int) -> None:
    shell = plain(readings[:at])
    live = watch_readings(shell.state, readings[at:], JUDGE, NOW)
    restored = BrandState.restore(VELORIA, list(reversed(shell.kept.items())))
    assert watch_readings(restored, readings[at:], JUDGE, NOW) == live


@given(some_readings)
def test_a_finding_is_given_once_and_never_for_a_late_mention(readings: list[Reading]) -> None:
    shell = plain(readings)
    assert len(shell.sent) == len(shell.found())
    for finding in shell.sent:
        assert finding.about != "clause" or (finding.trace.held and not finding.reading.mention.late)
        assert (finding.about == "deletion") == (finding.reading.mention.event == "deleted")
