"""A playbook's own examples, read by the real stages."""

from pathlib import Path

from monitor.playbook import load_playbook
from monitor.playbook_examples import ExampleResult, StorySize, run_examples, story_of
from monitor.read import build_stages
from monitor.settings import BrandSettings
from tests.monitor.playbook_text import SMALL

BRAND = BrandSettings(id="veloria", name="Véloria", queries=("veloria",))


def run(text: str) -> list[ExampleResult]:
    playbook = load_playbook(Path("playbook.yaml"), text)
    return list(run_examples(playbook, build_stages([BRAND])))


def test_each_example_is_read_and_judged() -> None:
    results = run(SMALL)
    assert [(r.clause, r.expected, r.number, r.got, r.passed) for r in results] == [
        ("leak", "fires", 1, "fires", True),
        ("leak", "fires", 2, "fires", True),
        ("leak", "silent", 1, "silent", True),
        ("leak", "silent", 2, "no brand", True),
    ]
    assert [result.reading.language for result in results if result.reading] == ["fr", "en", "fr"]


def test_an_example_that_does_not_do_as_agreed_fails_with_its_trace() -> None:
    results = run(SMALL.replace("followers: 5000", "followers: 500"))
    failed = [result for result in results if not result.passed]
    assert [(r.expected, r.number, r.got) for r in failed] == [("fires", 1, "silent")]
    assert failed[0].trace is not None
    assert [part.held for part in failed[0].trace.parts] == [True, False]


def test_a_firing_example_that_names_no_brand_fails() -> None:
    results = run(SMALL.replace("- text: Data leak at Veloria", "- text: Data leak somewhere"))
    assert [(r.got, r.passed) for r in results][1] == ("no brand", False)


def test_an_example_can_be_by_a_kind_of_author() -> None:
    text = SMALL.replace("- mentions: 3\n", "- author_kind: press\n").replace(
        "          mentions: 3\n", "          author_kind: press\n"
    )
    assert all(result.passed for result in run(text))


def test_what_other_clauses_an_example_fires() -> None:
    clause = SMALL.partition("clauses:\n")[2].replace("id: leak", "id: copy")
    results = run(SMALL + clause)
    assert [result.others for result in results] == [*[("copy",)] * 2, (), (), *[("leak",)] * 2, (), ()]


def test_a_story_is_as_large_as_told_and_of_one_post_otherwise() -> None:
    reading = run(SMALL)[0].reading
    assert reading is not None
    alone = story_of(reading, StorySize())
    assert (alone.mentions, alone.authors, alone.reach, alone.mentions_last_5_min) == (1, 1, 5000, 1)
    told = story_of(reading, StorySize(mentions=40, authors=7, reach=0, mentions_last_5_min=2))
    assert (told.mentions, told.authors, told.reach, told.mentions_last_5_min) == (40, 7, 0, 2)
    assert told.mentions_last_60_min == 40
