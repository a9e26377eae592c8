"""Dead letters are kept for a month, then forgotten."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.soft_state import REJECTED_KEPT, SoftState
from monitor.batches import Rejected

NOW = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)


def letter(identity: str, at: datetime) -> Rejected:
    return Rejected(id=identity, stage="read", reason="invalid", rejected_at=at)


def test_old_dead_letters_go_when_a_new_one_comes(tmp_path: Path) -> None:
    soft = SoftState(tmp_path / "state.db")
    soft.reject([letter("old", NOW - REJECTED_KEPT - timedelta(minutes=1))])
    assert [one.id for one in soft.rejected()] == ["old"]
    soft.reject([letter("young", NOW - REJECTED_KEPT + timedelta(minutes=1)), letter("new", NOW)])
    assert [one.id for one in soft.rejected()] == ["new", "young"]
    soft.close()


def test_old_dead_letters_go_at_the_start(tmp_path: Path) -> None:
    soft = SoftState(tmp_path / "state.db")
    soft.reject([letter("old", NOW - REJECTED_KEPT - timedelta(minutes=1))])
    soft.forget_rejected(NOW)
    assert soft.rejected() == []
    soft.close()
