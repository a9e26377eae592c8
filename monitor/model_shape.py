"""Which keys and values a pydantic model allows at a place, read from its JSON schema: for hints in errors."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """The schemas that are possible at a place: several where the model has a union."""

    definitions: Schema
    nodes: tuple[Schema, ...]

    @classmethod
    def of(cls, model: type[BaseModel]) -> "Shape":
        """The shape of a whole model; empty (no hints) where it cannot be written as a JSON schema."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # defaults that JSON cannot show do not matter for hints
                schema = model.model_json_schema()
        except PydanticInvalidForJsonSchema:
            schema = {}
        return cls(schema.get("$defs", {}), (schema,))

    def at(self, loc: tuple[int | str, ...]) -> "Shape":
        """The shape at a pydantic location, in which union tags may stand between the keys."""
        shape = self
        for part in loc:
            shape = Shape(self.definitions, tuple(shape._step(part)))
        return shape

    def fields(self) -> list[str]:
        """The keys that are allowed here."""
        return sorted({key for node in self.nodes_here() for key in node.get("properties", {})})

    def choices(self, field: str) -> list[str]:
        """The values that ``field`` may take, empty where they are not a closed list."""
        found = [v for node in self.at((field,)).nodes_here() for v in node.get("enum", [node.get("const")])]
        return sorted({str(value) for value in found if value is not None})

    def description(self) -> str:
        """The first description of what is wanted here, or nothing."""
        return next((str(node["description"]) for node in self.nodes_here() if "description" in node), "")

    def _step(self, part: int | str) -> Iterator[Schema]:
        for node in self.nodes:
            mapping = self._resolved(node).get("discriminator", {}).get("mapping", {})
            if part in mapping:
                yield {"$ref": mapping[part]}
                return
        below = [child for node in self.nodes_here() for child in _children(node, part)]
        yield from below or self.nodes  # a part that leads nowhere is a tag: stay

    def nodes_here(self) -> Iterator[Schema]:
        """The nodes with their references followed and their unions spread out."""
        waiting, seen = list(self.nodes), 0
        while waiting and seen < 1_000:
            seen += 1
            node = self._resolved(waiting.pop(0))
            members = [*node.get("anyOf", ()), *node.get("oneOf", ()), *node.get("allOf", ())]
            waiting.extend(members)
            yield node

    def _resolved(self, node: Schema) -> Schema:
        for _ in range(20):
            name = str(node.get("$ref", "")).removeprefix("#/$defs/")
            if not name:
                break
            rest = {key: value for key, value in node.items() if key != "$ref"}
            node = {**self.definitions.get(name, {}), **rest}
        return node


def _children(node: Schema, part: int | str) -> Iterator[Schema]:
    if isinstance(part, int):
        prefix = node.get("prefixItems", [])
        child = prefix[part] if part < len(prefix) else node.get("items")
    else:
        child = node.get("properties", {}).get(part, node.get("additionalProperties"))
    if isinstance(child, dict):
        yield child
