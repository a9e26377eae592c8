"""Finds many words and phrases at once in a text that is already cut into words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from monitor.text import Token, tokenize

Value = TypeVar("Value")

MIN_PREFIX = 3  # letters before a wildcard in our own word lists


class _Atom(NamedTuple):
    word: str
    prefix: bool

    def fits(self, token: Token) -> bool:
        return token.word.startswith(self.word) if self.prefix else token.word == self.word


@dataclass(frozen=True, slots=True)
class _Phrase(Generic[Value]):
    others: tuple[_Atom, ...]
    value: Value


class Hit(NamedTuple, Generic[Value]):
    """A phrase that was found: its positions ``first`` up to, not including, ``after``, and its place in the text."""

    value: Value
    first: int
    after: int
    start: int
    end: int


class PhraseTable(Generic[Value]):
    """Words and phrases, each with a value. A trailing * stands for any ending of its word."""

    def __init__(self, entries: Iterable[tuple[str, Value]]) -> None:
        self._by_word: dict[str, list[_Phrase[Value]]] = {}
        self._by_prefix: dict[str, list[_Phrase[Value]]] = {}
        for text, value in entries:
            self._add(text, value)
        self._longest = max(map(len, self._by_prefix), default=0)

    def find(self, tokens: Sequence[Token]) -> Iterator[Hit[Value]]:
        """Every phrase at every place where it stands, in the order of the text."""
        by_position: dict[int, list[Token]] | None = None
        for token in tokens:
            for phrase in self._starting_with(token.word):
                if phrase.others and by_position is None:
                    by_position = _by_position(tokens)
                last = _follow(token, phrase.others, by_position or {})
                if last is not None:
                    after = last.position + last.width
                    end = max(token.end, last.end)
                    yield Hit(phrase.value, token.position, after, token.start, end)

    def _add(self, text: str, value: Value) -> None:
        atoms = [atom for chunk in text.split() for atom in _atoms_of(chunk)]
        if not atoms:
            raise ValueError(f"the entry {text!r} of a word list has no word")
        first, *others = atoms
        if first.prefix and len(first.word) < MIN_PREFIX:
            raise ValueError(f"the entry {text!r} of a word list needs {MIN_PREFIX} letters before its *")
        table = self._by_prefix if first.prefix else self._by_word
        table.setdefault(first.word, []).append(_Phrase(tuple(others), value))

    def _starting_with(self, word: str) -> Iterator[_Phrase[Value]]:
        yield from self._by_word.get(word, ())
        for length in range(MIN_PREFIX, min(len(word), self._longest) + 1):
            yield from self._by_prefix.get(word[:length], ())


def _atoms_of(chunk: str) -> list[_Atom]:
    words = [token.word for token in tokenize(chunk.removesuffix("*")) if token.kind in {"word", "emoji"}]
    prefix = chunk.endswith("*")
    return [_Atom(word, prefix and number == len(words) - 1) for number, word in enumerate(words)]


def _by_position(tokens: Sequence[Token]) -> dict[int, list[Token]]:
    by_position: dict[int, list[Token]] = {}
    for token in tokens:
        by_position.setdefault(token.position, []).append(token)
    return by_position


def _follow(token: Token, others: Sequence[_Atom], by_position: dict[int, list[Token]]) -> Token | None:
    """The last token of a phrase that begins at ``token``, or None when it does not go on as it should."""
    for atom in others:
        following = by_position.get(token.position + token.width, ())
        fitting = next((one for one in following if atom.fits(one)), None)
        if fitting is None:
            return None
        token = fitting
    return token
