"""Which parts of a message fit a size limit: the first are the most important, so the later ones give way."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import orjson

Part = TypeVar("Part")


def within(
    groups: Iterable[Sequence[Part]], budget: int, size: Callable[[Part], int]
) -> tuple[list[Part], bool]:
    """The parts of every group that still fits ``budget`` whole, in order, and whether all of them did."""
    kept: list[Part] = []
    left, complete = budget, True
    for group in groups:
        needed = sum(size(part) for part in group)
        if needed > left:
            complete = False
            continue
        kept.extend(group)
        left -= needed
    return kept, complete


def json_size(value: Any) -> int:
    """Bytes of a value as JSON in UTF-8, with the comma that follows it in a list."""
    return len(orjson.dumps(value)) + 1


def json_text_size(text: str) -> int:
    """Bytes of a text inside a JSON string: escaped, in UTF-8, without the quotes around it."""
    return len(orjson.dumps(text)) - 2
