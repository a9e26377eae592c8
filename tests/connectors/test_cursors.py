import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.cursors import MemoryCursors, SqliteCursors
from monitor.errors import RefuseToStart, Unavailable


async def test_a_cursor_is_there_after_the_file_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "cursors.db"
    first = SqliteCursors(path)
    assert await first.load("feeds") is None
    await first.save("feeds", '{"é": 1}')
    await first.save("feeds", '{"é": 2}')
    await first.save("replay", "5")
    await first.aclose()
    second = SqliteCursors(path)
    assert await second.load("feeds") == '{"é": 2}'
    assert await second.load("replay") == "5"
    await second.aclose()


_SAVE_AND_DIE = """
import asyncio, os, signal, sys
from pathlib import Path
from connectors.cursors import SqliteCursors

async def main() -> None:
    cursors = SqliteCursors(Path(sys.argv[1]))
    for number in range(50):
        await cursors.save("feeds", str(number))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_what_was_saved_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "cursors.db"
    root = Path(__file__).parents[2]
    ended = subprocess.run(  # noqa: ASYNC221 - the test waits for this process and nothing else
        [sys.executable, "-c", _SAVE_AND_DIE, str(path)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    cursors = SqliteCursors(path)
    assert await cursors.load("feeds") == "49"
    await cursors.aclose()


def test_a_file_that_is_no_database_is_told_with_its_mend(tmp_path: Path) -> None:
    path = tmp_path / "cursors.db"
    path.write_text("this is not a database, and long enough to be read as one" * 50)
    with pytest.raises(RefuseToStart, match=r"cursors\.db.*move the damaged file"):
        SqliteCursors(path)


async def test_a_disk_that_fails_later_is_unavailable(tmp_path: Path) -> None:
    cursors = SqliteCursors(tmp_path / "cursors.db")
    await cursors.aclose()
    with pytest.raises(Unavailable):
        await cursors.save("feeds", "1")
    with pytest.raises(Unavailable):
        await cursors.load("feeds")


async def test_memory_forgets_nothing_while_it_lives() -> None:
    cursors = MemoryCursors()
    await cursors.save("feeds", "1")
    assert await cursors.load("feeds") == "1"
    await cursors.aclose()
