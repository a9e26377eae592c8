"""Which brands a mention names.

The matcher first looks, in one pass over the folded text, for strings that each query cannot do without
(Aho-Corasick), and evaluates only the queries whose strings are there. A query without such a string, for
example ``source:reviews``, is evaluated for every mention.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ahocorasick

from monitor.protocols import BrandMatch
from monitor.query import Query, parse_query
from monitor.query_document import Document, Occurrence
from monitor.query_evaluate import distinct_words, evaluate, explain
from monitor.records import Mention, Trace
from monitor.settings import BrandSettings


@dataclass(frozen=True, slots=True)
class _Brand:
    id: str
    queries: tuple[Query, ...]
    exclude: tuple[Query, ...]


class CompiledMatcher:
    """A BrandMatcher over any number of brands; its cost hardly grows with them. Made by compile_brands."""

    def __init__(self, brands: Sequence[_Brand]) -> None:
        self._brands = tuple(brands)
        self._always: set[int] = set()
        self._automaton = _automaton(self._brands, self._always)

    def match(self, mention: Mention) -> tuple[BrandMatch, ...]:
        """The brands that the mention names, in the order of the settings."""
        document = Document(mention)
        candidates = set(self._always)
        if self._automaton is not None:
            for _, brands in self._automaton.iter(document.haystack):
                candidates.update(brands)
        found = (_match_brand(self._brands[number], document) for number in sorted(candidates))
        return tuple(match for match in found if match is not None)


def compile_brands(brands: Sequence[BrandSettings]) -> CompiledMatcher:
    """Read all queries of the brands. Raises QueryError that names the brand and the query."""
    return CompiledMatcher(
        [
            _Brand(
                brand.id,
                _parse_all(brand.queries, f"brands.{brand.id}.queries"),
                _parse_all(brand.exclude, f"brands.{brand.id}.exclude"),
            )
            for brand in brands
        ]
    )


def query_matches(query: Query, mention: Mention) -> tuple[str, ...] | None:
    """The post's own words that satisfy the query, or None when it does not match."""
    document = Document(mention)
    found = evaluate(query.root, document)
    return None if found is None else distinct_words(document, found)


def explain_query(query: Query, mention: Mention) -> Trace:
    """Why the query matches the mention or not, part by part."""
    return explain(query.root, Document(mention))


def _parse_all(texts: Sequence[str], name: str) -> tuple[Query, ...]:
    return tuple(parse_query(text, name=f"{name}[{number}]") for number, text in enumerate(texts))


def _automaton(brands: Sequence[_Brand], always: set[int]) -> Any:
    """The automaton from literals to brand numbers, or None without literals; fills ``always``."""
    wanted: dict[str, set[int]] = {}
    for number, brand in enumerate(brands):
        for query in brand.queries:
            if query.literals is None:
                always.add(number)
            for literal in query.literals or ():
                wanted.setdefault(literal, set()).add(number)
    if not wanted:
        return None
    automaton = ahocorasick.Automaton()
    for literal, numbers in wanted.items():
        automaton.add_word(literal, tuple(sorted(numbers)))
    automaton.make_automaton()
    return automaton


def _match_brand(brand: _Brand, document: Document) -> BrandMatch | None:
    held = False
    places: list[Occurrence] = []
    for query in brand.queries:
        found = evaluate(query.root, document)
        held = held or found is not None
        places += found or ()
    if not held or any(evaluate(query.root, document) is not None for query in brand.exclude):
        return None
    return BrandMatch(brand.id, distinct_words(document, places))
