"""Series whose labels are known start at 0, so that their first event is an increase that a rule can see."""

from pathlib import Path

from prometheus_client import REGISTRY

from deploy.metric_series import start_judgement_series, start_routing_series, start_source_series
from deploy.settings import TocsinSettings
from monitor import metrics
from monitor.playbook import load_playbook
from tests.routing.scenes import settings

PLAYBOOK = Path(__file__).parents[2] / "deploy" / "example" / "playbook.yaml"


def configuration(brand: str) -> TocsinSettings:
    return TocsinSettings.model_validate(
        {
            "brands": [{"id": brand, "name": "Véloria", "queries": ["veloria"]}],
            "sources": [
                {"type": "replay", "name": f"{brand}-tape", "path": Path("tape.jsonl")},
                {"type": "webhook", "name": f"{brand}-hook", "port": 0, "secrets": ("env:HOOK",)},
            ],
            "playbook": PLAYBOOK,
            "routing": settings(),
        }
    )


def start(settings: TocsinSettings) -> None:
    start_source_series(settings)
    start_judgement_series(settings, load_playbook(PLAYBOOK))
    start_routing_series(settings)


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


def test_the_first_event_of_each_kind_is_an_increase() -> None:
    start(configuration("first"))
    assert value("tocsin_mentions_fetched_total", source="first-tape") == 0
    assert value("tocsin_source_errors_total", source="first-tape", reason="rate_limited") == 0
    assert value("tocsin_rejected_total", stage="first-tape", reason="invalid") == 0
    assert value("tocsin_webhooks_refused_total", source="first-hook", reason="wrong_signature") == 0
    assert value("tocsin_webhooks_refused_total", source="first-tape", reason="wrong_signature") is None
    assert value("tocsin_readings_total", brand="first", label="negative") == 0
    assert value("tocsin_incidents_total", brand="first", severity="critical") == 0
    dead = {"department": "legal", "channel": "terminal", "outcome": "DeadTarget"}
    assert value("tocsin_page_attempts_total", **dead) is not None


def test_nothing_is_reset_and_no_state_is_invented() -> None:
    configured = configuration("second")
    start(configured)
    metrics.MENTIONS_FETCHED.labels("second-tape").inc(3)
    start(configured)
    assert value("tocsin_mentions_fetched_total", source="second-tape") == 3
    assert value("tocsin_source_up", source="second-tape") is None
