"""What an answer does, what it says, and what the history keeps of it."""

from routing.desk import IncidentView
from tests.routing.scenes import START, MakeScene, Scene, finding


async def newest(one: Scene) -> IncidentView:
    return (await one.router.incidents())[0]


async def said(one: Scene) -> list[tuple[str, str, str]]:
    """The entries of the history that are answers."""
    return [(e.what, e.who, e.detail) for e in (await newest(one)).history if e.who and "-" not in e.detail]


async def test_acknowledging_a_resolved_incident_says_who_resolved_it_and_when(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    view = await newest(one)
    await one.router.resolve(view.id, 0, "comms-lead", "console")
    one.clock.advance(60)
    late = await one.router.acknowledge(view.id, 0, "comms", "comms-oncall", "link")
    assert (late.outcome, late.by, late.at) == ("resolved", "Comms Lead", START)
    after = await newest(one)
    assert (after.state, after.resolved_by) == ("resolved", "Comms Lead")
    assert after.tracks[0].acknowledged_at is None
    assert ("ack_of_resolved", "Comms Oncall", "link") in await said(one)


async def test_resolving_again_names_who_was_first(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    view = await newest(one)
    await one.router.resolve(view.id, 0, "comms-lead", "console")
    one.clock.advance(60)
    again = await one.router.resolve(view.id, 0, "duty", "command_line")
    assert (again.outcome, again.by, again.at) == ("already", "Comms Lead", START)
    assert ("resolved_again", "Duty", "command_line") in await said(one)


async def test_every_answer_is_in_the_history_also_one_that_changes_nothing(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    view = await newest(one)
    await one.router.acknowledge(view.id, 0, "comms", "comms-oncall", "link")
    await one.router.acknowledge(view.id, 0, "comms", "comms-lead", "console")
    await one.router.acknowledge(view.id, 0, "legal", "legal-oncall", "link")
    await one.router.acknowledge(view.id, 5, "comms", "comms-lead", "link")
    await one.router.acknowledge(view.id, 0, "comms", "stranger", "link")
    await one.router.resolve(view.id, 5, "comms-lead", "link")
    await one.router.resolve(view.id, 0, "stranger", "console")
    assert await said(one) == [
        ("acknowledged", "Comms Oncall", "link"),
        ("acknowledged_again", "Comms Lead", "console"),
        ("refused", "Legal Oncall", "link"),
        ("ack_of_old_cycle", "Comms Lead", "link"),
        ("refused", "stranger", "link"),
        ("resolve_of_old_cycle", "Comms Lead", "link"),
        ("refused", "stranger", "console"),
    ]


async def test_an_answer_to_an_incident_that_is_not_there_writes_nothing(scene: MakeScene) -> None:
    one = scene()
    for person in ("comms-oncall", "stranger"):
        assert (await one.router.acknowledge("none", 0, "comms", person, "link")).outcome == "not_found"
        assert (await one.router.resolve("none", 0, person, "link")).outcome == "not_found"
