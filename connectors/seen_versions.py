"""What a stream has lately given, so that repeats after a reconnect are dropped. Bounded, in memory."""

from collections import OrderedDict
from collections.abc import Iterable

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
