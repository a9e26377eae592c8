from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from connectors.table import SOURCES, SourceSettings, build_connector
from monitor.clock import ManualClock

ADAPTER: TypeAdapter[SourceSettings] = TypeAdapter(SourceSettings)


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_each_kind_names_itself(kind: str) -> None:
    fields = SOURCES[kind].settings.model_fields
    assert fields["type"].default == kind
    assert fields["name"].default == kind


@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_each_kind_is_a_member_of_the_settings(kind: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ADAPTER.validate_python({"type": kind, "no_such_field": 1})
    assert (kind, "no_such_field") in {error["loc"] for error in caught.value.errors()}


@pytest.mark.parametrize(
    "given",
    [
        {"type": "replay", "path": "tape.jsonl", "speed": 0, "name": "drill"},
        {"type": "feeds", "urls": ["https://example.com/rss"], "every": "10m", "since": "2d"},
    ],
)
def test_a_configured_source_is_built(given: dict[str, Any], clock: ManualClock) -> None:
    settings = ADAPTER.validate_python(given)
    connector = build_connector(settings, clock)
    assert connector.kind == given["type"]
    assert connector.name == given.get("name", given["type"])


def test_a_webhook_is_built_with_its_secret(tmp_path: Path, clock: ManualClock) -> None:
    secret = tmp_path / "secret"
    secret.write_text("whsec_" + "a2V5" * 8)
    settings = ADAPTER.validate_python({"type": "webhook", "secrets": [f"file:{secret}"]})
    assert build_connector(settings, clock).name == "webhook"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValidationError, match="feeds"):
        ADAPTER.validate_python({"type": "telegraph"})
