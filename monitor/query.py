"""The brand query language: from text to a tree that can be evaluated. docs/queries.md describes it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, cast

import regex
from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from monitor.query_errors import QueryError
from monitor.query_literals import required_literals
from monitor.query_nodes import And, Near, Node, Not, Or, Term, depth, holds_of_nothing
from monitor.query_terms import Fail, read_field_phrase, read_phrase, read_word

__all__ = ["MAX_DEPTH", "MAX_DISTANCE", "MAX_LENGTH", "Query", "QueryError", "parse_query"]

MAX_LENGTH = 10_000  # code points of one query
MAX_DEPTH = 40  # nested brackets and NOTs
MAX_DISTANCE = 100  # words between the sides of a NEAR

_NEAR = regex.compile(r"NEAR/([0-9]{1,3})(f?)")
_QUOTED_OR_BRACKET = regex.compile(r"[\"“”«»][^\"“”«»]*[\"“”«»]|[()]")
_EXPECTED = {
    "WORD": "a word", "PHRASE": "a phrase", "FIELD_PHRASE": "", "_OPEN": '"("', "_CLOSE": '")"',
    "_AND": "AND", "_OR": "OR", "_NOT": "NOT", "NEAR": "NEAR/x", "$END": "the end of the query",
}  # fmt: skip


@dataclass(frozen=True)
class Query:
    """A brand query that has been read. ``name`` is how error messages call it."""

    text: str
    root: Node
    name: str = "query"

    @cached_property
    def literals(self) -> frozenset[str] | None:
        """Folded strings of which every matching post holds at least one; None when there are no such."""
        return required_literals(self.root)


def parse_query(text: str, *, name: str = "query") -> Query:
    """Read a brand query. Raises QueryError with line, column, what was expected and the mend."""
    if len(text) > MAX_LENGTH:
        raise QueryError(
            text,
            MAX_LENGTH,
            f"the query has {len(text)} characters, more than {MAX_LENGTH}",
            mend="split it into several queries",
            name=name,
        )
    if not text.strip():
        raise QueryError(text, 0, "the query is empty", expected="at least one word or phrase", name=name)
    try:
        root: Node = _PARSER.parse(text)  # type: ignore[assignment]  # the transformer returns our nodes
    except _Misread as error:
        raise QueryError(
            text, error.offset, error.problem, expected=error.expected, mend=error.mend, name=name
        ) from None
    except UnexpectedInput as error:
        raise _syntax_error(text, error, name) from None
    if holds_of_nothing(root):
        raise QueryError(
            text,
            0,
            "the query only excludes: it would match almost every post",
            expected="a word or phrase that must be there, on every side of an OR",
            mend="as in veloria NOT tarte",
            name=name,
        )
    return Query(text, root, name)


class _Misread(Exception):
    """A word, phrase, field or operator is wrong at ``offset`` of the query."""

    def __init__(self, offset: int, problem: str, expected: str, mend: str) -> None:
        super().__init__(problem)
        self.offset, self.problem, self.expected, self.mend = offset, problem, expected, mend


def _fail_in(token: Token) -> Fail:
    def fail(offset: int, problem: str, *, expected: str = "", mend: str = "") -> NoReturn:
        raise _Misread((token.start_pos or 0) + max(0, offset), problem, expected, mend)

    return fail


class _Builder(Transformer[Token, Node]):
    """Builds the nodes while the grammar is read, innermost first."""

    def word(self, parts: list[Any]) -> Node:
        return read_word(str(parts[0]), _fail_in(parts[0]))

    def phrase(self, parts: list[Any]) -> Node:
        return read_phrase(str(parts[0]), _fail_in(parts[0]))

    def field_phrase(self, parts: list[Any]) -> Node:
        return read_field_phrase(str(parts[0]), _fail_in(parts[0]))

    def or_expr(self, parts: list[Any]) -> Node:
        return _shallow(Or(tuple(parts)))

    def and_expr(self, parts: list[Any]) -> Node:
        return _shallow(And(tuple(parts)))

    def negated(self, parts: list[Any]) -> Node:
        return _shallow(Not(parts[0]))

    def near(self, parts: list[Any]) -> Node:
        left, operator, right = parts
        fail = _fail_in(operator)
        read = _NEAR.fullmatch(str(operator))
        if read is None or int(read[1]) > MAX_DISTANCE:
            fail(
                0,
                f'"{str(operator)[:40]}" does not say how near',
                expected=f"NEAR/x or NEAR/xf with x from 0 to {MAX_DISTANCE}",
                mend="as in veloria NEAR/5 rappel",
            )
        for side in (left, right):
            if not _has_a_place(side):
                fail(
                    0,
                    "NEAR stands between words, phrases, or brackets of words with OR",
                    mend='as in (veloria OR "vélo ria") NEAR/5 rappel',
                )
        return _shallow(Near(left, right, int(read[1]), bool(read[2])))


def _has_a_place(node: Node) -> bool:
    if isinstance(node, Or):
        return all(_has_a_place(part) for part in node.parts)
    return isinstance(node, Term | Near)


def _shallow(node: Node) -> Node:
    if depth(node) > MAX_DEPTH:
        raise _Misread(
            0, f"the query is nested more than {MAX_DEPTH} deep", "", "split it into several queries"
        )
    return node


def _syntax_error(text: str, error: UnexpectedInput, name: str) -> QueryError:
    if isinstance(error, UnexpectedCharacters):
        return QueryError(
            text,
            cast("int", error.pos_in_stream),  # lark declares it as always None
            "the quotation mark is never closed",
            expected="a second quotation mark",
            mend='as in "rappel de sécurité"',
            name=name,
        )
    if not isinstance(error, UnexpectedToken):
        return QueryError(text, len(text), "the query ends too early", name=name)
    wanted = sorted(filter(None, (_EXPECTED.get(one, one) for one in error.expected)))
    expected = " or ".join([", ".join(wanted[:-1]), wanted[-1]] if len(wanted) > 1 else wanted)
    if error.token.type == "$END":
        return _ended_too_early(text, expected, name)
    offset = error.token.start_pos or 0
    if error.token.type == "_CLOSE" and "_CLOSE" not in (error.expected) and offset:
        opened = _open_brackets(text[:offset])
        if not opened:
            return QueryError(text, offset, "this bracket closes nothing", mend="remove it", name=name)
    shown = str(error.token)[:40]
    mend = "operators stand between two terms; to look for the word itself, put it in double quotes"
    return QueryError(text, offset, f'"{shown}" cannot stand here', expected=expected, mend=mend, name=name)


def _ended_too_early(text: str, expected: str, name: str) -> QueryError:
    end = len(text.rstrip())
    opened = _open_brackets(text)
    if opened and '")"' in expected:
        return QueryError(
            text, opened[-1], "the bracket is never closed", expected='")"', mend="close it", name=name
        )
    return QueryError(text, end, "the query ends too early", expected=expected, name=name)


def _open_brackets(text: str) -> list[int]:
    opened: list[int] = []
    for found in _QUOTED_OR_BRACKET.finditer(text):
        if found[0] == "(":
            opened.append(found.start())
        elif found[0] == ")" and opened:
            opened.pop()
    return opened


_PARSER = Lark(
    (Path(__file__).parent / "query.lark").read_text(encoding="utf-8"),
    parser="lalr",
    lexer="basic",  # an operator is one wherever it stands, so that a misplaced one is an error and not a word
    transformer=_Builder(),
)
