"""What is held back, why, and that it goes in the end: nothing is ever dropped."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from monitor.records import Severity
from routing.channels.testing import RecordingChannel
from routing.desk import IncidentView, Refused, SilenceWish
from routing.outcome import RetryLater
from routing.settings import RoutingSettings
from routing.silences import Wish
from tests.routing.scenes import START, MakeScene, Scene, finding

TARGET = "comms-oncall-1"


def with_settings(one: Scene, **muting: object) -> None:
    """Another ``muting`` part, as after a restart with an edited configuration."""
    data = {**one.settings.model_dump(by_alias=True), "muting": muting}
    use(one, RoutingSettings.model_validate(data))


def with_person(one: Scene, person: str, **changes: object) -> None:
    """Other preferences of one person."""
    data = one.settings.model_dump(by_alias=True)
    data["people"] = [{**each, **(changes if each["id"] == person else {})} for each in data["people"]]
    use(one, RoutingSettings.model_validate(data))


def use(one: Scene, settings: RoutingSettings) -> None:
    one.settings = settings
    one.router = one.another_router()


async def newest(one: Scene) -> IncidentView:
    return (await one.router.incidents())[0]


def silence(one: Scene, view: IncidentView, hours: float = 2, **wish: object) -> int:
    until = one.clock.now() + timedelta(hours=hours)
    made = one.store.silence(
        one.settings,
        view.id,
        Wish("Comms Lead", "known and being handled", until, **wish),  # type: ignore[arg-type]
    )
    return made.number


async def test_a_silence_is_honoured_for_the_very_first_message(scene: MakeScene) -> None:
    """prometheus/alertmanager#2485: a silence was not honoured for the first notification."""
    one = scene()
    await one.router.accept([finding()])
    silence(one, await newest(one))
    await one.settle()
    (message,) = (await newest(one)).messages
    assert (message.state, message.hold, message.due_at) == (
        "pending",
        "silenced",
        START + timedelta(hours=2),
    )
    assert not one.paged()


async def test_a_silence_survives_a_restart_and_what_it_held_goes_when_it_ends(scene: MakeScene) -> None:
    """prometheus/alertmanager#2158, #2322: silenced alerts paged after a restart."""
    one = scene()
    await one.router.accept([finding()])
    silence(one, await newest(one))
    await one.settle()
    one.router = one.another_router()
    await one.after(3600)
    assert not one.paged()
    await one.after(3601)
    assert one.paged() == {TARGET: 1}


async def test_an_ended_silence_leaves_no_ghost(scene: MakeScene) -> None:
    """prometheus/alertmanager#3457: an expired silence came back."""
    one = scene()
    await one.router.accept([finding()])
    number = silence(one, await newest(one))
    await one.settle()
    ended = one.store.end_silence(number, "Comms Lead")
    await one.settle()
    assert one.paged() == {TARGET: 1}
    assert ended is not None
    assert one.store.end_silence(number, "Comms Lead") is None
    (kept,) = one.store.silences()
    assert kept.ended_by == "Comms Lead"


async def test_a_silence_never_covers_another_story(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    silence(one, await newest(one))
    await one.router.accept([finding(first="bluesky:2")])
    await one.settle()
    (page,) = one.channels[TARGET].pages
    assert page.story.first_mention == "bluesky:2"


async def test_a_rise_in_severity_pierces_a_silence_and_everything_is_recorded(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    silence(one, await newest(one))
    await one.settle()
    await one.router.accept([finding(severity="critical", level=1)])
    await one.settle()
    assert [page.severity for page in one.channels[TARGET].pages] == ["critical"]
    assert {"silenced", "held"} <= {entry.what for entry in (await newest(one)).history}


async def test_the_escalation_of_a_silenced_department_waits_and_goes_on(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding(page=("comms", "legal"))])
    await one.settle()
    silence(one, await newest(one), department="comms")
    await one.after(301)
    assert one.paged() == {TARGET: 1, "legal-oncall-1": 1, "legal-lead-1": 1}
    await one.after(7200)
    assert one.paged()["comms-lead-1"] == 1


@pytest.mark.parametrize(
    ("hours", "wish", "mend"),
    [
        (25, {}, "muting.longest_silence"),
        (-1, {}, "later than now"),
        (1, {"department": "it"}, "comms"),
        (1, {"clause": ".*"}, "data-leak"),
    ],
)
async def test_nonsense_is_refused_with_the_mend(
    scene: MakeScene, hours: float, wish: dict[str, object], mend: str
) -> None:
    one = scene()
    await one.router.accept([finding()])
    with pytest.raises(Refused, match=mend.replace(".", r"\.")):
        silence(one, await newest(one), hours, **wish)
    assert one.store.silences() == ()


INHIBIT = {"when": {"severity": "critical"}, "hold": {"severity": ["warning", "info"]}, "same": ["brand"]}


async def test_an_inhibitor_may_come_a_little_later(scene: MakeScene) -> None:
    """prometheus/alertmanager#2229: inhibition raced with the order of arrival."""
    one = scene()
    with_settings(one, inhibit=[INHIBIT])
    await one.router.accept([finding()])
    await one.settle()
    assert (await newest(one)).messages[0].hold == "inhibitor_wait"
    await one.router.accept([finding(first="bluesky:2", severity="critical", page=("legal",))])
    await one.after(5)
    assert one.paged() == {"legal-oncall-1": 1}  # critical never waits
    views = {view.severity: view for view in await one.router.incidents()}
    assert views["warning"].messages[0].hold == "inhibited"
    await one.router.acknowledge(views["critical"].id, 0, "legal", "legal-oncall", "link")
    await one.settle()
    assert one.paged() == {"legal-oncall-1": 1, TARGET: 1}


async def test_a_lesser_page_without_an_inhibitor_goes_after_the_wait(scene: MakeScene) -> None:
    one = scene()
    with_settings(one, inhibit=[INHIBIT])
    await one.router.accept([finding()])
    await one.after(5)
    assert one.paged() == {TARGET: 1}


async def test_nothing_is_inhibited_for_longer_than_agreed(scene: MakeScene) -> None:
    one = scene()
    with_settings(one, inhibit=[{**INHIBIT, "longest": 600}])
    await one.router.accept([finding(), finding(first="bluesky:2", severity="critical", page=("legal",))])
    await one.after(599)
    assert TARGET not in one.paged()
    await one.after(2)
    assert one.paged()[TARGET] == 1


QUIET = [{"from": "22:00", "to": "07:00"}]  # the scene starts at three in the morning, UTC


async def test_quiet_hours_hold_a_warning_and_wake_nobody_else_but_critical_passes(scene: MakeScene) -> None:
    one = scene()
    with_person(one, "comms-oncall", quiet=QUIET)
    await one.router.accept([finding()])
    await one.settle()
    await one.after(1800)
    assert not one.paged()
    await one.router.accept([finding(first="bluesky:2", severity="critical")])
    await one.settle()
    assert one.paged() == {TARGET: 1}
    await one.router.acknowledge((await newest(one)).id, 0, "comms", "comms-oncall", "link")
    await one.after(3.5 * 3600)
    assert one.paged() == {TARGET: 2}
    await one.after(299)
    assert "comms-lead-1" not in one.paged()  # the step's wait counts from when the first of them was told
    await one.after(2)
    assert one.paged()["comms-lead-1"] == 1


async def test_targets_follow_the_severity(scene: MakeScene) -> None:
    one = scene(RecordingChannel("comms-oncall-2", [RetryLater("away", 600)]))
    by = {"critical": ["comms-oncall-2"], "warning": ["comms-oncall-1"]}
    with_person(one, "comms-oncall", by_severity=by)
    await one.router.accept([finding(severity="critical"), finding(first="bluesky:2")])
    await one.settle()
    assert one.paged() == {"comms-oncall-2": 1, TARGET: 2}  # critical goes on to every other target


CAP = {"terminal": [{"most": 2, "per": 900}]}


async def test_over_the_cap_everything_goes_as_one_summary(scene: MakeScene) -> None:
    """goalert's limits for people: a storm is bundled, never dropped."""
    one = scene()
    with_settings(one, caps=CAP)
    await one.router.accept([finding(first=f"bluesky:{n}") for n in range(6)])
    await one.settle()
    first, second = sorted(one.channels[TARGET].pages, key=lambda page: page.summary is not None)
    assert first.summary is None
    assert second.summary is not None
    assert len(second.summary.bundled) == 4
    states = [message.state for view in await one.router.incidents() for message in view.messages]
    assert sorted(states) == ["bundled"] * 4 + ["sent"] * 2
    await one.router.accept([finding(first="bluesky:late"), finding(first="bluesky:later")])
    await one.settle()
    assert (await newest(one)).messages[0].hold == "noise_cap"
    for view in await one.router.incidents():
        await one.router.acknowledge(view.id, 0, "comms", "comms-oncall", "link") if view.messages[
            0
        ].state != "pending" else None
    await one.after(290)
    assert len(one.channels[TARGET].pages) == 2
    await one.after(611)
    (third,) = one.channels[TARGET].pages[2:]
    assert third.summary is not None
    assert third.summary.kind == "storm"


async def test_a_cap_holds_no_critical_page_longer_than_a_minute(scene: MakeScene) -> None:
    one = scene()
    with_settings(one, caps=CAP)
    await one.router.accept([finding(first=f"bluesky:{n}") for n in range(2)])
    await one.settle()
    severities: tuple[Severity, ...] = ("warning", "critical", "critical")
    await one.router.accept([finding(first=f"bluesky:x{n}", severity=s) for n, s in enumerate(severities)])
    await one.settle()
    assert len(one.channels[TARGET].pages) == 2
    await one.after(60)
    (page,) = one.channels[TARGET].pages[2:]
    assert page.severity == "critical"
    assert page.summary is not None
    assert [other.severity for other in page.summary.bundled] == ["critical", "warning"]


async def test_what_a_failed_summary_carried_goes_again(scene: MakeScene) -> None:
    one = scene(RecordingChannel(TARGET, [RetryLater("later", 5)]))
    with_settings(one, caps={"terminal": [{"most": 1, "per": 900}]})
    await one.router.accept([finding(first=f"bluesky:{n}") for n in range(3)])
    await one.settle()
    await one.after(6)
    await one.after(60)
    pages = one.channels[TARGET].pages
    states = [message.state for view in await one.router.incidents() for message in view.messages]
    assert sorted(states) == ["bundled", "bundled", "sent"], [page.summary for page in pages]


async def test_after_a_long_pause_everything_goes_as_one_summary(scene: MakeScene) -> None:
    """Uninett/nav#1276: a hundred text messages after a restart."""
    one = scene()
    await one.router.accept([finding(first=f"bluesky:{n}") for n in range(100)])
    one.clock.advance(200)
    await one.settle()
    (page,) = one.channels[TARGET].pages
    assert page.summary is not None
    assert len(page.summary.bundled) + page.summary.more == 99


_STATES = "SELECT state, COUNT(*) AS n FROM messages WHERE transition = 'opened' GROUP BY state"


async def test_ten_thousand_hostile_stories_page_little_and_lose_nothing(scene: MakeScene) -> None:
    """CHANNELS.md S12: a flood of alerts as an attack; pages are bounded, nothing is dropped from the log."""
    one = scene()
    with_settings(one, caps={"terminal": [{"most": 5, "per": 900}]})
    for second in range(10):
        first = [f"bluesky:{second}-{n}" for n in range(1_000)]
        await one.router.accept([finding(first=name) for name in first])
        await one.settle()
        one.clock.advance(6)
    await one.after(900)
    pages = one.channels[TARGET].pages
    assert len(pages) <= 10  # two windows of the cap
    summaries = [page.summary for page in pages if page.summary is not None]
    carried = sum(len(summary.bundled) + summary.more for summary in summaries)
    assert carried + len(pages) == 10_000
    with one.store._database.reading() as connection:
        states = connection.execute(text(_STATES)).all()
        noted = connection.scalar(text("SELECT COUNT(*) FROM history WHERE what = 'opened'"))
    assert {row.state: row.n for row in states} == {"sent": len(pages), "bundled": 10_000 - len(pages)}
    assert noted == 10_000


async def test_a_digest_tells_at_its_time_what_was_only_informed(scene: MakeScene) -> None:
    one = scene()
    with_person(one, "comms-oncall", digest={"at": "08:00"})
    for n in range(3):
        await one.router.accept([finding(first=f"bluesky:{n}", page=("legal",), inform=("comms",))])
    await one.settle()
    assert TARGET not in one.paged()
    assert (await newest(one)).messages[-1].hold in {"digest", ""}
    silence(one, await newest(one), 8, department="legal")
    await one.after(5 * 3600)
    (page,) = one.channels[TARGET].pages
    assert page.summary is not None
    assert page.summary.kind == "digest"
    assert len(page.summary.bundled) == 2
    assert [shown.label for shown in page.summary.silences] == ["S-1"]


async def test_whoever_was_paged_meanwhile_is_not_told_by_the_digest(scene: MakeScene) -> None:
    one = scene()
    with_person(one, "comms-oncall", digest="hourly")
    await one.router.accept([finding(page=("legal",), inform=("comms",))])
    await one.settle()
    await one.router.accept([finding(clause="boycott", severity="critical")])
    await one.settle()
    await one.after(3600)
    assert [page.transition for page in one.channels[TARGET].pages] == ["opened"]


async def test_the_desk_makes_and_ends_silences_and_shows_them(scene: MakeScene) -> None:
    """S13: a silence has an owner and is seen by everybody."""
    one = scene()
    await one.router.accept([finding()])
    view = await newest(one)
    wish = SilenceWish(person="comms-lead", reason="known", until=START + timedelta(hours=1))
    made = await one.router.silence(view.id, wish)
    assert (made.label, made.author, made.up_to) == ("S-1", "Comms Lead", "warning")
    assert (await newest(one)).silences == (made,)
    with pytest.raises(Refused, match="stranger"):
        await one.router.silence(view.id, wish.model_copy(update={"person": "stranger"}))
    assert not await one.router.end_silence(1, "stranger")
    assert await one.router.end_silence(1, "comms-lead")
    assert (await newest(one)).silences == ()
