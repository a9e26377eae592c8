"""Findings of two stories and an incident for each, for the tests of what people change by hand."""

from routing.desk import IncidentView
from tests.routing.scenes import Scene, finding

ONE, TWO = "bluesky:1", "bluesky:2"


async def two_incidents(scene: Scene) -> tuple[IncidentView, IncidentView]:
    """T-1 pages comms (warning); T-2 pages comms (critical) and legal."""
    await scene.router.accept([finding(first=ONE)])
    await scene.settle()
    await scene.router.accept([finding(first=TWO, severity="critical", page=("comms", "legal"))])
    await scene.settle()
    second, first = await scene.router.incidents()
    return first, second


async def view_of(scene: Scene, incident: str) -> IncidentView:
    """The incident as it stands now."""
    view = await scene.router.incident(incident)
    assert view is not None
    return view


def whats(view: IncidentView) -> list[str]:
    """The words of its history."""
    return [entry.what for entry in view.history]
