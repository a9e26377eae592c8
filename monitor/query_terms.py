"""Reads the words, phrases and fields of a brand query: everything but its operators."""

from collections.abc import Callable, Iterator
from typing import NoReturn, Protocol, get_args

import regex

from monitor.query_nodes import Atom, Field, FieldName, Node, Term
from monitor.records import Language
from monitor.text import link_host, tokenize

MIN_PREFIX = 2  # letters before a wildcard: one letter would match most posts
FIELDS = (*get_args(FieldName), "hashtag", "at", "raw")
_CHUNK = regex.compile(r"\S+")
_NAMED = regex.compile(r"(?P<name>[A-Za-z]+):(?P<value>.*)", regex.DOTALL)


class Fail(Protocol):
    """Raises the error of the query at ``offset`` code points into the text that is being read."""

    def __call__(self, offset: int, problem: str, *, expected: str = "", mend: str = "") -> NoReturn: ...


def read_word(text: str, fail: Fail) -> Node:
    """A bare word of the query: a term, or a field when it has a known prefix."""
    if text[0] in "-!" and len(text) > 1:
        fail(
            0,
            f'"{text[:40]}" does not exclude',
            expected="NOT before what to exclude",
            mend="as in veloria NOT tarte",
        )
    named = _NAMED.fullmatch(text)
    if named is None or named["value"].startswith("//"):
        return read_term(text, 0, fail)
    return read_field(named["name"], named["value"], named.start("value"), fail)


def read_phrase(text: str, fail: Fail) -> Node:
    """A quoted phrase, quotes included."""
    return read_term(text[1:-1], 1, fail)


def read_field_phrase(text: str, fail: Fail) -> Node:
    """A field whose value is quoted, as in ``raw:"Le Vélo"``."""
    name, _, value = text.partition(":")
    return read_field(name, value[1:-1], len(name) + 2, fail)


def read_term(text: str, at: int, fail: Fail) -> Term:
    """The words of ``text`` side by side; ``at`` is where ``text`` starts for error messages."""
    atoms = tuple(
        atom for chunk in _CHUNK.finditer(text) for atom in _atoms(chunk[0], at + chunk.start(), fail)
    )
    if not atoms:
        _fail_empty(text, at, fail)
    return Term(atoms)


def read_field(name: str, value: str, at: int, fail: Fail) -> Node:
    """The field ``name:value``; ``at`` is where the value starts for error messages."""
    if name not in FIELDS:
        fail(
            0,
            f'"{name[:40]}:" is no field of the query language',
            expected=", ".join(f"{one}:" for one in FIELDS),
            mend="put the whole in double quotes to look for it as text",
        )
    if not value.strip():
        fail(
            at,
            f"{name}: has no value",
            expected="a value right after the colon",
            mend=f"as in {name}:veloria",
        )
    return _FIELD_READERS[name](value.strip(), at, fail)


def _atoms(chunk: str, at: int, fail: Fail) -> Iterator[Atom]:
    prefix = chunk.endswith("*")
    body = chunk[:-1] if prefix else chunk
    star = body.find("*")
    if star >= 0:
        fail(at + star, "a wildcard stands only at the end of a word", mend="as in rappel*")
    tokens = tokenize(body)
    if "://" in body or any(token.kind == "host" for token in tokens):
        fail(
            at,
            "a link is no word",
            expected="a word or phrase",
            mend="use links:example.com for links to a site",
        )
    signed = [token for token in tokens if token.kind in {"hashtag", "handle"}]
    if signed:
        # The whole hashtag or handle is meant: not its words, nor the handle without its server.
        tokens = (max(signed, key=lambda token: len(token.word)),)
    if prefix and not (tokens and tokens[-1].end == len(body) and len(tokens[-1].word) >= MIN_PREFIX):
        fail(
            at + len(body),
            f"a wildcard needs at least {MIN_PREFIX} letters or digits before it",
            mend="as in rappel*",
        )
    for number, token in enumerate(tokens):
        last = number == len(tokens) - 1
        only = token.kind if token.kind in {"hashtag", "handle"} else None
        yield Atom(token.word, prefix and last, only)


def _fail_empty(text: str, at: int, fail: Fail) -> NoReturn:
    shown = text.strip()[:40]
    problem = f'"{shown}" has no letter, digit or emoji' if shown else "the phrase is empty"
    fail(at, problem, expected="at least one word", mend="remove it")


def _raw(value: str, at: int, fail: Fail) -> Node:
    if "*" in value:
        fail(at + value.index("*"), "raw: takes no wildcard", mend="leave out the raw: or the *")
    words = [token for token in tokenize(value) if token.kind in {"word", "emoji"}]
    if not words:
        _fail_empty(value, at, fail)
    return Term(tuple(Atom(token.word, exact=value[token.start : token.end]) for token in words))


def _signed(sign: str) -> Callable[[str, int, Fail], Node]:
    def read(value: str, at: int, fail: Fail) -> Node:
        term = read_term(sign + value.lstrip("#@＃＠"), at - 1, fail)
        if term.atoms[0].only is None or len(term.atoms) > 1:
            fail(at, f'"{value[:40]}" is no name of a hashtag or handle', expected="one word without spaces")
        return term

    return read


def _language(value: str, at: int, fail: Fail) -> Node:
    if value not in get_args(Language):
        known = ", ".join(get_args(Language))
        fail(at, f'"{value[:40]}" is no language that is told apart', expected=f"one of {known}")
    return Field("lang", value)


def _host(name: FieldName) -> Callable[[str, int, Fail], Node]:
    def read(value: str, at: int, fail: Fail) -> Node:
        host = link_host(value).removeprefix("www.")
        if "." not in host or "*" in host:
            fail(at, f'"{value[:40]}" is no host', expected="a host name", mend=f"as in {name}:example.com")
        return Field(name, host)

    return read


def _named(name: FieldName) -> Callable[[str, int, Fail], Node]:
    def read(value: str, at: int, fail: Fail) -> Node:
        prefix = value.endswith("*")
        wanted = value.removesuffix("*").lstrip("@＠").casefold()
        if "*" in wanted:
            fail(at + value.index("*"), "a wildcard stands only at the end", mend=f"as in {name}:veloria*")
        if len(wanted) < (MIN_PREFIX if prefix else 1):
            fail(at, f'"{value[:40]}" is too short', expected="a name", mend=f"as in {name}:veloria")
        return Field(name, wanted, prefix)

    return read


_FIELD_READERS: dict[str, Callable[[str, int, Fail], Node]] = {
    "author": _named("author"),
    "source": _named("source"),
    "site": _host("site"),
    "links": _host("links"),
    "lang": _language,
    "hashtag": _signed("#"),
    "at": _signed("@"),
    "raw": _raw,
}
