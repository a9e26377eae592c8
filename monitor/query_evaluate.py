"""Whether a post satisfies a query, with the words that show it, and step by step why."""

from bisect import bisect_left
from collections.abc import Iterable

from monitor.query_document import Document, Occurrence
from monitor.query_nodes import And, Field, Near, Node, Not, Or, Term, children
from monitor.records import MAX_SHORT, Trace
from monitor.text import is_host_of, link_host, short_handle

Found = list[Occurrence] | None  # None: does not hold; an empty list: holds, but no word of the post shows it


def evaluate(node: Node, document: Document) -> Found:
    """The places that make ``node`` hold of the document, or None when it does not hold."""
    if isinstance(node, Term):
        return document.find(node) or None
    if isinstance(node, And):
        return _all_of(node, document)
    if isinstance(node, Or):
        held = [found for found in (evaluate(part, document) for part in node.parts) if found is not None]
        return [place for found in held for place in found] if held else None
    if isinstance(node, Not):
        return [] if evaluate(node.part, document) is None else None
    if isinstance(node, Near):
        return _near(node, evaluate(node.left, document), evaluate(node.right, document))
    return [] if _field_holds(node, document) else None


def explain(node: Node, document: Document) -> Trace:
    """Why ``node`` holds or not, part by part."""
    found = evaluate(node, document)
    parts = tuple(explain(part, document) for part in children(node))
    saw = _field_saw(node, document) if isinstance(node, Field) else distinct_words(document, found or [])
    shown = saw if isinstance(saw, str) else ", ".join(saw)
    return Trace(condition=str(node)[:MAX_SHORT], saw=shown[:MAX_SHORT], held=found is not None, parts=parts)


def distinct_words(document: Document, found: Iterable[Occurrence], at_most: int = 20) -> tuple[str, ...]:
    """The post's own words at the given places, each once, in the order of the post."""
    words: dict[str, None] = {}
    told = -1
    for place in sorted(found, key=lambda one: (one.start, -one.end)):
        if place.end > told:  # what lies inside words already told adds nothing
            told = place.end
            words.setdefault(document.text[place.start : place.end][:MAX_SHORT])
        if len(words) == at_most:
            break
    return tuple(words)


def _all_of(node: And, document: Document) -> Found:
    places: list[Occurrence] = []
    for part in node.parts:
        found = evaluate(part, document)
        if found is None:
            return None
        places += found
    return places


def _near(node: Near, left: Found, right: Found) -> Found:
    if not left or not right:
        return None
    places = _followed(left, right, node.distance)
    if not node.ordered:
        places += _followed(right, left, node.distance)
    return list(dict.fromkeys(places)) or None


def _followed(left: list[Occurrence], right: list[Occurrence], distance: int) -> list[Occurrence]:
    """Each of ``left`` joined to the next of ``right`` that begins after it, when that is near enough."""
    right = sorted(right)
    starts = [place.first for place in right]
    joined = []
    for place in left:
        at = bisect_left(starts, place.after)
        if at < len(right) and starts[at] - place.after <= distance:
            other = right[at]
            span = min(place.start, other.start), max(place.end, other.end)
            joined.append(Occurrence(place.first, other.after, *span))
    return joined


def _field_holds(field: Field, document: Document) -> bool:
    if field.name == "lang":
        # A text in both languages is in each of them.
        return document.language == field.value or (
            document.language == "mixed" and field.value in {"fr", "en"}
        )
    seen = _seen(field, document)
    if field.name in {"site", "links"}:
        return any(is_host_of(host.removeprefix("www."), field.value) for host in seen)
    return any(one.startswith(field.value) if field.prefix else one == field.value for one in seen)


def _seen(field: Field, document: Document) -> tuple[str, ...]:
    mention = document.mention
    if field.name == "author":
        handle = mention.author.handle.lstrip("@＠").casefold()
        return (handle, short_handle(handle))
    if field.name == "source":
        return (mention.source.casefold(),)
    if field.name == "site":
        return (link_host(mention.url or ""),)
    return document.linked_hosts


def _field_saw(field: Field, document: Document) -> str:
    seen = (document.language,) if field.name == "lang" else _seen(field, document)
    return ", ".join(dict.fromkeys(filter(None, seen)))
