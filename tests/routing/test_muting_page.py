"""The page about muting says what holds."""

from pathlib import Path

from monitor.settings import Settings
from monitor.yaml_document import load_document, validate
from routing.holds import HOLD_REASONS
from routing.settings import RoutingSettings
from routing.wording_muting import ENGLISH, FRENCH

PAGE = (Path(__file__).parents[2] / "docs" / "muting.md").read_text(encoding="utf-8")


class Whole(Settings):
    routing: RoutingSettings


def test_the_example_is_a_configuration() -> None:
    text = PAGE.partition("```yaml\n")[2].partition("```")[0]
    routing = validate(load_document("docs/muting.md", text), Whole).routing
    person = routing.people[0]
    assert [target.name for target in person.targets_for("info", "opened")] == ["comms-mail"]
    assert routing.muting.longest_silence.total_seconds() == 43_200
    assert routing.muting.caps["duty-log"] == ()


def test_every_reason_has_words_in_both_languages() -> None:
    for words in (ENGLISH, FRENCH):
        assert set(words.held_for) == set(HOLD_REASONS)
