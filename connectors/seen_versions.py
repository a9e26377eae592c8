"""What a stream has lately given, so that repeats after a reconnect are dropped. Bounded, in memory."""

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import sha256

from connectors.protocol import RejectedItem
from monitor.records import Mention

MAX_SEEN = 20_000  # versions of mentions; several minutes of a whole network's posts


class SeenVersions:
    """The last versions of mentions that were acknowledged downstream.

    Only what was acknowledged may be added: a mention that was given out and then lost must come again. Whoever
    forgets a version (after a restart, or when it is too old) only lets a repeat pass, with the same id.
    """

    def __init__(self, most: int = MAX_SEEN) -> None:
        self._most = most
        self._seen: OrderedDict[str, str] = OrderedDict()  # version id -> mention id

    def add(self, mentions: Iterable[Mention]) -> None:
        """Remember these versions, and forget the oldest beyond the limit."""
        for mention in mentions:
            self._seen[mention.version_id] = mention.id
            self._seen.move_to_end(mention.version_id)
        while len(self._seen) > self._most:
            self._seen.popitem(last=False)

    def fresh(self, mentions: Iterable[Mention]) -> tuple[Mention, ...]:
        """Those that are not known, each version once, in order."""
        new: dict[str, Mention] = {}
        for mention in mentions:
            version = mention.version_id
            if version not in self._seen:
                new.setdefault(version, mention)
        return tuple(new.values())

    def ids_with_prefix(self, prefix: str) -> tuple[str, ...]:
        """The ids of remembered mentions that start with ``prefix``, each once, oldest first."""
        return tuple(dict.fromkeys(one for one in self._seen.values() if one.startswith(prefix)))


class SeenRejects:
    """The last rejected items that were kept aside: a source that is asked again gives the same ones again."""

    def __init__(self, most: int = MAX_SEEN) -> None:
        self._most = most
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def add(self, items: Iterable[RejectedItem]) -> None:
        """Remember these, and forget the oldest beyond the limit."""
        for item in items:
            self._seen[sha256(item.original).digest()] = None
        while len(self._seen) > self._most:
            self._seen.popitem(last=False)

    def fresh(self, items: Iterable[RejectedItem]) -> tuple[RejectedItem, ...]:
        """Those whose bytes are not known."""
        return tuple(item for item in items if sha256(item.original).digest() not in self._seen)
