"""What a brand query is made of, once parsed. Plain frozen data, no behaviour but describing itself."""

from dataclasses import dataclass
from typing import Literal

FieldName = Literal["author", "site", "links", "lang", "source"]


@dataclass(frozen=True, slots=True)
class Atom:
    """One folded word to find. ``only`` narrows it to hashtags or handles; ``exact`` keeps case and accents."""

    word: str
    prefix: bool = False
    only: Literal["hashtag", "handle"] | None = None
    exact: str | None = None

    def __str__(self) -> str:
        sign = {"hashtag": "#", "handle": "@", None: ""}[self.only]
        return f"{sign}{self.exact or self.word}{'*' if self.prefix else ''}"


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand side by side, in order; most often just one."""

    atoms: tuple[Atom, ...]

    def __str__(self) -> str:
        words = " ".join(str(atom) for atom in self.atoms)
        words = f'"{words}"' if len(self.atoms) > 1 else words
        return f"raw:{words}" if self.atoms[0].exact is not None else words


@dataclass(frozen=True, slots=True)
class Field:
    """Something about the post other than its words."""

    name: FieldName
    value: str
    prefix: bool = False

    def __str__(self) -> str:
        return f"{self.name}:{self.value}{'*' if self.prefix else ''}"


@dataclass(frozen=True, slots=True)
class Near:
    """Both sides with at most ``distance`` other words between them; ``ordered``: left before right."""

    left: "Node"
    right: "Node"
    distance: int
    ordered: bool

    def __str__(self) -> str:
        order = ", in this order" if self.ordered else ""
        return f"at most {self.distance} words apart{order}"


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return "all of"


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Node", ...]

    def __str__(self) -> str:
        return "any of"


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"

    def __str__(self) -> str:
        return "not"


Node = Term | Field | Near | And | Or | Not


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a node, in the order they were written."""
    if isinstance(node, And | Or):
        return node.parts
    if isinstance(node, Near):
        return (node.left, node.right)
    return (node.part,) if isinstance(node, Not) else ()


def depth(node: Node) -> int:
    """How deeply the parts are nested; 1 for a single term."""
    deepest, row = 0, [node]
    while row:
        deepest += 1
        row = [part for one in row for part in children(one)]
    return deepest


def holds_of_nothing(node: Node) -> bool:
    """True when a post that has none of the query's words and fields would match."""
    if isinstance(node, And):
        return all(holds_of_nothing(part) for part in node.parts)
    if isinstance(node, Or):
        return any(holds_of_nothing(part) for part in node.parts)
    return isinstance(node, Not) and not holds_of_nothing(node.part)
