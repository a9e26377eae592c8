"""A Faust table whose writes can be waited for: until the broker has them, they live in this process only."""

import asyncio
from collections.abc import Callable
from typing import Any

import faust
from faust.tables.table import Table
from faust.types import FutureMessage
from mode import get_logger


class AcknowledgedTable(Table[bytes, bytes]):  # type: ignore[misc] # Faust carries no types
    """A table of bytes that hands the promise of each write to ``expect``."""

    logger = get_logger("faust.tables")

    def __init__(
        self, app: faust.App, *, expect: Callable[[asyncio.Future[Any]], None], **options: Any
    ) -> None:
        super().__init__(app, **options)
        self._expect = expect

    def send_changelog(self, *args: Any, **options: Any) -> FutureMessage:
        """Write to the changelog, as Faust does."""
        promise = super().send_changelog(*args, **options)
        self._expect(promise)
        return promise
