"""How findings become incidents, and when people are paged again, on SQLite and on PostgreSQL."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from monitor.records import Finding
from routing.schema import history
from tests.routing.scenes import MakeScene, Scene, finding
from tests.routing.stories_of_two import view_of, whats


def changed(one: Finding, **figures: Any) -> Finding:
    return one.model_copy(update={"story": one.story.model_copy(update=figures)})


def transitions(one: Scene, target: str = "comms-oncall-1") -> list[str]:
    return [page.transition for page in one.channels[target].pages]


@pytest.mark.parametrize(
    ("figures", "transition"),
    [
        ({"reach": 150_000}, "grown"),
        ({"author_kinds": ("press",)}, "press"),
        ({"author_kinds": ("regulator",)}, "regulator"),
        ({"revivals": 1}, "revived"),
    ],
)
async def test_a_material_change_pages_again_whoever_answered_before(
    scene: MakeScene, figures: dict[str, Any], transition: str
) -> None:
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    (view,) = await one.router.incidents()
    await one.router.acknowledge(view.id, 0, "comms", "comms-oncall", "link")
    for level in (1, 2):  # the same change again is no news
        await one.router.accept([changed(finding(level=level), **figures)])
        await one.settle()
    assert transitions(one) == ["opened", transition]
    now = await view_of(one, view.id)
    assert (now.state, now.tracks[0].acknowledged_at) == ("open", None)
    assert [entry.detail for entry in now.history if entry.what == "paged_again"]
    assert "already_paged" in whats(now)


async def test_what_is_no_material_change_pages_nobody_for_months(scene: MakeScene) -> None:
    """State lives as long as the incident: SigNoz/signoz#10043, grafana/prometheus-alertmanager#164."""
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    (view,) = await one.router.incidents()
    await one.router.acknowledge(view.id, 0, "comms", "comms-oncall", "link")
    before = one.paged()
    for month in range(1, 7):
        one.clock.advance(timedelta(days=30).total_seconds())
        await one.router.accept([finding(), finding(level=month)])
        await one.settle(one.another_router())
    assert [
        page.transition for page in one.channels["comms-oncall-1"].pages if page.transition != "reminder"
    ] == ["opened"]
    assert before["comms-oncall-1"] == 1
    assert len(await one.router.incidents()) == 1


async def test_a_new_department_is_paged_and_the_others_are_left_alone(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    await one.router.accept([finding(clause="b", page=("comms", "legal"))])
    await one.settle()
    assert (transitions(one), transitions(one, "legal-oncall-1")) == (["opened"], ["opened"])
    (view,) = await one.router.incidents()
    assert [entry.department for entry in view.history if entry.what == "department_added"] == ["legal"]


async def test_every_decision_cites_its_clause_and_the_agreement(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept(
        [finding(clause="a"), finding(clause="b"), finding(clause="c", severity="critical")]
    )
    with one.store._database.reading() as connection:
        rows = connection.execute(select(history.c.what, history.c.clause, history.c.playbook)).all()
    cited = {(row.what, row.clause, row.playbook) for row in rows if row.clause}
    assert cited >= {
        ("opened", "a", "0" * 64), ("already_paged", "b", "0" * 64), ("paged_again", "c", "0" * 64),
    }  # fmt: skip


@pytest.mark.parametrize(("about", "what"), [("edit", "post_edited"), ("deletion", "post_deleted")])
async def test_what_became_of_a_post_is_written_down_once_and_pages_nobody(
    scene: MakeScene, about: str, what: str
) -> None:
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    (before,) = await one.router.incidents()
    told = finding(severity="critical", page=("comms", "legal"), level=3)
    told = told.model_copy(update={"id": "about-the-post", "about": about})
    for _ in range(2):
        await one.router.accept([told])
        await one.settle()
    (after,) = await one.router.incidents()
    assert one.paged() == {"comms-oncall-1": 1}
    assert [one for one in whats(after) if one != "evidence_sealed"] == [*whats(before), what]
    assert after.model_copy(update={"history": before.history}) == before


async def test_what_became_of_a_post_of_no_incident_opens_none(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding().model_copy(update={"about": "deletion"})])
    assert await one.router.incidents() == ()


async def test_a_resolved_story_is_reopened_by_a_page_however_late_and_not_by_information(
    scene: MakeScene,
) -> None:
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    (first,) = await one.router.incidents()
    await one.router.resolve(first.id, 0, "comms-oncall", "link")
    await one.router.accept([finding(clause="b", page=(), inform=("legal",))])
    await one.after(timedelta(days=90).total_seconds())
    (same,) = await one.router.incidents()
    assert (same.state, whats(same)[-1]) == ("resolved", "after_resolution")
    await one.router.accept([finding(level=1)])
    await one.settle()
    newest = (await one.router.incidents())[0]
    assert (newest.label, newest.continues, newest.cycle) == ("T-2", "T-1", 1)
    assert one.channels["comms-oncall-1"].pages[-1].continues == "T-1"
    assert "legal-oncall-1" not in one.paged()


async def test_severity_falls_silently_when_the_agreement_changed(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding(clause="a", severity="critical")])
    await one.settle()
    await one.router.accept([finding(clause="a", severity="info", level=1)])
    await one.settle()
    (view,) = await one.router.incidents()
    assert (view.severity, view.tracks[0].severity, transitions(one)) == ("info", "info", ["opened"])
    assert "severity_lowered" in whats(view)
    await one.router.accept([finding(clause="a", severity="critical", level=2)])
    await one.settle()
    assert transitions(one) == ["opened", "raised"]


async def test_severity_stays_that_of_the_most_severe_other_clause(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept(
        [finding(clause="a", severity="critical"), finding(clause="b", severity="warning")]
    )
    await one.settle()
    await one.router.accept([finding(clause="a", severity="info", level=1)])
    (view,) = await one.router.incidents()
    assert (view.severity, view.tracks[0].severity, view.tracks[0].clause.id) == ("warning", "warning", "b")


async def test_canaries_take_no_number_of_people_and_are_not_listed(scene: MakeScene) -> None:
    one = scene()
    canary = finding(first="canary:1").model_copy(update={"kind": "canary"})
    drill = finding(first="drill:1").model_copy(update={"kind": "drill"})
    await one.router.accept([canary, finding(), drill])
    assert [(view.label, view.kind) for view in await one.router.incidents()] == [
        ("T-2", "drill"),
        ("T-1", "real"),
    ]


async def test_the_real_thing_never_folds_into_an_exercise(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding().model_copy(update={"kind": "drill"})])
    await one.router.accept([finding(clause="b")])
    assert [(view.label, view.kind, view.continues) for view in await one.router.incidents()] == [
        ("T-2", "real", ""), ("T-1", "drill", ""),
    ]  # fmt: skip


async def test_findings_of_a_batch_fold_together_as_they_would_one_by_one(scene: MakeScene) -> None:
    one = scene()
    batch = [
        finding(clause="a"), finding(clause="a"), finding(clause="b", severity="critical"),
        finding(first="bluesky:2"), finding(clause="c", inform=("it",)),
    ]  # fmt: skip
    await one.router.accept(batch)
    await one.settle()
    views = await one.router.incidents()
    assert [(view.label, view.severity, len(view.tracks)) for view in views] == [
        ("T-2", "warning", 1), ("T-1", "critical", 2),
    ]  # fmt: skip
    assert whats(views[1]).count("lower_severity") == 1


async def test_what_a_batch_costs_hardly_grows_with_it(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding()])
    statements: list[str] = []
    engine = one.store._database._engine
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    await one.router.accept([finding(clause="few", level=level) for level in range(2)])
    few = len(statements)
    await one.router.accept([finding(clause="many", level=level) for level in range(150)])
    assert len(statements) - few <= few + 3


def by_another_post(one: Finding) -> Finding:
    return one.model_copy(update={"reading": one.reading.model_copy(update={"id": "another"})})


@pytest.mark.parametrize("resolved", [True, False])
async def test_a_story_that_was_forgotten_and_moves_again_has_revived(
    scene: MakeScene, *, resolved: bool
) -> None:
    one = scene()
    await one.router.accept([finding()])
    await one.settle()
    (first,) = await one.router.incidents()
    await one.router.acknowledge(first.id, 0, "comms", "comms-oncall", "link")
    if resolved:
        await one.router.resolve(first.id, 0, "comms-oncall", "link")
    await one.router.accept([by_another_post(finding())])
    one.clock.advance(timedelta(days=8).total_seconds())
    for _ in range(2):
        await one.router.accept([finding(), by_another_post(finding())])
    newest = (await one.router.incidents())[0]
    assert (newest.label, newest.state) == ("T-2" if resolved else "T-1", "open")
    assert [m.transition for m in newest.messages if m.transition != "reminder"][-1:] == [
        "opened" if resolved else "revived"
    ]


async def test_what_was_committed_is_sent_by_the_next_process(scene: MakeScene) -> None:
    """Nothing is lost between the event and its sending: grafana/grafana#68162, alertmanager#2370."""
    one = scene()
    await one.router.accept([finding()])
    await one.settle(one.another_router())
    assert one.paged() == {"comms-oncall-1": 1}


async def test_what_was_not_committed_is_taken_in_when_it_comes_again(
    scene: MakeScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = scene()
    with monkeypatch.context() as patch:
        patch.setattr("routing.chain_start.queue_messages", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await one.router.accept([finding(inform=("it",))])
    assert await one.router.incidents() == ()
    await one.router.accept([finding(inform=("it",))])
    await one.settle()
    assert one.paged() == {"comms-oncall-1": 1, "it-oncall-1": 1}


async def test_within_one_batch_severity_falls_to_that_of_the_other_clause(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept(
        [
            finding(clause="a", severity="critical"),
            finding(clause="b", severity="warning"),
            finding(clause="a", severity="info", level=1),
        ]
    )
    await one.settle()
    (view,) = await one.router.incidents()
    assert (view.severity, view.tracks[0].clause.id, transitions(one)) == ("warning", "b", ["opened"])


async def test_a_rise_within_one_batch_sends_the_higher_state_alone(scene: MakeScene) -> None:
    one = scene()
    await one.router.accept([finding(clause="a"), finding(clause="b", severity="critical")])
    await one.settle()
    (view,) = await one.router.incidents()
    assert transitions(one) == ["raised"]
    assert [(message.state, message.reason) for message in view.messages] == [
        ("cancelled", "superseded"),
        ("sent", ""),
    ]
