"""Marks each test with the services whose fixtures it uses, so that `-m "not kafka"` needs no care."""

import pytest

MARKER_OF_FIXTURE = {
    "kafka_broker": "kafka",
    "fresh_kafka_broker": "kafka",
    "postgres_server": "postgres",
    "fresh_postgres": "postgres",
    "prometheus_server": "prometheus",
    "chromium_page": "chromium",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Add the markers before pytest selects by them."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if marker := MARKER_OF_FIXTURE.get(fixture):
                item.add_marker(marker)
