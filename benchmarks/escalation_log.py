"""What routers wrote down: their claims, and the pages that they handed over."""

import json
import time
from collections import Counter
from pathlib import Path


class Log:
    """The files of one or several routers as they are now."""

    def __init__(self, *files: Path) -> None:
        self._read_at = time.monotonic()
        self.claimed: dict[str, int] = {}  # id -> highest fence
        self.sent: list[str] = []  # ids of the pages, a copy each time
        self._unmarked: Counter[str] = Counter()
        for file in files:
            self._read(file)

    def _read(self, file: Path) -> None:
        text = file.read_text("utf-8") if file.exists() else ""
        for line in text.splitlines(keepends=True):
            if not line.endswith("\n"):
                continue  # the process died, or still writes
            what, message, value = json.loads(line)
            if what == "claimed":
                self.claimed[message] = max(value, self.claimed.get(message, 0))
            else:
                self.sent.append(message)
                self._unmarked[message] += not value

    def is_past(self, message: str, state: str, fence: int) -> bool:
        """Whether a message is out of these routers' hands: it was never theirs, is sent, or was taken over."""
        mine = self.claimed.get(message)
        return mine is None or state != "sending" or fence > mine

    def since_now(self) -> float:
        """Seconds since the files were read."""
        return time.monotonic() - self._read_at

    def doubled_unmarked(self) -> int:
        """How many pages came twice without a word that they may have."""
        return sum(times - 1 for times in self._unmarked.values() if times > 1)
