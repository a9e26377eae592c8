"""docs/playbook.md tells the truth: its example is a good playbook, its tables name every key."""

from pathlib import Path

import pytest

from monitor.condition_model import Condition
from monitor.playbook import load_playbook
from monitor.playbook_examples import run_examples
from monitor.playbook_model import ClauseSettings, Example
from monitor.read import build_stages
from monitor.records import MEASURES
from monitor.settings import BrandSettings
from monitor.topics import TOPICS

PAGE = (Path(__file__).parents[2] / "docs" / "playbook.md").read_text(encoding="utf-8")
BRAND = BrandSettings(id="veloria", name="Véloria", queries=("veloria",))


def test_the_example_on_the_page_is_a_good_playbook() -> None:
    text = PAGE.partition("```yaml\n")[2].partition("```")[0]
    results = list(run_examples(load_playbook(Path("page.yaml"), text), build_stages([BRAND])))
    assert [result.passed for result in results] == [True, True]
    assert all(f"    {key}:" in text or f"- {key}:" in text for key in ClauseSettings.model_fields)


@pytest.mark.parametrize(
    "word",
    [
        *(field.alias or name for name, field in Condition.model_fields.items()),
        *TOPICS,
        *Example.model_fields,
    ],
)
def test_every_condition_topic_and_field_of_an_example_is_on_the_page(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_the_measures_are_in_their_order() -> None:
    assert ", ".join(MEASURES) in PAGE
