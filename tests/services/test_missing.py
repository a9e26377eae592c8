"""A test whose service is not on the machine: skipped on a laptop, failed under continuous integration."""

from pathlib import Path

import pytest

_NEEDS_PROMETHEUS = """
    def test_of_prometheus(prometheus_server):
        prometheus_server()
"""


@pytest.mark.parametrize(("ci", "outcome"), [("", "skipped"), ("true", "failed")])
def test_a_missing_service(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ci: str, outcome: str
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", str(tmp_path))
    pytester.makepyfile(_NEEDS_PROMETHEUS)
    plugins = ["-p", "tests.services.no_skips", "-p", "tests.services.prometheus", "-p", "no:asyncio"]
    result = pytester.runpytest_inprocess("-ra", *plugins)
    assert result.parseoutcomes() == {outcome: 1}
    result.stdout.fnmatch_lines(["*apt-get install prometheus*"])
