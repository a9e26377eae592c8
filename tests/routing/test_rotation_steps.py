"""Steps that name a rotation page whoever is on call when the step is taken."""

from datetime import timedelta
from typing import Any

import pytest

from routing.escalate import Called, ChainStep, called
from routing.policy_settings import DepartmentSettings, StepSettings
from routing.schedule_settings import RotationSettings
from tests.routing.scenes import SECRET, START, MakeScene, Scene, finding, settings


def rotation(*people: str, **more: Any) -> RotationSettings:
    """Turns change every hour; the scene starts at 03:00 UTC, with an odd turn."""
    layer = {
        "people": people,
        "every": "hour",
        "handover": "00:00",
        "since": START.date() - timedelta(days=1),
    }
    return RotationSettings.model_validate({"id": "round", "layers": [{**layer, **more}]})


def with_rotation(scene: Scene, one: RotationSettings | None, *steps: dict[str, Any]) -> Scene:
    """The scene with this rotation and this chain for comms, the second step with the lead unless told."""
    chain = steps or ({"rotations": ["round"], "wait": 300}, {"people": ["comms-lead"], "wait": 300})
    scene.settings.departments["comms"] = DepartmentSettings(
        chain=tuple(StepSettings.model_validate(step) for step in chain), repeat=0
    )
    rotations = (one,) if one else ()
    scene.settings = scene.settings.model_copy(update={"rotations": rotations})
    scene.router = scene.another_router()
    return scene


async def history(scene: Scene) -> list[tuple[str, str]]:
    shown = (await scene.router.incidents())[0].history
    return [(entry.what, entry.detail) for entry in shown]


def test_whom_a_step_reaches_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_LINK_SECRET", SECRET)
    both = settings().model_copy(update={"rotations": (rotation("it-oncall", "it-lead"),)})
    step = ChainStep(people=("it-lead", "duty"), wait_s=300, rotations=("round", "gone"))
    assert called(both, step, START) == Called(("it-lead", "duty"), ("gone",))
    assert called(both, step, START + timedelta(hours=1)) == Called(
        ("it-lead", "duty", "it-oncall"), ("gone",)
    )


async def test_the_person_on_call_is_paged(scene: MakeScene) -> None:
    one = with_rotation(scene(), rotation("it-oncall", "it-lead"))
    await one.router.accept([finding()])
    await one.settle()
    assert one.paged() == {"it-lead-1": 1}


async def test_a_later_step_pages_whoever_is_on_call_by_then(scene: MakeScene) -> None:
    step = {"rotations": ["round"], "wait": 3_600}
    one = with_rotation(scene(), rotation("it-oncall", "it-lead"), step, step)
    await one.router.accept([finding()])
    await one.settle()
    await one.after(3_600)
    assert one.paged() == {"it-lead-1": 1, "it-oncall-1": 1}


async def test_people_and_rotations_of_a_step_are_paged_together_and_once(scene: MakeScene) -> None:
    step = {"people": ["comms-oncall", "it-lead"], "rotations": ["round"]}
    one = with_rotation(scene(), rotation("it-oncall", "it-lead"), step)
    await one.router.accept([finding()])
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 1, "it-lead-1": 1}


async def test_with_nobody_on_call_the_next_step_comes_at_once(scene: MakeScene) -> None:
    one = with_rotation(scene(), rotation("it-oncall", only=["sunday 00:00-01:00"]))
    await one.router.accept([finding()])
    await one.settle()
    assert one.paged() == {"comms-lead-1": 1}
    assert ("nobody_on_call", "round") in await history(one)


async def test_an_empty_rotation_in_every_step_ends_with_the_catch_all(scene: MakeScene) -> None:
    step = {"rotations": ["round"], "wait": 300}
    one = with_rotation(scene(), rotation(), step, step)
    await one.router.accept([finding()])
    await one.settle()
    assert one.paged() == {"duty-1": 1}
    assert [what for what, _ in await history(one)].count("nobody_on_call") == 2


async def test_a_rotation_that_was_taken_away_meanwhile_counts_as_empty(scene: MakeScene) -> None:
    steps = ({"people": ["comms-oncall"], "wait": 300}, {"rotations": ["round"], "wait": 300})
    one = with_rotation(scene(), rotation("it-oncall"), *steps)
    await one.router.accept([finding()])
    await one.settle()
    with_rotation(one, None, *steps)
    await one.after(301)
    assert one.paged() == {"comms-oncall-1": 1, "duty-1": 1}


async def test_whoever_is_on_call_is_informed_too(scene: MakeScene) -> None:
    one = with_rotation(scene(), rotation("it-oncall", "it-lead"))
    await one.router.accept([finding(page=("legal",), inform=("comms",))])
    await one.settle()
    assert one.paged() == {"legal-oncall-1": 1, "it-lead-1": 1}


async def test_with_nobody_on_call_the_next_step_is_informed(scene: MakeScene) -> None:
    one = with_rotation(scene(), rotation())
    await one.router.accept([finding(page=("legal",), inform=("comms",))])
    await one.settle()
    assert one.paged() == {"legal-oncall-1": 1, "comms-lead-1": 1}
