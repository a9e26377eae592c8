"""Promise: one of two routers is killed in the middle; no page is lost, and none comes twice without saying so."""

from pathlib import Path

import pytest

from benchmarks.escalation_log import Log
from benchmarks.escalation_site import Watched, open_incidents
from benchmarks.escalations import begin, routers, until

COUNT = 120
_ATTEMPT_S = 0.3  # so that the kill comes while pages are on their way


@pytest.mark.process
@pytest.mark.postgres
def test_a_killed_router_loses_no_page_and_doubles_none_unmarked(postgres_url: str, tmp_path: Path) -> None:
    """prometheus/alertmanager#1005 and marin-community/marin#7709."""
    open_incidents(postgres_url, COUNT)
    watched, files = Watched(postgres_url), [tmp_path / "killed", tmp_path / "survivor"]
    try:
        with routers(postgres_url, files, _ATTEMPT_S) as (killed, survivor):
            watched.make_due()
            begin(killed)
            until(lambda: len(Log(files[0]).sent) >= 5, limit_s=60)
            begin(survivor)
            killed.kill()
            killed.wait()
            in_hand = set(Log(files[0]).claimed)
            until(lambda: watched.counts() == (COUNT, COUNT, COUNT), limit_s=120)
    finally:
        watched.close()
    both = Log(*files)
    assert in_hand  # it died with claims, so there was something to take over
    assert len(set(both.sent)) == COUNT
    assert both.doubled_unmarked() == 0
    copies = len(both.sent) - COUNT
    assert copies <= len(in_hand & set(Log(files[0]).sent))
