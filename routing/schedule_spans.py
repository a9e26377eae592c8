"""Spans of time, and sets of them. Pure.

A set of spans is a tuple in order of time, none empty, none touching another. Spans hold their start and not
their end.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple


class Span(NamedTuple):
    """From ``start`` up to, and without, ``end``; both aware."""

    start: datetime
    end: datetime


Spans = tuple[Span, ...]


def union(spans: Iterable[Span]) -> Spans:
    """The set of spans that covers what any of ``spans`` covers; empty ones fall out."""
    joined: list[Span] = []
    for span in sorted(one for one in spans if one.start < one.end):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)


def intersection(first: Spans, second: Spans) -> Spans:
    """What both sets cover."""
    found: list[Span] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start, end = max(first[i].start, second[j].start), min(first[i].end, second[j].end)
        if start < end:
            found.append(Span(start, end))
        if first[i].end < second[j].end:
            i += 1
        else:
            j += 1
    return tuple(found)


def difference(first: Spans, second: Spans) -> Spans:
    """What the first set covers and the second does not."""
    if not first:
        return ()
    low, high = first[0].start, first[-1].end
    holes: list[Span] = []
    for span in second:
        if span.start > low:
            holes.append(Span(low, min(span.start, high)))
        low = max(low, span.end)
        if low >= high:
            break
    else:
        holes.append(Span(low, high))
    return intersection(first, tuple(hole for hole in holes if hole.start < hole.end))
