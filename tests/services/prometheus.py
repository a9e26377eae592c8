"""Fixture: real Prometheus servers."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

from deploy.services.prometheus import Prometheus
from tests.services.missing import skip_when_missing


class StartPrometheus(Protocol):
    """Start a server with a configuration as in prometheus.yml and, by file name, the text of rule files."""

    def __call__(
        self, config: Mapping[str, Any] | None = None, rules: Mapping[str, str] | None = None
    ) -> Prometheus: ...


@pytest.fixture
def prometheus_server(tmp_path: Path) -> Iterator[StartPrometheus]:
    """A function that starts a server of the test's own; all of them end with the test."""
    with contextlib.ExitStack() as servers:

        def start(
            config: Mapping[str, Any] | None = None, rules: Mapping[str, str] | None = None
        ) -> Prometheus:
            number = len(list(tmp_path.glob("prometheus-*")))
            with skip_when_missing():
                return servers.enter_context(Prometheus(tmp_path / f"prometheus-{number}", config, rules))

        yield start
