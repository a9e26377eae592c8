"""Severity set by hand falls silently and rises loudly, on SQLite and on PostgreSQL."""

from tests.routing.scenes import MakeScene, finding
from tests.routing.stories_of_two import view_of, whats


async def test_falling_is_silent_and_rising_pages_whoever_answered_before(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding(severity="critical", page=("comms", "legal"))])
    await one.settle()
    (view,) = await one.router.incidents()
    await one.router.acknowledge(view.id, 0, "comms", "comms-oncall", "link")
    assert (await one.router.set_severity(view.id, "warning", "comms-lead")).outcome == "done"
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 1, "legal-oncall-1": 1}
    assert (await view_of(one, view.id)).severity == "warning"
    assert (await one.router.set_severity(view.id, "critical", "comms-lead")).outcome == "done"
    await one.settle()
    assert [page.transition for page in one.channels["comms-oncall-1"].pages] == ["opened", "raised"]
    now = await view_of(one, view.id)
    assert (now.state, now.severity) == ("open", "critical")
    assert [what for what in whats(now) if what.startswith("severity")] == [
        "severity_lowered",
        "severity_raised",
    ]


async def test_the_same_again_changes_nothing_and_a_closed_incident_is_left(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    (view,) = await one.router.incidents()
    assert (await one.router.set_severity(view.id, "warning", "comms-lead")).outcome == "already"
    await one.router.resolve(view.id, 0, "comms-lead", "console")
    refused = await one.router.set_severity(view.id, "critical", "comms-lead")
    assert (refused.outcome, refused.why.split(";")[0]) == ("refused", "T-1 is resolved")
    assert (await one.router.set_severity("nothing", "info", "comms-lead")).outcome == "not_found"
    assert (await one.router.set_severity(view.id, "info", "stranger")).outcome == "refused"
