"""The example playbook keeps its own promises, and everyday chatter pages nobody."""

from pathlib import Path

import pytest

from monitor.playbook import Playbook, load_playbook
from monitor.playbook_examples import THEN, StorySize, mention_of, run_examples, story_of
from monitor.playbook_model import Example
from monitor.read import ReadStages, build_stages, read_mentions
from monitor.records import DEPARTMENTS
from monitor.settings import BrandSettings
from monitor.situation import Situation

PLAYBOOK = Path(__file__).parents[3] / "deploy" / "example" / "playbook.yaml"

CHATTER = (
    "Petite balade en Véloria ce matin, il faisait frais.",
    "Mon Véloria est enfin arrivé!",
    "La selle du Véloria est un peu dure, des suggestions?",
    "J'ai eu une crevaison avec mon Véloria, plate de même.",
    "Livraison Véloria en retard de deux jours, pas content.",
    "Véloria devrait offrir plus de couleurs.",
    "Quelqu'un a essayé le nouveau Véloria? Je cherche un avis.",
    "Le magasin Véloria était fermé dimanche, dommage.",
    "Panne de batterie en pleine côte avec mon Véloria, j'ai pédalé fort!",
    "Mon garagiste dit que les freins Véloria sont faciles à ajuster.",
    "Rendez-vous au feu de circulation, je serai en Véloria.",
    "L'appli Véloria marche pas sur mon vieux téléphone.",
    "Just rode my Veloria to work, great morning.",
    "My Veloria squeaks. Any tips?",
    "Veloria delivery took three weeks, a bit slow.",
    "Waiting on hold with Veloria customer service, nice music though.",
    "Is the Veloria cargo bike worth the price?",
    "Crashed into a bush with my Veloria, only my pride is hurt.",
    "The Veloria app asked me to log in again, meh.",
    "My Veloria got a flat tire, walked home.",
    "That Veloria ad is fire.",
    "Who do I sue for how sore my legs are after a Veloria ride? Kidding.",
    "Saw three Velorias in the bike lane today.",
    "Veloria warranty form is long but fine.",
)


@pytest.fixture(scope="module")
def stages() -> ReadStages:
    return build_stages([BrandSettings(id="veloria", name="Véloria", queries=("veloria OR velorias",))])


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return load_playbook(PLAYBOOK, known_brands=["veloria"])


def test_every_example_does_as_agreed(playbook: Playbook, stages: ReadStages) -> None:
    results = list(run_examples(playbook, stages))
    failed = [f"{r.clause}: {r.example.text[:60]} is {r.got}" for r in results if not r.passed]
    assert failed == []
    assert len(results) >= 4 * len(playbook.clauses)


def test_each_clause_fires_in_french_and_in_english(playbook: Playbook, stages: ReadStages) -> None:
    fired: dict[str, set[str]] = {clause.id: set() for clause in playbook.clauses}
    for result in run_examples(playbook, stages):
        if result.expected == "fires" and result.reading is not None:
            fired[result.clause].add(result.reading.language)
    assert {clause for clause, languages in fired.items() if not languages >= {"fr", "en"}} == set()


def test_every_department_owns_a_part_and_every_page_has_words_to_hold_the_line(playbook: Playbook) -> None:
    assert len(playbook.clauses) >= 12
    assert {clause.owner for clause in playbook.clauses} == set(DEPARTMENTS)
    paging = [clause for clause in playbook.agreed if clause.page]
    assert all(clause.holding_statement for clause in paging)
    assert all(step.within_minutes for clause in paging for step in clause.ladder[:-1])


@pytest.mark.parametrize("text", CHATTER)
@pytest.mark.parametrize("size", [StorySize(), StorySize(mentions=4, reach=2_000)])
def test_everyday_chatter_pages_nobody(
    playbook: Playbook, stages: ReadStages, text: str, size: StorySize
) -> None:
    (reading,) = read_mentions([mention_of(Example(text=text, followers=600))], stages, THEN).readings
    verdicts = playbook.judge(Situation(reading, story_of(reading, size), THEN))
    assert [verdict.clause.id for verdict in verdicts if verdict.trace.held] == []
