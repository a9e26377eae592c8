"""YAML text to plain Python values, with the place of each of them.

Values follow the core schema of YAML 1.2, whatever the text claims of itself: ``yes`` and ``2026-01-31`` are text,
only ``true`` is a boolean. Anchors, aliases and tags are refused: a small file must not grow in memory, and
nobody should have to know them to read a page plan.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from monitor.errors import ConfigProblem

MAX_DEPTH = 40

Path = tuple[str | int, ...]
Place = tuple[int, int]  # line and column, 1-based, in characters

_INT = re.compile(r"[-+]?[0-9]{1,300}|0o[0-7]{1,100}|0x[0-9a-fA-F]{1,100}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, object] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(slots=True)
class Tree:
    """The value of a file and where each part of it stands."""

    data: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    problems: list[ConfigProblem] = field(default_factory=list)


class _TooDeep(Exception):
    """Raised where nesting passes MAX_DEPTH; its place is in the message of the problem."""


def build_tree(text: str, file: str) -> Tree:
    """Read one YAML document. Mistakes are collected in ``problems``; a syntax error ends the reading."""
    builder = _Builder(file, YAML(typ="safe", pure=True).parse(text))
    try:
        builder.build()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        context = f" {error.context}" if error.context else ""
        builder.report(place, f"this is no YAML:{context} {error.problem or ''}".rstrip(), "mend the syntax")
    except ReaderError as error:
        place = _place_of(text, error.position)
        builder.report(place, "a character that YAML does not allow", "remove it or write it as an escape")
    except YAMLError as error:
        builder.report((1, 1), f"this is no YAML: {error}", "mend the syntax")
    except (_TooDeep, RecursionError):
        pass
    return builder.tree


class _Builder:
    """Follows the parser's events; one method per kind of node."""

    def __init__(self, file: str, events: Iterator[Any]) -> None:
        self._file = file
        self._events = events
        self.tree = Tree()

    def report(self, place: Place, message: str, mend: str = "", path: Path = ()) -> None:
        problem = ConfigProblem(self._file, place[0], place[1], show_path(path), message, mend)
        self.tree.problems.append(problem)

    def build(self) -> None:
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.report(_start(event), "a second document begins here", "keep one document per file")
                    return
            elif isinstance(event, NodeEvent):
                self.tree.data = self._node(event, ())

    def _node(self, event: Any, path: Path) -> object:
        self.tree.values.setdefault(path, _start(event))
        if len(path) > MAX_DEPTH:
            self.report(_start(event), f"nested deeper than {MAX_DEPTH} levels", "flatten it")
            raise _TooDeep
        self._refuse_references(event, path)
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path)
        return _scalar(event) if isinstance(event, ScalarEvent) else None

    def _refuse_references(self, event: Any, path: Path) -> None:
        if isinstance(event, AliasEvent):
            self.report(
                _start(event), f"the alias *{event.anchor} is not allowed", "write the value out", path
            )
        elif event.anchor is not None:
            self.report(_start(event), f"the anchor &{event.anchor} is not allowed", "remove it", path)
        if getattr(event, "tag", None) is not None:
            mend = "remove it; put text in quotes"
            self.report(_start(event), f"the tag {event.tag} is not allowed", mend, path)

    def _sequence(self, path: Path) -> list[object]:
        items: list[object] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, object]:
        mapping: dict[str, object] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                self.report(
                    _start(event), "a key must be one word of plain text", "write it as key: value", path
                )
                self._node(event, (*path, "?"))
                self._node(next(self._events), (*path, "?"))
                continue
            key = str(event.value)
            here = (*path, key)
            self._refuse_references(event, here)
            if key in mapping:
                first = self.tree.keys[here][0]
                message = f"the key {key!r} is written twice (first on line {first})"
                self.report(_start(event), message, "keep one of them", here)
                self._node(next(self._events), here)
                continue
            self.tree.keys[here] = _start(event)
            value = next(self._events)
            if isinstance(value, ScalarEvent) and value.value == "" and value.style is None:
                self.tree.values[here] = _start(event)  # no value: the parser would name the next line
            mapping[key] = self._node(value, here)
        return mapping


def _scalar(event: Any) -> object:
    text: str = event.value
    if event.style is not None:  # quoted, or a block of text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text, 0) if text[:2] in {"0x", "0o"} else int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def show_path(path: Path) -> str:
    """``("clauses", 2, "id")`` as people write it: ``clauses[2].id``."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        else:
            shown += f".{part}" if shown else part
    return shown[:200]


def _start(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _place_of(text: str, index: int) -> Place:
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1
