"""How many people a story may have met: the followers of its distinct authors, summed, in bounded memory.

Exact for up to ``SAMPLE`` authors. Beyond that two samples of fixed size stand for all authors:

* the authors with the smallest keys (keys are evenly spread, so the largest kept one tells how many there are);
* a *priority sample*: authors with the highest ``followers / evenly spread number``. Accounts with many followers
  are always kept, and the others stand for those that were let go.

The typical error is then 1/sqrt(SAMPLE), about 4 %. Both depend on the set of authors and the most followers
seen of each, never on the order or on repeats, and neither figure ever goes down.
"""

import base64
import heapq
import struct

from monitor.records import Record
from monitor.short_keys import KEY_SPACE, pack_keys, unpack_keys

SAMPLE = 640  # authors
MAX_FOLLOWERS = 2**40 - 1  # more than mankind: a source that says so is wrong, and must not spoil the sum
MAX_COUNT = 2**63 - 1

_FOLLOWERS = struct.Struct(">Q")


class StoredReach(Record):
    """``ReachCount`` as it is kept: packed, at most 19 kB."""

    authors: str = ""  # keys, the last bit tells whether the followers are known
    heavy_keys: str = ""
    heavy_followers: str = ""  # 5 bytes each
    let_go: bool = False
    threshold: float = 0.0


class ReachCount:
    """Distinct authors and the sum of their followers."""

    __slots__ = ("_authors", "_heap", "_heavy", "_largest", "_let_go", "_reach", "_threshold", "_unknown")

    def __init__(self) -> None:
        self._authors: dict[int, bool] = {}  # key -> followers known
        self._largest: list[int] = []  # heap of negated keys, once authors were let go
        self._let_go = False
        self._unknown = 0
        self._heavy: dict[int, int] = {}  # key -> most followers seen
        self._heap: list[
            tuple[float, int]
        ] = []  # (priority, key), once some were let go; may hold outdated pairs
        self._threshold = 0.0  # the highest priority let go
        self._reach: int | None = 0  # None: sum up again

    def add(self, author: int, followers: int | None) -> None:
        """Count an author (a short key) with the followers that the source tells, None when it does not."""
        author &= ~1
        self._add_author(author, followers is not None)
        if followers:
            self._add_followers(author, min(followers, MAX_FOLLOWERS))

    @property
    def authors(self) -> int:
        """Distinct authors."""
        kept = len(self._authors)
        if not self._let_go:
            return kept
        share = (1 - self._largest[0]) / KEY_SPACE
        return max(kept, round((kept - 1) / share))

    @property
    def authors_of_unknown_reach(self) -> int:
        """Distinct authors whose followers no mention told."""
        if not self._let_go:
            return self._unknown
        return round(self.authors * self._unknown / len(self._authors))

    @property
    def reach(self) -> int:
        """Followers of distinct authors, the most seen of each."""
        if self._reach is None:
            light = sum(1 for followers in self._heavy.values() if followers < self._threshold)
            heavy = sum(followers for followers in self._heavy.values() if followers >= self._threshold)
            self._reach = min(MAX_COUNT, heavy + int(light * self._threshold))
        return self._reach

    def _add_author(self, author: int, known: bool) -> None:
        before = self._authors.get(author)
        if before is None:
            if self._let_go and author >= -self._largest[0]:
                return
            self._authors[author] = known
            self._unknown += not known
            self._keep_smallest(author)
        elif known and not before:
            self._authors[author] = True
            self._unknown -= 1

    def _keep_smallest(self, author: int) -> None:
        if self._let_go:
            gone = -heapq.heapreplace(self._largest, -author)
        elif len(self._authors) > SAMPLE:
            self._largest = [-key for key in self._authors]
            heapq.heapify(self._largest)
            gone = -heapq.heappop(self._largest)
            self._let_go = True
        else:
            return
        self._unknown -= not self._authors.pop(gone)

    def _add_followers(self, author: int, followers: int) -> None:
        before = self._heavy.get(author, 0)
        if followers <= before:
            return
        priority = _priority(author, followers)
        if priority <= self._threshold:
            return
        self._heavy[author] = followers
        if self._threshold:
            heapq.heappush(self._heap, (priority, author))
            self._reach = None
            if len(self._heap) > 4 * SAMPLE:
                self._rebuild_heap()
        elif self._reach is not None:
            self._reach += followers - before
        if len(self._heavy) > SAMPLE:
            self._let_lightest_go()

    def _let_lightest_go(self) -> None:
        if not self._threshold:
            self._rebuild_heap()
        while True:
            priority, key = heapq.heappop(self._heap)
            if key in self._heavy and priority == _priority(key, self._heavy[key]):
                break
        del self._heavy[key]
        self._threshold = max(self._threshold, priority)
        self._reach = None

    def _rebuild_heap(self) -> None:
        self._heap = [(_priority(key, followers), key) for key, followers in self._heavy.items()]
        heapq.heapify(self._heap)

    def stored(self) -> StoredReach:
        """What ``from_stored`` goes on from."""
        return StoredReach(
            authors=pack_keys(key | known for key, known in self._authors.items()),
            heavy_keys=pack_keys(self._heavy),
            heavy_followers=base64.b64encode(
                b"".join(_FOLLOWERS.pack(followers)[3:] for followers in self._heavy.values())
            ).decode("ascii"),
            let_go=self._let_go,
            threshold=self._threshold,
        )

    @classmethod
    def from_stored(cls, stored: StoredReach) -> "ReachCount":
        """The counts as they were. Raises ValueError when they were not of ``stored``'s making."""
        count = cls()
        count._authors = {key & ~1: bool(key & 1) for key in unpack_keys(stored.authors)}
        count._unknown = sum(not known for known in count._authors.values())
        count._let_go = stored.let_go
        if count._let_go:
            count._largest = [-key for key in count._authors]
            heapq.heapify(count._largest)
        keys = unpack_keys(stored.heavy_keys)
        followers = base64.b64decode(stored.heavy_followers, validate=True)
        if len(followers) != 5 * len(keys) or (count._let_go and not count._authors):
            raise ValueError("stored reach is cut short")
        count._heavy = {
            key: int.from_bytes(followers[5 * number : 5 * number + 5], "big")
            for number, key in enumerate(keys)
        }
        count._threshold = stored.threshold
        if count._threshold:
            count._rebuild_heap()
        count._reach = None
        return count


def _priority(author: int, followers: int) -> float:
    return followers / ((author + 1) / KEY_SPACE)
