"""A dead letter: what could not pass, why, where it stood, and its bytes."""

import base64
from datetime import datetime
from typing import Protocol

from monitor.batches import Rejected, rejected_id
from monitor.records import MAX_SHORT, MAX_TEXT

MAX_ORIGINAL_BYTES = 8_000_000  # as large as a record may be, so that nothing of it is cut


class Faulty(Protocol):
    """Anything that was refused: a batch's bad item, or what a source sent."""

    @property
    def reason(self) -> str: ...

    @property
    def detail(self) -> str: ...

    @property
    def original(self) -> bytes: ...


def dead_letter(
    stage: str, item: Faulty, now: datetime, *, topic: str = "", partition: int = -1, offset: int = -1
) -> Rejected:
    """The letter of ``item``, refused by ``stage`` at ``now``. The same bytes at the same stage have one id."""
    return Rejected(
        id=rejected_id(stage, item.original),
        stage=stage,
        reason=item.reason[:MAX_SHORT],
        detail=item.detail[:MAX_TEXT],
        topic=topic,
        partition=partition,
        offset=offset,
        rejected_at=now,
        original_base64=base64.b64encode(item.original[:MAX_ORIGINAL_BYTES]).decode("ascii"),
    )
