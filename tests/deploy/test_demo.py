"""The demonstration is the main job: who is paged, why, what escalates, what stops, and who is left alone."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from connectors.native_tape import PARSERS, NativeReader
from connectors.tape import load_json, load_tape
from deploy.cli import main
from deploy.cli.demo import language_of
from deploy.demo.fates import Judged, NotingJudge, not_paged
from deploy.demo.narrator import Narrator
from deploy.demo.people import answers, is_anybody_waited_for
from deploy.demo.result import reasons
from deploy.demo.settings import BRAND, EXAMPLE, PEOPLE, SLEEPER
from deploy.demo.tape import write_tape
from deploy.demo.words import ENGLISH, FRENCH, DemoWords
from monitor.errors import InvalidPayload
from monitor.playbook import load_playbook
from monitor.read import build_stages, read_mentions
from monitor.records import Author, Mention, Story, Trace
from monitor.settings import BrandSettings
from monitor.situation import Situation
from routing.desk import IncidentView, MessageView, TrackView

NOW = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
BRAKES = "Les freins de mon Véloria ont lâché en pleine côte, c’est dangereux."


# ------------------------------------------------------------------------------------------- the tape


def test_the_tape_is_the_same_on_every_run(tmp_path: Path) -> None:
    counts = [write_tape(tmp_path / name) for name in ("a", "b")]
    assert counts[0] == counts[1]
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_tape_holds_what_four_sources_send_and_one_broken_payload(tmp_path: Path) -> None:
    write_tape(tmp_path / "tape.jsonl")
    reader, sources, events, broken = NativeReader(), Counter[str](), Counter[str](), []
    for line in load_tape(tmp_path / "tape.jsonl").lines:
        try:
            read = reader.read(load_json(line.raw), line.time)
        except InvalidPayload as error:
            broken.append(str(error))
            continue
        assert not read.rejected
        sources.update(mention.source for mention in read.mentions)
        events.update(mention.event for mention in read.mentions)
        assert not any(mention.late for mention in read.mentions)
    assert set(sources) == set(PARSERS)
    assert min(sources.values()) > 200
    assert sum(sources.values()) > 2_000
    assert set(events) == {"new", "edited", "deleted"}
    assert broken == ["bluesky payload: commit.rkey: a record key is expected"]


# ------------------------------------------------------------------------------------------- what became of a post


def situation(text: str = BRAKES, followers: int = 10, **story: Any) -> Situation:
    mention = Mention(
        id="bluesky:1", source="bluesky", kind="post", author=Author(handle="a", followers=followers), text=text,
        created_at=NOW, fetched_at=NOW,
    )  # fmt: skip
    (reading,) = read_mentions([mention], build_stages([BrandSettings.model_validate(BRAND)]), NOW).readings
    known = {"id": "s", "brand": "veloria", "title": "", "first_mention": "bluesky:1", "mentions": 1, "authors": 1,
             "reach": followers, "negative_share": 1.0, "first_seen": NOW, "last_seen": NOW, **story}  # fmt: skip
    return Situation(reading, Story.model_validate(known), NOW)


def judged(*situations: Situation) -> list[Judged]:
    judge = NotingJudge(load_playbook(EXAMPLE / "playbook.yaml"))
    for one in situations:
        judge.judge(one)
    return judge.notes


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (situation("Tour du lac avec mon Véloria, rien à dire"), "nothing_agreed"),
        (situation("Véloria, c’est nul. Très déçu."), "nothing_agreed"),
        (situation(), "too_small"),
        (situation("J’adore mon Véloria, bravo, quel plaisir!", 40_000, negative_share=0.0), "informed_only"),
        (situation(authors=3), "already_called"),
    ],
)
def test_why_a_post_paged_nobody(seen: Situation, reason: str) -> None:
    counts = not_paged(10, 9, 1, judged(seen), frozenset())
    assert {name: count for name, count in counts.items() if count} == {"of_no_brand": 9, reason: 1}


def test_a_post_of_a_story_whose_people_were_called_is_told_apart_from_one_before() -> None:
    small, trigger, harmless = situation(), situation(BRAKES + "!", authors=3), situation("Véloria, hm")
    notes = judged(small, trigger, harmless)
    counts = not_paged(4, 0, 4, notes, frozenset({trigger.reading.id}))
    assert {name: count for name, count in counts.items() if count} == {
        "too_small": 1, "already_called": 1, "not_judged": 1,
    }  # fmt: skip


def test_the_reasons_are_what_was_asked_and_seen_without_what_only_joins() -> None:
    (legal,) = [
        verdict
        for verdict in load_playbook(EXAMPLE / "playbook.yaml").judge(situation(authors=3))
        if verdict.trace.held
    ]
    seen = [(one.condition.split(" (")[0], one.saw) for one in reasons(legal.trace)]
    assert seen == [
        ("topic is safety", "safety (dangereux)"),
        ("query", "freins de mon Véloria ont lâché"),
        ("authors at least 3", "3"),
    ]


# ------------------------------------------------------------------------------------------- the people


def incident(
    person: str, *, sent_at: datetime | None, acknowledged_at: datetime | None = None
) -> IncidentView:
    seen = situation()
    clause = load_playbook(EXAMPLE / "playbook.yaml").agreed[0]
    reference = load_playbook(EXAMPLE / "playbook.yaml").ref
    track = TrackView(
        department="it", severity="critical", clause=clause, playbook=reference, reading=seen.reading,
        trace=Trace(condition="topic is safety", saw="safety (dangereux)", held=True), found_at=NOW, paged=True,
        step=0, steps=3, acknowledged_at=acknowledged_at, acknowledged_by="IT lead" if acknowledged_at else "",
    )  # fmt: skip
    message = MessageView(
        id="m", department="it", person=person, person_name=person, target="t", channel="terminal",
        transition="opened", step=0, state="sent" if sent_at else "pending", queued_at=NOW, due_at=NOW,
        sent_at=sent_at,
    )  # fmt: skip
    return IncidentView(
        id="i", label="T-1", cycle=0, brand="veloria", brand_name="Véloria", state="open", severity="critical",
        opened_at=NOW, updated_at=NOW, story=seen.story, tracks=(track,), messages=(message,),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("person", "sent_at", "acknowledged_at", "count"),
    [
        ("it-lead", NOW - timedelta(seconds=2), None, 1),
        ("it-lead", NOW - timedelta(seconds=1), None, 0),
        ("it-lead", None, None, 0),
        ("it-lead", NOW - timedelta(seconds=2), NOW, 0),
        (SLEEPER, NOW - timedelta(hours=2), None, 0),
    ],
)
def test_all_answer_after_a_moment_but_the_sleeper(
    person: str, sent_at: datetime | None, acknowledged_at: datetime | None, count: int
) -> None:
    view = incident(person, sent_at=sent_at, acknowledged_at=acknowledged_at)
    assert len(list(answers([view], NOW, timedelta(seconds=2)))) == count
    assert is_anybody_waited_for([view]) == (acknowledged_at is None)


# ------------------------------------------------------------------------------------------- the telling


@pytest.mark.parametrize("words", [ENGLISH, FRENCH], ids=["en", "fr"])
def test_every_event_is_told(words: DemoWords) -> None:
    written: list[str] = []
    narrator = Narrator(words, written.append, live=True, columns=90)
    view = incident("it-lead", sent_at=NOW, acknowledged_at=NOW)
    (track,) = view.tracks
    (note,) = judged(situation(f"\x1b[2J{BRAKES} https://evil.example/x"))
    narrator.welcome(14, "http://127.0.0.1:1/")
    narrator.progress(NOW, 0.5, 1_200)
    narrator.not_yet(NOW, note)
    narrator.grew(NOW, note)
    narrator.page(NOW, track, "T-1", words.people["it-oncall"], 0.1)
    narrator.escalated(NOW, track, "T-1", words.people["it-lead"], words.people["it-oncall"], 4)
    narrator.answered(NOW, track, "T-1")
    narrator.informed(NOW, ["a", "b"], track, "T-1")
    narrator.set_aside(NOW, "tape.jsonl:7: \x1b[31mbluesky")
    narrator.close()
    told = "".join(written)
    assert "\x1b[2J" not in told
    assert "\x1b[31mb" not in told
    assert "https://evil" not in told
    for label in (
        words.not_yet,
        words.grew,
        words.page,
        words.escalated,
        words.answers,
        words.informed,
        words.aside,
    ):
        assert label in told
    assert track.clause.title.of(words.language)[:20] in told
    assert set(words.people) == set(PEOPLE)


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "fr_CA.UTF-8"}, "fr"),
        ({"LANG": "fr_CA.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_is_that_of_the_terminal(environ: dict[str, str], language: str) -> None:
    assert language_of(environ) == language


# ------------------------------------------------------------------------------------------- the whole


@pytest.fixture(scope="module")
def played() -> list[dict[str, Any]]:
    """The JSON lines of one run."""
    result = CliRunner().invoke(main, ["demo", "--fast", "--json", "--no-browser"])
    assert result.exit_code == 0, result.output
    assert not result.stderr  # where nobody looks, nothing is told
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.process
def test_each_department_is_paged_once_for_its_own_reason(played: list[dict[str, Any]]) -> None:
    *pages, _ = played
    first = [page for page in pages if page["transition"] == "opened"]
    again = [page for page in pages if page["step"] == 1 and page not in first]
    assert {(page["department"], page["clause"], page["person"], page["severity"]) for page in first} == {
        ("legal", "product-safety", "legal-oncall", "critical"),
        ("it", "impersonation", "it-oncall", "critical"),
        ("comms", "fast-spread", "comms-oncall", "critical"),
    }
    assert len(first) == 3
    assert all(page["kind"] == "page" and page["why"] and page["channel"] for page in pages)
    assert {page["transition"] for page in again} <= {"raised", "grown", "press", "regulator", "revived"}
    spread = [page for page in pages if page["clause"] == "fast-spread"][-1]
    assert any(one.startswith("reach at least 150000: ") for one in spread["why"])


@pytest.mark.process
def test_the_ignored_page_escalates_and_the_answered_ones_stop(played: list[dict[str, Any]]) -> None:
    *pages, summary = played
    later = [(page["department"], page["person"], page["transition"]) for page in pages if page["step"] > 1]
    assert later == [("it", "it-lead", "escalated")]
    assert len(pages) == summary["pages"]
    assert any(page["transition"] == "grown" for page in pages)  # more people were reached
    assert any(page["transition"] == "press" for page in pages)  # the press joined
    assert summary["escalated"] == 1
    assert summary["acknowledged"] == 3


@pytest.mark.process
def test_every_post_is_accounted_for(played: list[dict[str, Any]]) -> None:
    summary = played[-1]
    assert summary["kind"] == "summary"
    assert summary["mentions"] == sum(summary["sources"].values()) > 2_000
    assert set(summary["sources"]) == set(PARSERS)
    assert 1 <= summary["posts_that_paged"] <= 3
    assert 0 <= summary["p50_s"] <= summary["p99_s"]
    assert sum(summary["not_paged"].values()) + summary["posts_that_paged"] == summary["mentions"]
    assert summary["not_paged"]["of_no_brand"] == summary["of_no_brand"] > 0.9 * summary["mentions"]
    assert summary["not_paged"]["too_small"] > 0
    assert summary["set_aside"] == 1
    assert {"stories", "findings", "p50_s", "p99_s"} <= summary.keys()
