import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.conformance import collect
from connectors.protocol import Batch
from connectors.replay import ReplayConnector, ReplaySettings
from connectors.tape import load_tape
from monitor.clock import ManualClock
from monitor.errors import RefuseToStart
from monitor.records import Mention

TAPE_START = datetime(2025, 1, 1, 12, 0, tzinfo=UTC)


def line(number: int, seconds: float, **more: Any) -> dict[str, Any]:
    created_at = (TAPE_START + timedelta(seconds=seconds)).isoformat()
    return {"id": str(number), "text": f"numéro {number}", "created_at": created_at, **more}


def write(path: Path, *lines: dict[str, Any] | str) -> Path:
    text = "".join(
        (one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)) + "\n" for one in lines
    )
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def connector(path: Path, clock: ManualClock, **settings: Any) -> ReplayConnector:
    return ReplayConnector(ReplaySettings.model_validate({"path": str(path), **settings}), clock)


async def play(path: Path, clock: ManualClock, since: str | None = None, **settings: Any) -> list[Batch]:
    return await collect(connector(path, clock, **settings), since)


def mentions(batches: list[Batch]) -> list[Mention]:
    return [one for batch in batches for one in batch.mentions]


async def test_lines_of_all_files_come_in_order_of_time(tmp_path: Path, clock: ManualClock) -> None:
    write(tmp_path / "b.jsonl", line(3, 30), line(1, 10))
    write(tmp_path / "a.jsonl.gz", line(4, 40), line(2, 20))
    (tmp_path / "notes.txt").write_text("not a tape")
    batches = await play(tmp_path, clock, speed=0)
    assert [one.id for one in mentions(batches)] == ["replay:1", "replay:2", "replay:3", "replay:4"]
    assert len(batches) == 1
    assert clock.monotonic() == 0


@pytest.mark.parametrize(("speed", "seconds"), [(1, 600.0), (60, 10.0)])
async def test_the_tape_plays_at_its_speed(
    tmp_path: Path, clock: ManualClock, speed: float, seconds: float
) -> None:
    tape = write(tmp_path / "t.jsonl", line(1, 0), line(2, 600))
    batches = await play(tape, clock, speed=speed)
    assert len(batches) == 2
    assert clock.monotonic() == seconds
    assert [one.created_at for one in mentions(batches)] == [TAPE_START, TAPE_START + timedelta(seconds=600)]


async def test_times_move_to_now(tmp_path: Path, clock: ManualClock) -> None:
    start = clock.now()
    tape = write(
        tmp_path / "t.jsonl", line(1, 0, author={"account_created": "2024-12-31T12:00:00Z"}), line(2, 60)
    )
    first, second = mentions(await play(tape, clock, speed=1, shift_to_now=True))
    assert (first.created_at, first.fetched_at) == (start, start)
    assert second.created_at == second.fetched_at == start + timedelta(seconds=60)
    assert first.author.account_created == start - timedelta(days=1)


async def test_moved_times_shrink_with_the_speed(tmp_path: Path, clock: ManualClock) -> None:
    start = clock.now()
    tape = write(tmp_path / "t.jsonl", line(1, 0), line(2, 600))
    _, second = mentions(await play(tape, clock, speed=60, shift_to_now=True))
    assert second.created_at == start + timedelta(seconds=10)


async def test_moved_times_at_full_speed_keep_their_gaps(tmp_path: Path, clock: ManualClock) -> None:
    tape = write(tmp_path / "t.jsonl", line(1, 0), line(2, 600))
    _, second = mentions(await play(tape, clock, speed=0, shift_to_now=True))
    assert second.created_at == second.fetched_at == clock.now() + timedelta(seconds=600)


async def test_a_restart_goes_on_with_the_same_ids_and_times(tmp_path: Path) -> None:
    tape = write(tmp_path / "t.jsonl", *(line(n, n * 10) for n in range(20)))
    settings: dict[str, Any] = {"speed": 1, "shift_to_now": True}
    whole_clock = ManualClock(TAPE_START + timedelta(days=400))
    whole = mentions(await play(tape, whole_clock, **settings))
    clock = ManualClock(TAPE_START + timedelta(days=400))
    before = await collect(connector(tape, clock, **settings), most=7)
    clock.advance(3_600)
    after = await play(tape, clock, before[-1].cursor, **settings)
    resumed = [*mentions(before), *mentions(after)]
    assert [(one.id, one.created_at) for one in resumed] == [(one.id, one.created_at) for one in whole]
    assert len(after) == 1  # what fell due meanwhile comes at once


async def test_a_finished_tape_gives_nothing_more(tmp_path: Path, clock: ManualClock) -> None:
    tape = write(tmp_path / "t.jsonl", line(1, 0))
    batches = await play(tape, clock)
    assert await play(tape, clock, batches[-1].cursor) == []


@pytest.mark.parametrize(
    "cursor", ["junk", "{}", '{"position": 1, "tape": "other", "start": "2025-01-01T00:00:00Z"}']
)
async def test_a_cursor_of_another_tape_starts_anew(tmp_path: Path, clock: ManualClock, cursor: str) -> None:
    tape = write(tmp_path / "t.jsonl", line(1, 0))
    assert len(mentions(await play(tape, clock, cursor))) == 1


async def test_a_bad_line_is_rejected_with_its_file_and_line(tmp_path: Path, clock: ManualClock) -> None:
    tape = write(tmp_path / "t.jsonl", line(1, 0), "{not json", "", {"text": 5}, "[" * 100_000, line(2, 1))
    batches = await play(tape, clock)
    assert [one.id for one in mentions(batches)] == ["replay:1", "replay:2"]
    rejected = [item for batch in batches for item in batch.rejected]
    assert [item.detail.split(": ")[0] for item in rejected] == ["t.jsonl:2", "t.jsonl:4", "t.jsonl:5"]
    assert rejected[0].original == b"{not json"


async def test_a_line_without_time_stands_with_its_neighbours(tmp_path: Path, clock: ManualClock) -> None:
    tape = write(tmp_path / "t.jsonl", {"text": "first"}, line(1, 0), {"text": "second"}, line(2, 60))
    found = mentions(await play(tape, clock, speed=0))
    assert [one.created_at - TAPE_START for one in found] == [timedelta(seconds=s) for s in (0, 0, 0, 60)]


async def test_a_tape_without_any_time_is_of_now(tmp_path: Path, clock: ManualClock) -> None:
    tape = write(tmp_path / "t.jsonl", {"text": "a"}, {"text": "b"})
    found = mentions(await play(tape, clock))
    assert [one.created_at for one in found] == [clock.now(), clock.now()]


async def test_large_tapes_come_in_batches_of_200(tmp_path: Path, clock: ManualClock) -> None:
    tape = write(tmp_path / "t.jsonl", *(line(n, 0) for n in range(450)))
    assert [len(batch.mentions) for batch in await play(tape, clock, speed=0)] == [200, 200, 50]


async def test_broken_unicode_is_mended(tmp_path: Path, clock: ManualClock) -> None:
    tape = write(
        tmp_path / "t.jsonl", '{"text": "avant \\ud83d apr\\u00e8s", "created_at": "2025-01-01T00:00:00Z"}'
    )
    assert "après" in mentions(await play(tape, clock))[0].text


def test_no_tape_is_told_with_its_mend(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.jsonl"):
        with pytest.raises(RefuseToStart, match=r"\.jsonl"):
            load_tape(path)


def test_a_cut_archive_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "x"}\n' * 1_000)[:40])
    with pytest.raises(RefuseToStart, match=r"t\.jsonl\.gz"):
        load_tape(path)


async def test_an_empty_tape_ends_at_once(tmp_path: Path, clock: ManualClock) -> None:
    assert await play(write(tmp_path / "t.jsonl", ""), clock) == []
