"""An incident as people see it."""

from routing.incident_views import MAX_HISTORY
from tests.routing.scenes import MakeScene, finding


async def test_a_long_history_keeps_its_newest_entries(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    await one.router.accept([finding(level=level) for level in range(1, MAX_HISTORY + 20)])
    view = (await one.router.incidents())[0]
    await one.router.acknowledge(view.id, view.cycle, "comms", "comms-oncall", "link")
    history = (await one.router.incidents())[0].history
    assert len(history) == MAX_HISTORY
    assert "acknowledged" in {entry.what for entry in history[-2:]}  # then what it stopped


async def test_messages_show_the_names_of_people(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    view = await one.router.incident((await one.router.incidents())[0].id)
    assert view is not None
    assert view.messages[0].person_name == "Comms Oncall"
