"""The checks themselves: each must fail for a connector that breaks its rule."""

import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from connectors import conformance as checks
from connectors.conformance import CHECKS, Check, Conformance
from connectors.protocol import Batch, Connector, Cursor, Health, RejectedItem
from monitor.errors import Unavailable
from monitor.records import Mention

NOW = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)
GOOD = json.dumps([{"id": n} for n in range(5)]).encode()
MALFORMED = json.dumps([{"id": 0}, {"no": "id"}, *({"id": n} for n in range(1, 5))]).encode()

Change = Callable[[Batch, int], Batch]


@dataclass
class Faulty:
    """Two items per batch. ``change`` breaks its batches; the other fields break its habits."""

    payload: bytes
    change: Change = lambda batch, number: batch
    skips_on_resume: int = 0
    strict: bool = False
    hides_rejected: bool = False
    hides_junk: bool = False
    name: str = "faulty"
    kind: ClassVar[str] = "faulty"

    async def batches(self, since: Cursor | None) -> AsyncIterator[Batch]:
        try:
            items = json.loads(self.payload)
        except ValueError:
            yield Batch(health=Health("quiet" if self.hides_junk else "blind"))
            return
        position = int(since) + self.skips_on_resume if since else 0
        for number, start in enumerate(range(position, len(items), 2)):
            part = items[start : start + 2]
            good = [one for one in part if "id" in one and not (self.strict and len(one) > 1)]
            bad = [one for one in part if one not in good and not self.hides_rejected]
            mentions = tuple(
                Mention(id=f"t:{one['id']}", source="t", kind="post", created_at=NOW, fetched_at=NOW)
                for one in good
            )
            rejected = tuple(RejectedItem("invalid", "", json.dumps(one).encode()) for one in bad)
            yield self.change(Batch(mentions, str(start + 2), Health(), rejected), number)
        raise Unavailable("the recording ends")


def case(**faults: object) -> Conformance:
    @asynccontextmanager
    async def open_faulty(payload: bytes) -> AsyncIterator[Connector]:
        yield replace(Faulty(payload), **faults)  # type: ignore[arg-type]  # the faults of each test below

    return Conformance(open_faulty, GOOD, 5, MALFORMED, secrets=("canary",))


@pytest.mark.parametrize("check", CHECKS)
async def test_a_good_connector_passes(check: Check) -> None:
    await check(case())


counter = itertools.count()


def other_ids(batch: Batch, number: int) -> Batch:
    renamed = tuple(one.model_copy(update={"id": f"t:{next(counter)}"}) for one in batch.mentions)
    return replace(batch, mentions=renamed)


def future(batch: Batch, number: int) -> Batch:
    later = tuple(one.model_copy(update={"created_at": NOW + timedelta(days=1)}) for one in batch.mentions)
    return replace(batch, mentions=later)


def foreign(batch: Batch, number: int) -> Batch:
    return replace(batch, mentions=tuple(one.model_copy(update={"id": "x:1"}) for one in batch.mentions))


def swollen(batch: Batch, number: int) -> Batch:
    return replace(batch, mentions=batch.mentions * 150)


def long_cursor(batch: Batch, number: int) -> Batch:
    return replace(batch, cursor="1" * 1_000_001)


def telling(batch: Batch, number: int) -> Batch:
    return replace(batch, health=Health("ok", "token=canary"))


def false_payload(batch: Batch, number: int) -> Batch:
    update = {"raw": "{}", "raw_sha256": "0" * 64}
    return replace(batch, mentions=tuple(one.model_copy(update=update) for one in batch.mentions))


def without_bytes(batch: Batch, number: int) -> Batch:
    return replace(batch, rejected=tuple(replace(one, original=b"") for one in batch.rejected))


@pytest.mark.parametrize(
    ("check", "faults"),
    [
        (checks.ids_are_the_same_on_replay, {"change": other_ids}),
        (checks.mentions_are_whole, {"change": future}),
        (checks.mentions_are_whole, {"change": foreign}),
        (checks.resuming_leaves_no_gap, {"skips_on_resume": 1}),
        (checks.unknown_fields_are_ignored, {"strict": True}),
        (checks.a_malformed_item_is_rejected_alone, {"hides_rejected": True}),
        (checks.a_malformed_item_is_rejected_alone, {"change": without_bytes}),
        (checks.batches_are_bounded, {"change": swollen}),
        (checks.batches_are_bounded, {"change": long_cursor}),
        (checks.no_secret_is_shown, {"change": telling}),
        (checks.no_secret_is_shown, {"name": "canary"}),
        (checks.junk_is_never_success, {"hides_junk": True}),
        (checks.a_kept_payload_is_what_its_hash_says, {"change": false_payload}),
    ],
)
async def test_a_broken_rule_is_found(check: Check, faults: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        await check(case(**faults))


async def test_a_wrong_count_is_found() -> None:
    with pytest.raises(AssertionError, match="4 were announced"):
        await checks.ids_are_the_same_on_replay(replace(case(), mentions=4))
