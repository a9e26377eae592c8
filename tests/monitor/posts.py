"""Mentions for the tests of reading: only what a test cares about has to be said."""

from datetime import UTC, datetime
from typing import Any

from monitor.records import Mention

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def post(text: str, **fields: Any) -> Mention:
    """A post of an unknown member of the public."""
    known: dict[str, Any] = {
        "id": "example:1",
        "source": "example",
        "kind": "post",
        "text": text,
        "created_at": NOW,
        "fetched_at": NOW,
    }
    return Mention(**known | fields)
