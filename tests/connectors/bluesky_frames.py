"""Frames of the Jetstream for tests: the recorded ones, and made ones."""

from datetime import UTC, datetime
from typing import Any

import orjson

from tests.connectors.tapes import tape

NOW = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)
T0 = int(datetime(2026, 3, 14, 9, 50, tzinfo=UTC).timestamp()) * 1_000_000
A = "did:plc:exampleaaaaaaaaaaaaaaaaa"
B = "did:plc:examplebbbbbbbbbbbbbbbbb"
POST = "app.bsky.feed.post"


def recorded() -> list[bytes]:
    """create with card and facets, reply, quote, like, repost, update, delete, identity, account deleted."""
    return tape("bluesky/jetstream_v1_frames.txt").splitlines()


def post(rkey: str, at_s: float = 0.0, did: str = A, **record: Any) -> bytes:
    """A new post ``at_s`` seconds after T0; ``record`` replaces fields of its record."""
    return commit(rkey, at_s, did, record={"text": f"Véloria {rkey}", **record})


def commit(rkey: str, at_s: float = 0.0, did: str = A, operation: str = "create", **more: Any) -> bytes:
    """A commit to the collection of posts."""
    change = {"operation": operation, "collection": POST, "rkey": rkey, "rev": "r", **more}
    return frame("commit", at_s, did, commit=change)


def frame(kind: str, at_s: float = 0.0, did: str = A, **more: Any) -> bytes:
    """A frame of any kind."""
    return orjson.dumps({"did": did, "time_us": T0 + int(at_s * 1_000_000), "kind": kind, **more})


def uri(rkey: str, did: str = A) -> str:
    return f"at://{did}/{POST}/{rkey}"


def id_of(rkey: str, did: str = A) -> str:
    return f"bluesky:{uri(rkey, did)}"
