"""Whether every department must answer or one is enough, and what a page says about it."""

from monitor.records import Finding
from routing.message_compose import compose_message
from tests.routing.policy_scenes import happened, newest
from tests.routing.scenes import START, MakeScene, Scene, finding


def any_finding() -> Finding:
    one = finding(page=("comms", "legal", "it"))
    return one.model_copy(update={"clause": one.clause.model_copy(update={"acknowledge": "any"})})


async def opened(one: Scene, found: Finding) -> None:
    await one.router.accept([found])
    await one.settle()


async def test_each_only_the_chain_of_the_department_that_is_missing_goes_on(scene: MakeScene) -> None:
    one = scene()
    await opened(one, finding(page=("comms", "legal")))
    view = await newest(one)
    await one.router.acknowledge(view.id, 0, "comms", "comms-oncall", "link")
    assert (await newest(one)).state == "open"
    await one.after(301)
    assert one.paged() == {"comms-oncall-1": 1, "legal-oncall-1": 1, "legal-lead-1": 1}
    last = one.channels["legal-lead-1"].pages[0]
    assert (last.missing, last.one_is_enough) == (("legal",), False)


async def test_any_one_answer_stops_every_chain_at_once_and_says_whose_it_was(scene: MakeScene) -> None:
    one = scene()
    await opened(one, any_finding())
    first = one.channels["comms-oncall-1"].pages[0]
    assert (set(first.missing), first.one_is_enough) == ({"comms", "legal", "it"}, True)
    view = await newest(one)
    done = await one.router.acknowledge(view.id, 0, "legal", "legal-oncall", "link")
    after = await newest(one)
    assert (done.outcome, after.state) == ("done", "acknowledged")
    assert {track.acknowledged_by for track in after.tracks} == {"Legal Oncall"}
    assert sorted(await happened(one, "answered_for")) == [("answered_for", "legal")] * 2
    await one.after(10_000)
    assert one.paged() == {"comms-oncall-1": 1, "legal-oncall-1": 1, "it-oncall-1": 1}


async def test_an_answer_for_any_leaves_alone_a_department_whose_own_answer_is_wanted(
    scene: MakeScene,
) -> None:
    one = scene()
    each = finding(clause="b", page=("it",))
    shared = any_finding()
    clause = shared.clause.model_copy(update={"page": ("comms", "legal")})
    await one.router.accept([shared.model_copy(update={"clause": clause}), each])
    await one.settle()
    view = await newest(one)
    await one.router.acknowledge(view.id, 0, "comms", "comms-oncall", "link")
    await one.after(301)
    assert one.paged() == {"comms-oncall-1": 1, "legal-oncall-1": 1, "it-oncall-1": 1, "it-lead-1": 1}


async def test_a_page_names_the_departments_that_are_missing_in_both_languages(scene: MakeScene) -> None:
    one = scene()
    await opened(one, any_finding())
    page = one.channels["comms-oncall-1"].pages[0]
    said = {}
    for language in ("fr", "en"):
        now = compose_message(page.model_copy(update={"language": language}), START).section("now")
        assert now is not None
        said[language] = f"{now.facts[0].label}: {now.facts[0].value}"
    assert said["en"].startswith("Still to answer: ")
    assert said["en"].endswith(": one answer is enough")
    assert said["fr"].startswith("Réponse attendue: ")
    assert said["fr"].endswith("une seule réponse suffit")


async def test_a_page_of_one_department_says_nothing_of_others(scene: MakeScene) -> None:
    one = scene()
    await opened(one, finding())
    assert one.channels["comms-oncall-1"].pages[0].missing == ()
