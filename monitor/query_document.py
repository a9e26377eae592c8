"""A mention as brand queries see it: its words by spelling, and what fields ask about. Built only when needed."""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from monitor.language import StopwordDetector
from monitor.query_nodes import Atom, Term
from monitor.records import Language, Mention
from monitor.text import Token, fold, link_host, links_in, tokenize

# Positions between the title, the text and each link: more than any NEAR reaches over.
_APART = 1_000
_DETECTOR = StopwordDetector()


class Occurrence(NamedTuple):
    """Where a term stands: positions ``first`` up to, not including, ``after``; code points of ``text``."""

    first: int
    after: int
    start: int
    end: int


class Document:
    """One mention, cut into words at most once, however many queries look at it."""

    def __init__(self, mention: Mention) -> None:
        self.mention = mention
        title = (mention.title,) if mention.title else ()
        self._parts = (*title, mention.text, *mention.links)
        self.text = "\n".join(self._parts)

    @cached_property
    def haystack(self) -> str:
        """The folded text that holds every word a term can match."""
        return fold(self.text)

    @cached_property
    def language(self) -> Language:
        return _DETECTOR.detect(self.mention.full_text, self.mention.language_hint)

    @cached_property
    def linked_hosts(self) -> tuple[str, ...]:
        """The hosts that the post links to."""
        mention = self.mention
        links = (*mention.links, *links_in(mention.title), *links_in(mention.text))
        return tuple(dict.fromkeys(link_host(link) for link in links))

    @cached_property
    def tokens(self) -> list[Token]:
        tokens: list[Token] = []
        offset = position = 0
        for number, part in enumerate(self._parts):
            found = tokenize(part)
            if number >= len(self._parts) - len(self.mention.links):
                # Of a link's own record only the host counts, as for links inside the text.
                found = tuple(token for token in found if token.kind == "host")
            tokens += found if offset == 0 else _moved(found, position, offset)
            offset += len(part) + 1
            position = (tokens[-1].position + tokens[-1].width if tokens else position) + _APART
        return tokens

    @cached_property
    def _by_word(self) -> dict[str, list[Token]]:
        by_word: dict[str, list[Token]] = {}
        for token in self.tokens:
            by_word.setdefault(token.word, []).append(token)
        return by_word

    def find(self, term: Term) -> list[Occurrence]:
        """Every place where the term stands, in order."""
        first, *others = term.atoms
        found = [_occurrence(token) for token in self._matching(first)]
        for atom in others:
            if not found:
                break
            by_start: dict[int, list[Token]] = {}
            for token in self._matching(atom):
                by_start.setdefault(token.position, []).append(token)
            found = list(_joined(found, by_start))
        return list(dict.fromkeys(found))

    def _matching(self, atom: Atom) -> Iterator[Token]:
        if atom.prefix:
            tokens = [token for token in self.tokens if token.word.startswith(atom.word)]
        else:
            tokens = self._by_word.get(atom.word, [])
        for token in tokens:
            if atom.only in {None, token.kind} and (
                atom.exact is None or self._is_exactly(token, atom.exact)
            ):
                yield token

    def _is_exactly(self, token: Token, exact: str) -> bool:
        written = self.text[token.start : token.end].lstrip("#@")
        return unicodedata.normalize("NFC", written) == unicodedata.normalize("NFC", exact)


def _moved(tokens: Sequence[Token], position: int, offset: int) -> Iterator[Token]:
    for word, start, end, place, width, kind in tokens:
        yield Token(word, start + offset, end + offset, place + position, width, kind)


def _occurrence(token: Token) -> Occurrence:
    return Occurrence(token.position, token.position + token.width, token.start, token.end)


def _joined(found: list[Occurrence], by_start: dict[int, list[Token]]) -> Iterator[Occurrence]:
    # One continuation for each place where a phrase can end is enough: the words in between are the same.
    for one in dict.fromkeys(found):
        for token in by_start.get(one.after, ()):
            start, end = min(one.start, token.start), max(one.end, token.end)
            yield Occurrence(one.first, token.position + token.width, start, end)
