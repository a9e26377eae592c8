"""The policies in docs/oncall.md and in the example configuration do what the texts say."""

from datetime import timedelta
from pathlib import Path

from deploy.settings import load_settings
from monitor.yaml_document import load_document, validate
from routing.escalate import freeze_chain
from routing.settings import RoutingSettings
from tests.routing.test_schedule_page import EXAMPLES, FRAME, OTHERS, PEOPLE

ROOT = Path(__file__).parents[2]


def test_the_policies_of_the_page() -> None:
    text = next(one for one in EXAMPLES if "policies:" in one)
    people = "\n".join(
        f"    - {{id: {one}, name: {one}, targets: [{{kind: terminal, name: {one}-t}}]}}" for one in PEOPLE
    )
    others = "".join(OTHERS.format(name) for name in ("legal", "it"))
    whole = FRAME.format(people=people) + text + others
    settings = validate(load_document("tocsin.yaml", whole), RoutingSettings)
    usual = freeze_chain(settings, "comms", "info").steps
    assert len(usual) == 2 * 2 + 1
    assert usual[1].only_if is not None
    critical = freeze_chain(settings, "comms", "critical").steps
    assert len(critical) == 2 * 3 + 1
    assert (critical[0].rooms, critical[1].departments) == (("crisis-room",), ("legal",))
    assert settings.acknowledgements.remind_after == timedelta(hours=2)


def test_the_policies_of_the_example_configuration() -> None:
    settings = load_settings(ROOT / "deploy" / "example" / "tocsin.yaml").routing
    critical = freeze_chain(settings, "comms", "critical").steps
    assert critical[0].people == ("comms-on-call", "comms-lead")
    assert critical[0].rooms == ("crisis-room",)
    assert freeze_chain(settings, "comms", "warning").steps[0].people == ("comms-on-call",)
    assert settings.acknowledgements.severities == ("critical",)
