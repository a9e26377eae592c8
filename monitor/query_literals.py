"""Which strings a query cannot do without: the matcher looks for them before it evaluates anything.

The result of ``required_literals`` is sound: a post that matches holds at least one of them once folded.
"""

from collections.abc import Iterable, Sequence

from monitor.query_nodes import And, Field, Near, Node, Not, Or, Term
from monitor.text import fold_word, short_handle

Literals = frozenset[str] | None  # None: no string can be named


def required_literals(node: Node) -> Literals:
    """Strings of which every post that matches ``node`` holds at least one, or None."""
    return _required(node, negated=False)


def _required(node: Node, *, negated: bool) -> Literals:
    if isinstance(node, Not):
        return _required(node.part, negated=not negated)
    if isinstance(node, And | Or):
        parts = [_required(part, negated=negated) for part in node.parts]
        # A negated OR is an AND of negations, and the other way round.
        return _best(parts) if isinstance(node, And) is not negated else _union(parts)
    if negated or isinstance(node, Field):
        return None
    if isinstance(node, Near):
        return _best([_required(node.left, negated=False), _required(node.right, negated=False)])
    return _of_term(node)


def _of_term(term: Term) -> Literals:
    # A handle is looked for by its name: compatibility spellings of the sign must not hide it.
    longest = max(term.atoms, key=lambda atom: len(atom.word))
    word = fold_word(short_handle(longest.word)) if longest.only == "handle" else longest.word
    return frozenset([word]) if word else None


def _union(parts: Iterable[Literals]) -> Literals:
    union: set[str] = set()
    for part in parts:
        if part is None:
            return None
        union |= part
    return frozenset(union)


def _best(parts: Sequence[Literals]) -> Literals:
    """The set that fewest posts are likely to hold: its shortest string is the longest; few strings next."""
    known = [part for part in parts if part]
    return max(known, key=lambda part: (min(map(len, part)), -len(part)), default=None)
