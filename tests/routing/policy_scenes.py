"""Scenes with other policies than the usual ones, for the tests of escalation."""

from typing import Any

from routing.desk import IncidentView
from routing.policy_settings import AcknowledgementSettings, DepartmentSettings
from routing.rooms import RoomSettings
from tests.routing.scenes import Scene


def with_comms(scene: Scene, *steps: dict[str, Any], **more: Any) -> Scene:
    """The scene, restarted with this chain for comms."""
    comms = DepartmentSettings.model_validate({"chain": steps, "repeat": 0, **more})
    departments = {**scene.settings.departments, "comms": comms}
    return restarted(scene, departments=departments)


def with_room(scene: Scene) -> Scene:
    """The scene with a room that one person's second target stands in for."""
    room = {"id": "crisis", "name": "Cellule de crise", "targets": [{"kind": "terminal", "name": "room-1"}]}
    return restarted(scene, rooms=(RoomSettings.model_validate(room),))


def with_reminders(scene: Scene, **more: Any) -> Scene:
    """The scene where an acknowledgement lasts two hours and may be confirmed for half an hour more."""
    lasting = AcknowledgementSettings.model_validate({"remind_after": 7_200, "reopen_after": 1_800, **more})
    return restarted(scene, acknowledgements=lasting)


def without(scene: Scene, *people: str) -> Scene:
    """The scene, restarted with a configuration that no longer has these people."""
    left = tuple(one for one in scene.settings.people if one.id not in people)
    return restarted(scene, people=left)


def restarted(scene: Scene, **changes: Any) -> Scene:
    """The scene with another configuration, not checked again, and a new process."""
    scene.settings = scene.settings.model_copy(update=changes)
    scene.router = scene.another_router()
    return scene


async def newest(scene: Scene) -> IncidentView:
    return (await scene.router.incidents())[0]


async def happened(scene: Scene, *what: str) -> list[tuple[str, str]]:
    """These entries of the newest incident's history, with their details."""
    return [(one.what, one.detail) for one in (await newest(scene)).history if one.what in what]
